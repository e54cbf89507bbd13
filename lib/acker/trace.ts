/**
 * Which components still hold a tuple of a tree, in 32 bits per root.
 *
 * The law: each bolt has a lane of the 32 bits. An edge that leads to the bolt XORs a few of its own random bits, never
 * 0, into that lane, and the ack of that edge XORs the same bits out again. It travels with the XOR of the edges and
 * folds in the same way, in any order. When the tree is complete every lane is 0; when it times out, a lane that is not
 * 0 names a component that has not acked, or one that has acked what came from such a component: an edge is told of
 * when the tuple that led to it is acked. So the first one that is named, in the order of the data, has not acked. A
 * lane of k bits hides two or more open edges of one component with a probability of about 2^-k, a lane of one bit
 * hides every even number of them; with more than 32 bolts several share a lane, and all of them are named.
 */
import type { ComponentId } from '../tuple/ids.ts'

const MAX_BITS = 16

export class TraceLanes {
  /** Mask of a lane before it is shifted. */
  readonly mask: number
  readonly #bits: number
  readonly #bolts: readonly ComponentId[]
  readonly #shifts = new Map<ComponentId, number>()

  constructor(bolts: readonly ComponentId[]) {
    this.#bolts = bolts
    this.#bits = Math.max(1, Math.min(MAX_BITS, Math.floor(32 / Math.max(1, bolts.length))))
    this.mask = (1 << this.#bits) - 1
    const lanes = Math.floor(32 / this.#bits)
    for (const [index, bolt] of bolts.entries()) this.#shifts.set(bolt, (index % lanes) * this.#bits)
  }

  /** Where the lane of a bolt begins; 0 for what has no lane. */
  shiftOf(component: ComponentId): number {
    return this.#shifts.get(component) ?? 0
  }

  /** The bolts whose lane is not 0. */
  componentsIn(trace: number): ComponentId[] {
    return this.#bolts.filter((bolt) => ((trace >>> this.shiftOf(bolt)) & this.mask) !== 0)
  }
}

/** What the edge with these low bits puts into a lane. */
export function traceOf(low: number, mask: number, shift: number): number {
  return (low & mask || 1) << shift
}
