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

  /**
   * Does it when there is a place.
   * @param work may give the place back before it has ended, by calling what it is given
   * @returns what comes of it
   * @throws what it throws (rejects)
   */
  async pass<T>(work: (leave: () => void) => T | Promise<T>): Promise<T> {
    if (this.isFull) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#inside++
    let isInside = true
    const leave = (): void => {
      if (isInside) this.#leave()
      isInside = false
    }
    try {
      return await work(leave)
    } finally {
      leave()
    }
  }

  #leave(): void {
    const next = this.#waiting.shift()
    // The place goes to whoever has waited longest.
    if (next === undefined) this.#inside--
    else next()
  }
}
