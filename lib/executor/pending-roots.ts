/**
 * The roots of one spout task that are in flight: message id and time of emission. Two generations, as Storm's RotatingMap with two
 * buckets (apache/storm `storm-client/.../executor/spout/SpoutExecutor.java`): a root that is neither acked nor failed is
 * expired by the second rotation after it was emitted, that is between one and two timeouts.
 */
import { RootTable } from '../util/root-table.ts'

/** The time of emission in microseconds takes two columns: an int32 would be too small for it after 36 minutes. */
const EMITTED_LOW = 0
const EMITTED_HIGH = 1
const STATE = 2
const COLUMNS = 3
const LOW_VALUES = 2 ** 32

/** The acker has been asked about this root; the next rotation takes it, answered or not. */
const EXPIRING = 1
const GENERATION_SHIFT = 1
/** Generations are counted around; no root lives through more than a few. */
const GENERATION_MASK = 2 ** 30 - 1
const BUCKETS = 2

export class PendingRoots {
  readonly rootHigh: number
  readonly #roots = new RootTable<unknown>(COLUMNS, true)
  #generation = 0
  #lastLow = 0
  /** All 2^32 low halves have been used once: from now on one may still be in flight. */
  #wrapped = false
  /** When the root that was removed last had been emitted, microseconds of the clock. */
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

  /** @param nowMicros whole microseconds from 0 up */
  add(low: number, messageId: unknown, nowMicros: number): void {
    const slot = this.#roots.insert(this.rootHigh, low)
    const { cells } = this.#roots
    // An Int32Array keeps the lowest 32 bits of what is put into it.
    cells[slot + EMITTED_LOW] = nowMicros
    cells[slot + EMITTED_HIGH] = nowMicros / LOW_VALUES
    cells[slot + STATE] = this.#generation << GENERATION_SHIFT
    this.#roots.setValue(slot, messageId)
  }

  /** Takes a root out: its message id, and `emittedAt`; `undefined` where it is not there (late, or of an older incarnation). */
  take(high: number, low: number): unknown {
    const slot = high === this.rootHigh ? this.#roots.find(high, low) : -1
    if (slot === -1) return undefined
    const { cells } = this.#roots
    this.emittedAt = cells[slot + EMITTED_HIGH]! * LOW_VALUES + (cells[slot + EMITTED_LOW]! >>> 0)
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
    this.#generation = (this.#generation + 1) & GENERATION_MASK
    const expired: number[] = []
    const unanswered: number[] = []
    const { cells } = this.#roots
    for (const slot of this.#roots.slots()) {
      const state = cells[slot + STATE]!
      if ((state & EXPIRING) !== 0) unanswered.push(this.#roots.lowAt(slot))
      else if (((this.#generation - (state >> GENERATION_SHIFT)) & GENERATION_MASK) >= BUCKETS) {
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
