/**
 * A first-in, first-out queue over an array whose length is a power of two. The array doubles when it is full and never
 * shrinks; a slot that was taken is cleared, so the queue keeps nothing alive that it has given away.
 * Hot: push and shift are each called once per tuple, so neither allocates, but for the doubling.
 */
const FIRST_SLOTS = 16

export class RingBuffer<T> implements Iterable<T> {
  #slots: (T | undefined)[] = new Array(FIRST_SLOTS).fill(undefined)
  #mask = FIRST_SLOTS - 1
  #head = 0
  #size = 0

  /** How many items wait. */
  get size(): number {
    return this.#size
  }

  /** Adds an item at the end. */
  push(item: T): void {
    if (this.#size > this.#mask) this.#grow()
    this.#slots[(this.#head + this.#size) & this.#mask] = item
    this.#size++
  }

  /** Takes the oldest item out; undefined where there is none. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined
    const item = this.#slots[this.#head]
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) & this.#mask
    this.#size--
    return item
  }

  /** The oldest item, which stays; undefined where there is none. */
  peek(): T | undefined {
    return this.#size === 0 ? undefined : this.#slots[this.#head]
  }

  /** Lets go of everything, the grown array too. */
  clear(): void {
    this.#slots = new Array(FIRST_SLOTS).fill(undefined)
    this.#mask = FIRST_SLOTS - 1
    this.#head = 0
    this.#size = 0
  }

  /** Oldest first. Do not push or shift meanwhile. */
  *[Symbol.iterator](): Iterator<T> {
    for (let i = 0; i < this.#size; i++) yield this.#slots[(this.#head + i) & this.#mask] as T
  }

  /** Doubles the array and lays the items out from its start. */
  #grow(): void {
    const slots: (T | undefined)[] = new Array(this.#slots.length * 2).fill(undefined)
    for (let i = 0; i < this.#size; i++) slots[i] = this.#slots[(this.#head + i) & this.#mask]
    this.#slots = slots
    this.#mask = slots.length - 1
    this.#head = 0
  }
}
