/**
 * The acker's book: what is left of the XOR of each root. Rules: apache/storm
 * `storm-client/src/jvm/org/apache/storm/daemon/Acker.java`; the idea: docs/Acking-framework-implementation.md there.
 *
 * The law: init, ack and fail of a root may come in any order, each edge is XORed in twice, once where the tuple is emitted and
 * once where it is acked. When the init has come and the XOR is 0 the tree is complete; when the init has come and a fail has,
 * the tree has failed. Either way the root is forgotten. Memory per root is one row of six int32.
 * What never completes is dropped after two to three timeouts: failing a root is the spout's business.
 */
import { RootTable } from '../util/root-table.ts'

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
const COLUMNS = 4

const KNOWN = 1
const HAS_FAILED = 2
const GENERATION_SHIFT = 2

/** After so many rotations a root that was not touched is dropped. */
const BUCKETS = 3

export class Ledger {
  readonly #roots = new RootTable(COLUMNS)
  #generation = 0

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
    this.reset(rootHigh, rootLow)
    return this.#record(rootHigh, rootLow, 0, 0, 0, HAS_FAILED)
  }

  /** Gives the root its whole time again. */
  reset(rootHigh: number, rootLow: number): void {
    const { cells } = this.#roots
    const slot = this.#roots.find(rootHigh, rootLow)
    if (slot !== -1)
      cells[slot + STATE] = (cells[slot + STATE]! & (KNOWN | HAS_FAILED)) | (this.#generation << GENERATION_SHIFT)
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
   * One timeout has passed.
   * @param keepsKnown there are no timeouts: only what came too late for its root, and will never see an init, is dropped
   */
  rotate(keepsKnown = false): void {
    this.#generation++
    const { cells } = this.#roots
    const stale: [number, number][] = []
    for (const slot of this.#roots.slots()) {
      const state = cells[slot + STATE]!
      if (keepsKnown && (state & KNOWN) !== 0) continue
      if (this.#generation - (state >> GENERATION_SHIFT) >= BUCKETS)
        stale.push([this.#roots.highAt(slot), this.#roots.lowAt(slot)])
    }
    for (const [high, low] of stale) this.#roots.remove(this.#roots.find(high, low))
    this.#roots.shrink()
  }

  #record(rootHigh: number, rootLow: number, high: number, low: number, trace: number, mark: number): Verdict {
    const roots = this.#roots
    const before = roots.size
    const slot = roots.upsert(rootHigh, rootLow)
    const { cells } = roots
    if (roots.size > before) cells[slot + STATE] = this.#generation << GENERATION_SHIFT
    const restHigh = (cells[slot + HIGH]! ^= high)
    const restLow = (cells[slot + LOW]! ^= low)
    cells[slot + TRACE]! ^= trace
    const state = (cells[slot + STATE]! |= mark)
    if ((state & KNOWN) === 0) return OPEN
    if (restHigh === 0 && restLow === 0) {
      roots.remove(slot)
      return DONE
    }
    if ((state & HAS_FAILED) === 0) return OPEN
    roots.remove(slot)
    return FAILED
  }
}
