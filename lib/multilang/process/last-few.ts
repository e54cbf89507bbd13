/** The last few of many things, for errors that show them. */
export class LastFew<T> {
  readonly #most: number
  #values: T[] = []
  #next = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Hot. */
  add(value: T): void {
    this.#values[this.#next] = value
    this.#next = (this.#next + 1) % this.#most
  }

  /** The oldest first. */
  get values(): readonly T[] {
    return [...this.#values.slice(this.#next), ...this.#values.slice(0, this.#next)]
  }

  clear(): void {
    this.#values = []
    this.#next = 0
  }
}
