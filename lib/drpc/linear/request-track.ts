/** What one task of the chain knows of one request. */
import type { TaskId, Tuple } from '../../index.ts'
import { Tally } from '../../util/collections/tally.ts'

/** One request in one task. */
export class RequestTrack {
  /** What comes of the bolt before. */
  readonly came = new Tally()
  /** The task is the one that finishes the request. */
  hasId: boolean
  /** The request is over here: its last tuples are being emitted. */
  isFinishing = false
  /** Set by the first failure: the tuples that come after it fail, too. */
  failure: { readonly error: unknown } | undefined
  /** Tuples that are acked when the request is finished here: they keep its tree open. */
  readonly held: Tuple[] = []
  /** How many tuples went to each task of the next bolt. */
  readonly sent = new Map<TaskId, number>()

  constructor(hasId: boolean) {
    this.hasId = hasId
  }

  count(task: TaskId): void {
    this.sent.set(task, (this.sent.get(task) ?? 0) + 1)
  }
}
