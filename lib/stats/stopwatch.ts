/**
 * How long something is so: read where it begins and where it ends, and not per tuple. Several may hold it at once, as
 * several congested tasks hold a sender back.
 */
import type { Counters } from './counters.ts'

/** Tells the time, milliseconds. */
interface Time {
  now(): number
}

export class Stopwatch {
  readonly #counters: Counters
  readonly #counter: number
  readonly #time: Time
  #holds = 0
  #since = 0

  /** @param counter the place of the milliseconds among the counters of a task */
  constructor(counters: Counters, counter: number, time: Time) {
    this.#counters = counters
    this.#counter = counter
    this.#time = time
  }

  /** One more, or one less, for whom it is so. */
  change(isSo: boolean): void {
    this.settle()
    this.#holds += isSo ? 1 : -1
    if (this.#holds === 1 && isSo) this.#since = this.#time.now()
  }

  /** The counter is up to date. */
  settle(): void {
    if (this.#holds === 0) return
    const now = this.#time.now()
    this.#counters[this.#counter]! += now - this.#since
    this.#since = now
  }
}
