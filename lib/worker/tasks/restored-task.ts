/** What a task begins with, where its run goes on from a snapshot. */
import type { Change } from '../../state/memory-state.ts'

export interface RestoredTask {
  /** By name. */
  readonly states: ReadonlyMap<string, Iterable<Change>>
  /** What its component has prepared at the snapshot; undefined: nothing. */
  readonly prepared: unknown
}
