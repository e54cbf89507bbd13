/** A state of a topology, by which operators and steps name it. */
import type { StateFactory } from '../model/state.ts'

/** A state, in partitions: one for each task of the component that it lives in. */
export interface StateNode {
  /** Unique in the topology; the same in every run. */
  readonly name: string
  readonly factory: StateFactory
  /**
   * The fields whose values make its keys, of a state that an aggregation writes: none, where it is one value.
   * Undefined of others: only their updater or their factory knows what they hold.
   */
  readonly keyFields?: readonly string[]
  /** The number given with `parallelismHint`. */
  parallelism?: number
}
