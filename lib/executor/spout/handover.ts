/**
 * The message ids of what a spout task has emitted where nothing is tracked and snapshots are taken: an id is acked
 * when a snapshot is complete that was taken after its tuple was emitted. By then, the tuple has had its effect in that
 * snapshot, or stands in it among what is in flight.
 */
export class Handover {
  /** Emitted since the last capture. */
  #emitted: unknown[] = []
  /** Emitted before it, and not acked. */
  #captured: unknown[] = []

  /** How many are not acked. */
  get size(): number {
    return this.#emitted.length + this.#captured.length
  }

  /** Hot. */
  emitted(messageId: unknown): void {
    this.#emitted.push(messageId)
  }

  /** A snapshot is taken. */
  capture(): void {
    this.#captured = this.#captured.length === 0 ? this.#emitted : this.#captured.concat(this.#emitted)
    this.#emitted = []
  }

  /** The snapshot that was taken last is complete: its ids, to be acked. */
  complete(): readonly unknown[] {
    const captured = this.#captured
    this.#captured = []
    return captured
  }
}
