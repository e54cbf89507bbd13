/**
 * The roots of one spout task that are in flight: message id and time of emission. Two generations, as Storm's RotatingMap with two
 * buckets (apache/storm `storm-client/.../executor/spout/SpoutExecutor.java`): a root that is neither acked nor failed is
 * expired by the second rotation after it was emitted, that is between one and two timeouts.
 */
import { RootTable } from '../util/root-table.ts'

const EMITTED_AT = 0
const STATE = 1
const COLUMNS = 2

/** The acker has been asked about this root; the next rotation takes it, answered or not. */
const EXPIRING = 1
const GENERATION_SHIFT = 1
const BUCKETS = 2

export class PendingRoots {
  readonly rootHigh: number
  readonly #roots = new RootTable<unknown>(COLUMNS, true)
  #generation = 0
  #lastLow = 0
  /** All 2^32 low halves have been used once: from now on one may still be in flight. */
  #wrapped = false
  /** When the root that was removed last had been emitted. */
  emittedAt = 0

  constructor(rootHigh: number) {
    this.rootHigh = rootHigh
  }

  get size(): number {
    return this.#roots.size
  }

  /** Low half of a root id that none in flight has. */
  nextLow(): number {
    this.#lastLow = (this.#lastLow + 1) | 0
    if (this.#lastLow === 0) this.#wrapped = true
    if (!this.#wrapped) return this.#lastLow
    while (this.#roots.find(this.rootHigh, this.#lastLow) !== -1) this.#lastLow = (this.#lastLow + 1) | 0
    return this.#lastLow
  }

  /** @param nowMicros an int32 that wraps; only differences count */
  add(low: number, messageId: unknown, nowMicros: number): void {
    const slot = this.#roots.insert(this.rootHigh, low)
    this.#roots.cells[slot + EMITTED_AT] = nowMicros
    this.#roots.cells[slot + STATE] = this.#generation << GENERATION_SHIFT
    this.#roots.setValue(slot, messageId)
  }

  /** Takes a root out: its message id, and `emittedAt`; `undefined` where it is not there (late, or of an older incarnation). */
  take(high: number, low: number): unknown {
    const slot = high === this.rootHigh ? this.#roots.find(high, low) : -1
    if (slot === -1) return undefined
    this.emittedAt = this.#roots.cells[slot + EMITTED_AT]!
    const messageId = this.#roots.valueAt(slot)
    this.#roots.remove(slot)
    return messageId
  }

  /** Gives a root its whole timeout again. */
  reset(high: number, low: number): void {
    const slot = high === this.rootHigh ? this.#roots.find(high, low) : -1
    if (slot !== -1) this.#roots.cells[slot + STATE] = this.#generation << GENERATION_SHIFT
  }

  /** One timeout has passed. Low halves of the roots to ask the acker about, and of those that are lost without an answer. */
  rotate(): { expired: number[]; unanswered: number[] } {
    this.#generation++
    const expired: number[] = []
    const unanswered: number[] = []
    const { cells } = this.#roots
    for (const slot of this.#roots.slots()) {
      const state = cells[slot + STATE]!
      if ((state & EXPIRING) !== 0) unanswered.push(this.#roots.lowAt(slot))
      else if (this.#generation - (state >> GENERATION_SHIFT) >= BUCKETS) {
        cells[slot + STATE] = state | EXPIRING
        expired.push(this.#roots.lowAt(slot))
      }
    }
    return { expired, unanswered }
  }

  /** The low halves of all roots in flight. */
  lows(): number[] {
    return [...this.#roots.slots()].map((slot) => this.#roots.lowAt(slot))
  }

  /** Gives memory back after a peak. */
  shrink(): void {
    this.#roots.shrink()
  }
}
