/**
 * One worker's part of a cut through a running topology. Rule: Chandy and Lamport, "Distributed Snapshots: Determining
 * Global States of Distributed Systems", 1985. What they call a process is a worker here, not a task: a worker is one
 * thread, so that between two turns all its tasks and queues stand at one moment; and what they call a channel is the
 * link between two workers, which keeps its order (docs/decisions/037-cuts-through-workers.md).
 *
 * The law: a worker captures all that it holds when it is told to, or when the first mark comes, and sends a mark down
 * each of its links, behind what it has sent before and ahead of what it will send. What comes from another worker
 * after the capture and ahead of the mark of that one is recorded. Nothing is held back meanwhile; all captures and
 * records together are a moment that could have been.
 */
import type { WorkerId } from '../tuple/ids.ts'

export class Cut<T> {
  readonly snapshot: number
  /** The workers whose mark has not come. */
  readonly #open: Set<WorkerId>
  readonly #recorded: T[] = []

  /**
   * To be made at the moment of the capture.
   * @param senders the workers that may send to this one
   */
  constructor(snapshot: number, senders: Iterable<WorkerId>) {
    this.snapshot = snapshot
    this.#open = new Set(senders)
  }

  /** Every mark has come: nothing more will be recorded. */
  get isComplete(): boolean {
    return this.#open.size === 0
  }

  /** What was on its way at the moment of the cut, in the order in which it came. */
  get recorded(): readonly T[] {
    return this.#recorded
  }

  mark(sender: WorkerId): void {
    this.#open.delete(sender)
  }

  /** Something has come. Hot while a snapshot is taken. */
  came(sender: WorkerId, what: T): void {
    if (this.#open.has(sender)) this.#recorded.push(what)
  }
}
