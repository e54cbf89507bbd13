/**
 * Items that wait for their time, earliest first: a binary heap, because a lost worker fails a hundred thousand roots
 * at once, each with a delay of its own.
 */
export class DelayQueue<T> {
  readonly #dues: number[] = []
  readonly #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  /** Adds an item that may be taken from `due` on. */
  add(due: number, item: T): void {
    let at = this.#items.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#dues[parent]! <= due) break
      this.#move(parent, at)
      at = parent
    }
    this.#dues[at] = due
    this.#items[at] = item
  }

  /** No item waits any longer. */
  releaseAll(): void {
    this.#dues.fill(Number.NEGATIVE_INFINITY)
  }

  /** Takes the earliest item if its time has come; `undefined` if it has not. */
  takeDue(now: number): T | undefined {
    if (this.#items.length === 0 || this.#dues[0]! > now) return undefined
    const first = this.#items[0] as T
    const due = this.#dues.pop() as number
    const item = this.#items.pop() as T
    if (this.#items.length > 0) this.#sink(due, item)
    return first
  }

  /** Puts an item into the hole at the top. */
  #sink(due: number, item: T): void {
    const size = this.#items.length
    let at = 0
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.#dues[child + 1]! < this.#dues[child]!) child++
      if (this.#dues[child]! >= due) break
      this.#move(child, at)
      at = child
    }
    this.#dues[at] = due
    this.#items[at] = item
  }

  #move(from: number, to: number): void {
    this.#dues[to] = this.#dues[from]!
    this.#items[to] = this.#items[from] as T
  }
}
