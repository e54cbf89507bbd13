/** What a task begins with, where its run goes on from a snapshot. */
import type { Segment } from '../../../snapshots/manifest.ts'
import type { GroupWatermark } from '../../../state/group.ts'
import type { RestoredState } from '../../../state/task-states.ts'

export interface RestoredTask {
  /** By name. */
  readonly states: ReadonlyMap<string, RestoredState>
  /** What each state is made of that goes on from just what this task had written, by name. */
  readonly chains: Readonly<Record<string, readonly Segment[]>>
  /** What its component has prepared at the snapshot; undefined: nothing. */
  readonly prepared: unknown
  /** The snapshot was the last one of a run whose input had ended. */
  readonly preparedAtEnd: boolean
  /** How far event time had come for it; undefined: nowhere. */
  readonly watermark?: number
  /** How far for key groups that other tasks had had, where that is further. */
  readonly floors: readonly GroupWatermark[]
  /** The newest timestamp of each partition that it had heard of. */
  readonly partitions: readonly (readonly [string | number, number])[]
}
