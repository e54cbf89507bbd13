/** The tuples of a task that have failed and wait for another attempt, in the order in which they began to wait. */
import type { Tuple } from '../../tuple/tuple.ts'
import { Heap } from '../../util/collections/heap.ts'

/** When a tuple is tried again. */
interface Due {
  readonly tuple: Tuple
  readonly at: number
  readonly order: number
}

export class Waiting implements Iterable<Tuple> {
  readonly #tuples = new Set<Tuple>()
  readonly #dues = new Heap<Due>((a, b) => (a.at === b.at ? a.order < b.order : a.at < b.at))
  #order = 0

  get size(): number {
    return this.#tuples.size
  }

  /** @param at when it is due, milliseconds */
  add(tuple: Tuple, at: number): void {
    this.#tuples.add(tuple)
    this.#dues.push({ tuple, at, order: this.#order++ })
  }

  /** The one that has been due for longest, which leaves; undefined: none is. @param now milliseconds */
  takeDue(now: number): Tuple | undefined {
    const { first } = this.#dues
    if (first === undefined || first.at > now) return undefined
    this.#dues.shift()
    this.#tuples.delete(first.tuple)
    return first.tuple
  }

  [Symbol.iterator](): Iterator<Tuple> {
    return this.#tuples[Symbol.iterator]()
  }
}
