/** What hears of acks and fails for a test; Storm's AckTracker and AckFailMapTracker. */
import type { FailReason } from '../../index.ts'

/** Hears what became of the tuples that were fed to a `FeederSpout`. */
export interface AckFailDelegate {
  ack(messageId: unknown): void
  fail(messageId: unknown, reason: FailReason): void
}

/** Counts acks. */
export class AckTracker implements AckFailDelegate {
  #acks = 0

  ack(): void {
    this.#acks++
  }

  fail(): void {}

  /** How many acks have come since the last call. */
  takeAcks(): number {
    const acks = this.#acks
    this.#acks = 0
    return acks
  }
}

/** Remembers what was acked and what failed, and why. */
export class AckFailMapTracker implements AckFailDelegate {
  readonly acked = new Set<unknown>()
  /** The latest reason by message id. */
  readonly failed = new Map<unknown, FailReason>()

  ack(messageId: unknown): void {
    this.acked.add(messageId)
  }

  fail(messageId: unknown, reason: FailReason): void {
    this.failed.set(messageId, reason)
  }
}
