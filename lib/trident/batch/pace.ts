/**
 * How often a batch begins, and how long spouts may emit into it. A batch costs the same whether it has ten rows or ten thousand (a commit, a
 * round of messages, perhaps a wait for the disk), so batches grow where commits take their time, and new ones come seldom where nothing
 * comes. Storm's one batch per 500 ms is what made its users call Trident slow.
 */
/** How much longer a spout emits than the commit takes. */
const EMIT_TO_COMMIT = 2
/** Of how much the last commit counts in the average. */
const WEIGHT = 0.3
const LONGEST_IDLE_MS = 100

export class Pace {
  readonly #intervalMs: number
  readonly #maxMs: number
  #commitMs = 0
  #idleMs: number
  #lastBegan = Number.NEGATIVE_INFINITY

  constructor(intervalMs: number, maxMs: number) {
    this.#intervalMs = intervalMs
    this.#maxMs = maxMs
    this.#idleMs = intervalMs
  }

  /** How long the spouts may emit into the next batch, ms. */
  get budgetMs(): number {
    return Math.max(this.#intervalMs, Math.min(this.#maxMs, EMIT_TO_COMMIT * this.#commitMs))
  }

  /** Whether a new batch may begin. */
  mayBegin(now: number): boolean {
    return now - this.#lastBegan >= this.#idleMs
  }

  began(now: number): void {
    this.#lastBegan = now
  }

  committed(tookMs: number): void {
    this.#commitMs += WEIGHT * (tookMs - this.#commitMs)
  }

  /** A batch has brought so many rows. */
  brought(rows: number): void {
    this.#idleMs =
      rows > 0 ? this.#intervalMs : Math.min(Math.max(LONGEST_IDLE_MS, this.#intervalMs), this.#idleMs * 2 + 1)
  }
}
