/** What a task begins with, where its run goes on from a snapshot. */
import type { RestoredState } from '../../../state/task-states.ts'

export interface RestoredTask {
  /** By name. */
  readonly states: ReadonlyMap<string, RestoredState>
  /** What its component has prepared at the snapshot; undefined: nothing. */
  readonly prepared: unknown
  /** How far event time had come for it; undefined: nowhere. */
  readonly watermark?: number
}
