/** The timers of one run, which end together when it is over. */
import type { Clock } from '../util/time/clock.ts'

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

  every(ms: number, call: () => void): void {
    this.after(ms, () => {
      call()
      this.every(ms, call)
    })
  }

  cancelAll(): void {
    for (const cancel of this.#open) cancel()
    this.#open.clear()
  }
}
