/**
 * The acker's book: what is left of the XOR of each root. Rules: apache/storm
 * `storm-client/src/jvm/org/apache/storm/daemon/Acker.java`; the idea: docs/Acking-framework-implementation.md there.
 *
 * The law: init, ack and fail of a root may come in any order, each edge is XORed in twice, once where the tuple is
 * emitted and once where it is acked. When the init has come and the XOR is 0 the tree is complete; when the init has
 * come and a fail has, the tree has failed. Either way the root is forgotten. A root takes one row of eight int32.
 * Whatever is heard of a root counts as a sign of life: an init, an ack, a renewal. Its spout asks for how many turns
 * it has been silent, and fails it after a timeout of silence; a root that no spout asks about is dropped in the end.
 */
import { RootTable } from '../util/collections/root-table.ts'

/** What a record means for its root. */
export const OPEN = 0
export const DONE = 1
export const FAILED = 2
/** One of the three. */
export type Verdict = typeof OPEN | typeof DONE | typeof FAILED

const HIGH = 0
const LOW = 1
const TRACE = 2
const STATE = 3

const KNOWN = 1
const HAS_FAILED = 2
const FLAGS = KNOWN | HAS_FAILED
/** Above the flags stands the turn in which the root was heard of last. */
const TURN_SHIFT = 2
/** Turns are counted modulo 2^30; only differences count. */
const TURN_MASK = 0x3fffffff

export class Ledger {
  readonly #roots = new RootTable(6)
  #turn = 0

  get size(): number {
    return this.#roots.size
  }

  has(rootHigh: number, rootLow: number): boolean {
    return this.#roots.find(rootHigh, rootLow) !== -1
  }

  /** A new root with the XOR of the edges it began with. */
  init(rootHigh: number, rootLow: number, high: number, low: number, trace: number): Verdict {
    return this.#record(rootHigh, rootLow, high, low, trace, KNOWN)
  }

  /** Edges of a root are done. Hot. */
  ack(rootHigh: number, rootLow: number, high: number, low: number, trace: number): Verdict {
    return this.#record(rootHigh, rootLow, high, low, trace, 0)
  }

  fail(rootHigh: number, rootLow: number): Verdict {
    return this.#record(rootHigh, rootLow, 0, 0, 0, HAS_FAILED)
  }

  /** A sign of life: something of its tree waits to be executed, or is known to be under way. */
  renew(rootHigh: number, rootLow: number): void {
    const slot = this.#roots.find(rootHigh, rootLow)
    if (slot !== -1) this.#hear(slot, 0)
  }

  /** Turns since the last sign of life of a root; Infinity where nothing is known of it. */
  silentTurns(rootHigh: number, rootLow: number): number {
    const slot = this.#roots.find(rootHigh, rootLow)
    return slot === -1 ? Number.POSITIVE_INFINITY : this.#silenceAt(slot)
  }

  /** Forgets a root that its spout has given up; the trace of what was still open, 0 where nothing is known. */
  expire(rootHigh: number, rootLow: number): number {
    const slot = this.#roots.find(rootHigh, rootLow)
    if (slot === -1) return 0
    const trace = this.#roots.cells[slot + TRACE]!
    this.#roots.remove(slot)
    return trace
  }

  /**
   * One turn has passed.
   * @param longest a root that has been silent for this many turns is dropped
   * @param keepsKnown there are no timeouts: only what came too late for its root, and will never see an init, is
   * dropped
   */
  rotate(longest: number, keepsKnown = false): void {
    this.#turn = (this.#turn + 1) & TURN_MASK
    const { cells } = this.#roots
    const stale: [number, number][] = []
    for (const slot of this.#roots.slots()) {
      if (keepsKnown && (cells[slot + STATE]! & KNOWN) !== 0) continue
      if (this.#silenceAt(slot) >= longest) stale.push([this.#roots.highAt(slot), this.#roots.lowAt(slot)])
    }
    for (const [high, low] of stale) this.#roots.remove(this.#roots.find(high, low))
    this.#roots.shrink()
  }

  #silenceAt(slot: number): number {
    return (this.#turn - (this.#roots.cells[slot + STATE]! >>> TURN_SHIFT)) & TURN_MASK
  }

  /** Notes a sign of life, and a flag. Hot. @returns the flags */
  #hear(slot: number, flag: number): number {
    const { cells } = this.#roots
    const flags = (cells[slot + STATE]! & FLAGS) | flag
    cells[slot + STATE] = (this.#turn << TURN_SHIFT) | flags
    return flags
  }

  #record(rootHigh: number, rootLow: number, high: number, low: number, trace: number, flag: number): Verdict {
    const roots = this.#roots
    const slot = roots.upsert(rootHigh, rootLow)
    const { cells } = roots
    const restHigh = (cells[slot + HIGH]! ^= high)
    const restLow = (cells[slot + LOW]! ^= low)
    cells[slot + TRACE]! ^= trace
    const flags = this.#hear(slot, flag)
    if ((flags & KNOWN) === 0) return OPEN
    if (restHigh === 0 && restLow === 0) {
      roots.remove(slot)
      return DONE
    }
    if ((flags & HAS_FAILED) === 0) return OPEN
    roots.remove(slot)
    return FAILED
  }
}
