/**
 * The links to other workers that have broken, for a nimbus that takes the place of one that is gone: what was said of
 * them may not have been heard, or nothing was done about it. Where a tuple is atomic a worker that has lost one does
 * not go on, so all are kept; elsewhere one is kept until the nimbus has answered a sign of life that came behind it.
 */
import type { WorkerId } from '../../tuple/ids.ts'

export class LostLinks {
  readonly #isAtomic: boolean
  #peers = new Set<WorkerId>()
  /** Of those, the ones that were said before the last sign of life. */
  #said = new Set<WorkerId>()

  constructor(isAtomic: boolean) {
    this.#isAtomic = isAtomic
  }

  /** The peers, by their numbers. */
  get peers(): readonly WorkerId[] {
    return [...this.#peers]
  }

  /** It has broken, and the nimbus is told. */
  add(peer: WorkerId): void {
    this.#peers.add(peer)
    this.#said.delete(peer)
  }

  /** The nimbus is told that the worker lives. */
  signOfLife(): void {
    if (!this.#isAtomic) this.#said = new Set(this.#peers)
  }

  /** It has answered that. */
  answered(): void {
    for (const peer of this.#said) this.#peers.delete(peer)
    this.#said.clear()
  }
}
