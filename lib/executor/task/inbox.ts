/**
 * The tuples that wait for one task. At the high-water mark the task is congested, at half of it no more; in between
 * its senders are held back, so the queue outgrows the mark only by what was on its way.
 */
import type { Tuple } from '../../tuple/tuple.ts'
import { RingBuffer } from '../../util/collections/ring-buffer.ts'

/** What a task takes its tuples from. */
export interface TaskInput extends Iterable<Tuple> {
  /** How many wait. */
  readonly size: number
  /** How full, 0 to 1 and over. */
  readonly load: number
  /** The next one; undefined where there is none now. Hot. */
  shift(): Tuple | undefined
}

export class Inbox implements TaskInput {
  readonly #queue = new RingBuffer<Tuple>()
  readonly #high: number
  readonly #onCongestion: (congested: boolean) => void
  readonly #wake: () => void
  #congested = false

  constructor(high: number, onCongestion: (congested: boolean) => void, wake: () => void) {
    this.#high = high
    this.#onCongestion = onCongestion
    this.#wake = wake
  }

  get size(): number {
    return this.#queue.size
  }

  get load(): number {
    return this.#queue.size / this.#high
  }

  /** Hot. */
  push(tuple: Tuple): void {
    this.#queue.push(tuple)
    if (this.#queue.size === 1) this.#wake()
    if (!this.#congested && this.#queue.size >= this.#high) {
      this.#congested = true
      this.#onCongestion(true)
    }
  }

  /** The oldest tuple; undefined where none waits. Hot. */
  shift(): Tuple | undefined {
    const tuple = this.#queue.shift()
    if (this.#congested && this.#queue.size <= this.#high / 2) {
      this.#congested = false
      this.#onCongestion(false)
    }
    return tuple
  }

  /** Those that wait, the oldest first. */
  [Symbol.iterator](): Iterator<Tuple> {
    return this.#queue[Symbol.iterator]()
  }
}
