/**
 * The roots of one spout task that are in flight: message id and time of emission. As Storm's RotatingMap (apache/storm
 * `storm-client/.../executor/spout/SpoutExecutor.java`), with finer buckets: several rotations make a timeout, and a
 * root that is older than one is named by each rotation until it is taken. Whether it is lost is for the acker to say,
 * see `acker/ledger.ts`.
 */
import { TURNS_PER_TIMEOUT } from '../../topology/config/message-timeout.ts'
import { RootTable } from '../../util/collections/root-table.ts'

/**
 * The time of emission in microseconds takes 48 bits, enough for ages of four years: an int32 would be too small for it
 * after 36 minutes. The upper 16 stand above the 16 of the turn; both wrap, and only differences count.
 */
const EMITTED = 0
const EPOCH_AND_TURN = 1
const EPOCH_MICROS = 2 ** 32
const SHORT = 0xffff

export class PendingRoots {
  readonly rootHigh: number
  readonly #roots = new RootTable<unknown>(2, true)
  #turn = 0
  readonly #lowBefore: number
  #lastLow: number
  /** All 2^32 low halves have been used once: from now on one may still be in flight. */
  #wrapped = false
  #now = 0
  #epoch = 0
  /** How long the root that was taken last had been in flight, microseconds. */
  ageMicros = 0

  /** @param lowBefore the low half after which they begin */
  constructor(rootHigh: number, lowBefore = 0) {
    this.rootHigh = rootHigh
    this.#lowBefore = lowBefore
    this.#lastLow = lowBefore
  }

  get size(): number {
    return this.#roots.size
  }

  /** Low half of the root that was emitted last. */
  get lastLow(): number {
    return this.#lastLow
  }

  /**
   * The next low half has all of the bits of a mask, its lowest ones: numbers before it are left out. Where all numbers
   * have been used and one like that is in flight, it is the next one that is not.
   */
  skip(mask: number): void {
    const before = this.#lastLow
    this.#lastLow = (((before + 1) | mask) - 1) | 0
    if ((this.#lowBefore - before - 1) >>> 0 < (this.#lastLow - before) >>> 0) this.#wrapped = true
  }

  /** Low half of a root id that none in flight has. Hot. */
  nextLow(): number {
    this.#lastLow = (this.#lastLow + 1) | 0
    if (this.#lastLow === this.#lowBefore) this.#wrapped = true
    if (!this.#wrapped) return this.#lastLow
    while (this.#roots.find(this.rootHigh, this.#lastLow) !== -1) this.#lastLow = (this.#lastLow + 1) | 0
    return this.#lastLow
  }

  /** The time of what is added and taken from now on. @param micros whole microseconds from 0 up */
  setTime(micros: number): void {
    this.#now = micros | 0
    this.#epoch = Math.floor(micros / EPOCH_MICROS) & SHORT
  }

  /** Hot. */
  add(low: number, messageId: unknown): void {
    const slot = this.#roots.insert(this.rootHigh, low)
    const { cells } = this.#roots
    cells[slot + EMITTED] = this.#now
    cells[slot + EPOCH_AND_TURN] = (this.#epoch << 16) | this.#turn
    this.#roots.setValue(slot, messageId)
  }

  /**
   * Takes a root out: its message id, and `ageMicros`; `undefined` where it is not there (late, or of an older
   * incarnation). Hot.
   */
  take(high: number, low: number): unknown {
    const slot = high === this.rootHigh ? this.#roots.find(high, low) : -1
    if (slot === -1) return undefined
    const { cells } = this.#roots
    this.ageMicros = this.#since(cells[slot + EPOCH_AND_TURN]! >>> 16, cells[slot + EMITTED]!)
    const messageId = this.#roots.valueAt(slot)
    this.#roots.remove(slot)
    return messageId
  }

  /** The message id of a root in flight; `undefined` as in `take`. */
  messageIdOf(high: number, low: number): unknown {
    const slot = high === this.rootHigh ? this.#roots.find(high, low) : -1
    return slot === -1 ? undefined : this.#roots.valueAt(slot)
  }

  /** Within one epoch, as nearly always, the difference stays an integer. */
  #since(epoch: number, emitted: number): number {
    const micros = this.#now - emitted
    if (epoch === this.#epoch && micros >= 0) return micros
    return ((this.#epoch - epoch) & SHORT) * EPOCH_MICROS + (this.#now >>> 0) - (emitted >>> 0)
  }

  /** One turn has passed. Low halves of the roots that were emitted a whole timeout ago or earlier. */
  rotate(): number[] {
    this.#turn = (this.#turn + 1) & SHORT
    const { cells } = this.#roots
    const overdue: number[] = []
    for (const slot of this.#roots.slots()) {
      // The first turn may have passed right after the root was emitted.
      if (((this.#turn - cells[slot + EPOCH_AND_TURN]!) & SHORT) > TURNS_PER_TIMEOUT)
        overdue.push(this.#roots.lowAt(slot))
    }
    return overdue
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
