/** What the run floor is given from outside. It has no clock, no randomness and no network but these. */
import type { TraceLanes } from '../../acker/trace.ts'
import type { Problem } from '../../errors/typhoon-error.ts'
import type { Incarnation, TaskId } from '../../tuple/ids.ts'
import type { Tuple } from '../../tuple/tuple.ts'
import type { Prng } from '../../util/prng.ts'
import type { Clock } from '../../util/time/clock.ts'
import type { AckBatcher } from './ack-batcher.ts'
import type { Inbox } from './inbox.ts'

/** Carries tuples to the tasks of other workers. */
export interface Transfer {
  /** Encodes at once and keeps no reference. @throws CANNOT_ENCODE, TUPLE_TOO_LARGE; then nothing was sent. */
  send(target: TaskId, tuple: Tuple): void
  /** Sends nothing. @throws what `send` would throw */
  check(target: TaskId, tuple: Tuple): void
}

export interface ExecutorPorts {
  readonly clock: Clock
  readonly random: Prng
  readonly incarnation: Incarnation
  /** The inboxes by task id; undefined for a task in another worker. */
  readonly inboxes: readonly (Inbox | undefined)[]
  readonly transfer: Transfer
  readonly acks: AckBatcher
  readonly lanes: TraceLanes
  /** Where the lane of a task's component begins, by task id; see `acker/trace.ts`. */
  readonly traceShifts: Uint8Array
  /** The two halves of the id of the root of which a bolt executes a tuple now; 0 and anything where none is known. */
  readonly inHand: Int32Array
  /** By task: the tuple whose execution waits for a promise, where no other one of the task is executed meanwhile. */
  readonly waiting: Map<TaskId, Tuple>
  /** Work has come from outside a turn. */
  wake(): void
  /** An error to show; nothing else follows from it. */
  report(problem: Problem, error?: unknown): void
  /** The topology cannot go on. */
  fatal(problem: Problem, error?: unknown): void
}
