/** A task as snapshots see it: what it gives to one, and what it hears of it later. */
import type { Partition } from '../../marks/newest-timestamps.ts'
import type { Segment } from '../../snapshots/manifest.ts'
import type { GroupWatermark } from '../../state/group.ts'
import type { Capture } from '../../state/memory-state.ts'
import type { StateFormat } from '../../state/state-format.ts'
import type { Positions } from '../../topology/component/component.ts'
import type { ComponentId, TaskId } from '../../tuple/ids.ts'
import type { Tuple } from '../../tuple/tuple.ts'

/** What a task holds at a moment. */
export interface TaskCapture {
  readonly states: ReadonlyMap<string, Capture>
  /** The forms of their values, of those that are not plain. */
  readonly formats?: Readonly<Record<string, StateFormat>>
  /** Of a spout that knows where it stands. */
  readonly positions?: Positions
  /** How far event time has come for it; undefined: nowhere. */
  readonly watermark?: number
  /** How far for key groups that other tasks had had, where that is further. */
  readonly floors?: readonly GroupWatermark[]
  /** The newest timestamps of the partitions that it has heard of. */
  readonly partitions?: readonly (readonly [Partition, number])[]
  /** What has come to it and has had no effect yet. */
  readonly inFlight: readonly Tuple[]
  /**
   * What its component wants to find again, once it has seen to it that it lasts; undefined: nothing. To be waited for
   * before the part of the worker is complete; a promise that rejects says why it cannot be, and is handled.
   */
  readonly kept?: unknown
}

export interface CapturedTask {
  readonly task: TaskId
  readonly component: ComponentId
  /** Number of the task among those of its component, from 0 up. */
  readonly index: number
  /** What each of its states was made of where the run goes on from, by name. */
  readonly chains: Readonly<Record<string, readonly Segment[]>>
  /** Between two turns. @param wantsWhole whether everything is wanted that the state of this name holds */
  capture(snapshot: number, wantsWhole: (state: string) => boolean): TaskCapture
  /**
   * The snapshot is there to stay. Rejects where something outside cannot be brought up to it; then it is called again.
   */
  complete(snapshot: number): void | Promise<unknown>
  /** The snapshot counts as never taken. */
  abandon(snapshot: number): void
}
