/**
 * Whether the workers die of tuples at all, or of the code that executes them, whichever tuple it has: an `await` that
 * was forgotten, for example. A search for a tuple would then condemn one after the other, or none, without an end.
 *
 * The law: it is the code when tuple after tuple is condemned and none comes through between, or when many deaths in a
 * row find nothing. Deaths at another place of the code begin a new count; so does the end of an inquest. A death
 * outside of one counts for nothing: of workers that end now and then, with a long life between, none is ever blamed on
 * the code.
 */
import type { NamesOfRoot } from './suspects.ts'

/** So many are condemned before any has come through at all. */
const CONDEMNED_AT_FIRST = 3
/** So many are condemned in a row. */
const CONDEMNED_IN_A_ROW = 8
/** Deaths of which each should have helped to find a tuple. */
const DEATHS_IN_VAIN = 16
/** Names of roots that came through; more are not kept, for by then they are many more than deaths. */
const MOST_NAMES = 100_000

/** How a worker has died. */
export interface Death {
  /** How it died, as a description. */
  readonly how: string
  /** The component, and the place in its code; undefined where the worker could not say it. */
  readonly place: string | undefined
  /** Whether it ended by itself: no signal from outside has ended it. */
  readonly own: boolean
}

export class Culprit {
  readonly #anyAcked: () => boolean
  #place: string | undefined
  #deaths = 0
  #deathsInVain = 0
  #condemnedInARow = 0
  #cameThrough = 0
  readonly #names = new Set<string>()

  /** @param anyAcked whether roots of the topology are known to have been acked */
  constructor(anyAcked: () => boolean) {
    this.#anyAcked = anyAcked
  }

  /** During an inquest, or as its beginning. */
  died({ place }: Death): void {
    if (place !== this.#place) this.forget()
    this.#place = place
    this.#deaths++
    this.#deathsInVain++
  }

  /** A root was condemned by the last death. */
  condemned(): void {
    this.#condemnedInARow++
    this.#deathsInVain = 0
  }

  /** A root was acked, or failed by a bolt. What comes again under a name that is known does not count. */
  cleared(names: NamesOfRoot): void {
    if (this.#deaths === 0) return
    this.#condemnedInARow = 0
    if (this.#names.size < MOST_NAMES && names.some((name) => this.#names.has(name))) return
    this.#cameThrough++
    if (this.#names.size < MOST_NAMES) for (const name of names) this.#names.add(name)
  }

  get isCode(): boolean {
    const limit = this.#cameThrough > 0 || this.#anyAcked() ? CONDEMNED_IN_A_ROW : CONDEMNED_AT_FIRST
    if (this.#condemnedInARow >= limit) return true
    if (this.#place !== undefined && this.#deathsInVain > DEATHS_IN_VAIN) return true
    return this.#deaths > DEATHS_IN_VAIN && this.#cameThrough < this.#deaths
  }

  forget(): void {
    this.#place = undefined
    this.#deaths = 0
    this.#deathsInVain = 0
    this.#condemnedInARow = 0
    this.#cameThrough = 0
    this.#names.clear()
  }
}
