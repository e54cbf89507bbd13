/**
 * Items that wait for their time, earliest first: a heap, because a lost worker fails a hundred thousand roots at once,
 * each with a delay of its own.
 */
import { Heap } from '../../util/collections/heap.ts'

interface Waiting<T> {
  due: number
  readonly item: T
}

export class DelayQueue<T> {
  readonly #heap = new Heap<Waiting<T>>((a, b) => a.due < b.due)

  get size(): number {
    return this.#heap.size
  }

  /** Adds an item that may be taken from `due` on. */
  add(due: number, item: T): void {
    this.#heap.push({ due, item })
  }

  /** No item waits any longer. */
  releaseAll(): void {
    for (const waiting of this.#heap) waiting.due = Number.NEGATIVE_INFINITY
  }

  /** Takes the earliest item if its time has come; `undefined` if it has not. */
  takeDue(now: number): T | undefined {
    const { first } = this.#heap
    return first === undefined || first.due > now ? undefined : this.#heap.shift()!.item
  }
}
