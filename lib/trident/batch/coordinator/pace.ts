/**
 * How often a batch begins, and how long spouts may emit into it. A batch costs the same whether it has ten rows or ten
 * thousand (a commit, a round of messages, perhaps a wait for the disk). So batches grow where the ones before them are
 * not through in time, shrink again where they are, and come seldom where nothing comes. Storm's one batch per 500 ms
 * is what made its users call Trident slow.
 */
const GROWTH = 1.25
const SHRINKAGE = 0.9
const LONGEST_IDLE_MS = 100

export class Pace {
  readonly #intervalMs: number
  readonly #maxMs: number
  #budgetMs: number
  #idleMs: number
  #lastBegan = Number.NEGATIVE_INFINITY
  #isLate = false

  constructor(intervalMs: number, maxMs: number) {
    this.#intervalMs = intervalMs
    this.#maxMs = Math.max(intervalMs, maxMs)
    this.#budgetMs = intervalMs
    this.#idleMs = intervalMs
  }

  /** How long the spouts may emit into the next batch, ms. */
  get budgetMs(): number {
    return this.#budgetMs
  }

  /** Whether it is time for a new batch. */
  isTime(now: number): boolean {
    return now - this.#lastBegan >= this.#idleMs
  }

  /** It is time, and as many batches as may be are still in flight. */
  late(): void {
    this.#isLate = true
  }

  began(now: number): void {
    this.#lastBegan = now
    const next = this.#budgetMs * (this.#isLate ? GROWTH : SHRINKAGE)
    this.#budgetMs = Math.max(this.#intervalMs, Math.min(this.#maxMs, next))
    this.#isLate = false
  }

  /**
   * A batch has failed: the next ones are small, so that they are soon through, and little is done again should they
   * fail too.
   */
  failed(): void {
    this.#budgetMs = this.#intervalMs
    this.#isLate = false
  }

  /** A batch has brought this many rows. */
  brought(rows: number): void {
    const longest = Math.max(LONGEST_IDLE_MS, this.#intervalMs)
    this.#idleMs = rows > 0 ? this.#intervalMs : Math.min(longest, this.#idleMs * 2 + 1)
  }
}
