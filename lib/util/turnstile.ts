/** Lets so many pieces of asynchronous work go on at a time; the others wait, in the order in which they came. */
export class Turnstile {
  readonly #places: number
  #inside = 0
  readonly #waiting: (() => void)[] = []

  /** @param places how many may be inside at a time */
  constructor(places: number) {
    this.#places = places
  }

  /** Whether somebody would have to wait now. */
  get isFull(): boolean {
    return this.#inside >= this.#places
  }

  /** Does it when there is a place. @returns what comes of it @throws what it throws (rejects) */
  async pass<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.isFull) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#inside++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      // The place goes to whoever has waited longest.
      if (next === undefined) this.#inside--
      else next()
    }
  }
}
