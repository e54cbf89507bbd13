/** Timers that end together, as those of a run or a worker do when it is over. */
import type { Clock } from './clock.ts'

export class Timers {
  readonly #clock: Clock
  readonly #open = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @returns cancels it */
  readonly after = (ms: number, call: () => void): (() => void) => {
    const stop = this.#clock.after(ms, () => {
      this.#open.delete(stop)
      call()
    })
    this.#open.add(stop)
    return () => {
      this.#open.delete(stop)
      stop()
    }
  }

  /** The next call is due before one is made, so that `cancelAll` in a call is the end. */
  every(ms: number, call: () => void): void {
    this.after(ms, () => {
      this.every(ms, call)
      call()
    })
  }

  cancelAll(): void {
    for (const cancel of this.#open) cancel()
    this.#open.clear()
  }
}
