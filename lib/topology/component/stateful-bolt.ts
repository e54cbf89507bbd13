/**
 * A bolt whose state is given to it: the face of Storm's `IStatefulBolt` on the states and snapshots of this runtime.
 * Rule: apache/storm `storm-client/.../topology/IStatefulBolt.java`; what is different stands in docs/state.md.
 */
import { BasicBolt } from './component.ts'
import type { KeyValueState } from './state.ts'

/** The name of the state among those of the component. */
const STATE = 'state'

/** `initState` gets the state, `execute` uses it. */
export abstract class StatefulBolt<In = any, Out = any, K = any, V = any> extends BasicBolt<In, Out> {
  /** The name of its state, in snapshots: for a bolt that has others by `context.state`. */
  protected readonly stateName: string = STATE
  /** Called once, after `prepare` and before the first tuple, with what the snapshot held that the run goes on from. */
  abstract initState(state: KeyValueState<K, V>): void | Promise<void>
  /**
   * A snapshot is taken. What is written into the state here is part of it, unless a promise of `execute` is open: then
   * it takes effect with that.
   */
  prePrepare?(snapshot: number): void
  /** The snapshot is complete: no run goes back behind it. As `commit`. */
  preCommit?(snapshot: number): void | Promise<void>

  override prepareCommit(snapshot: number): unknown {
    return this.prePrepare?.(snapshot)
  }

  override commit(snapshot: number): void | Promise<void> {
    return this.preCommit?.(snapshot)
  }

  /** @internal Called by the runtime, behind `prepare`. */
  static nameOf(bolt: StatefulBolt): string {
    return bolt.stateName
  }
}
