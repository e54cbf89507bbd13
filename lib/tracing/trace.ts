/** The tree of one root, as it is told. Milliseconds are counted from when the root was emitted. */
import type { ComponentId, StreamId, TaskId, WorkerId } from '../tuple/ids.ts'

/**
 * What is known of a tuple: it has left and has not arrived; waits for its turn; `execute` or its promise is under way;
 * it was executed and is neither acked nor failed; is; or its worker has not answered.
 */
export type TupleState = 'on the wire' | 'queued' | 'executing' | 'waiting' | 'acked' | 'failed' | 'unknown'

/** A tuple, and those that were emitted with it as an anchor. */
export interface TracedTuple {
  /** Its id in the tree: 16 hexadecimal digits. */
  readonly edge: string
  readonly component: ComponentId
  readonly task: TaskId
  readonly worker: WorkerId
  /** It came on this stream, of this task of this component. */
  readonly stream: StreamId
  readonly from: ComponentId
  readonly fromTask: TaskId
  readonly sentMs: number
  /** Between two workers. */
  readonly wireMs?: number
  /** In the inbox of its task. */
  readonly queueMs?: number
  /** In `execute` and its promise. */
  readonly executeMs?: number
  /** When it was acked, or failed. */
  readonly settledMs?: number
  readonly state: TupleState
  /** Why it failed, and its values then. */
  readonly reason?: string
  readonly values?: string
  /** The other tuples that it was emitted with as anchors; it stands below the first one. */
  readonly otherParents?: readonly string[]
  readonly children: readonly TracedTuple[]
}

/** The clock of a worker was moved, so that no tuple comes before it was sent. */
export interface ClockShift {
  readonly worker: WorkerId
  readonly ms: number
}

/** The tree of one root. */
export interface Trace {
  readonly root: string
  readonly component: ComponentId
  readonly task: TaskId
  readonly worker: WorkerId
  readonly stream?: StreamId
  /** As text; the spout has it. */
  readonly messageId?: string
  /** What the spout emitted, in the text form of values, where that is short: the root can be run again. */
  readonly values?: string
  /** ISO 8601, in UTC, by the clock of the worker of the spout. */
  readonly emitted?: string
  readonly state: 'acked' | 'failed' | 'waiting'
  /** From the emit to the verdict. */
  readonly afterMs?: number
  /** Why it failed. */
  readonly reason?: string
  /** The root that has failed, and that this one is a replay of. */
  readonly replayOf?: string
  /** The root that is the replay of this one. */
  readonly replayedAs?: string
  readonly tuples: readonly TracedTuple[]
  /** Something is missing: it was emitted before it was followed, or too much was recorded since. */
  readonly isPartial: boolean
  /** Workers that have not answered. */
  readonly missing: readonly WorkerId[]
  readonly shifts: readonly ClockShift[]
}
