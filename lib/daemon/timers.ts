/** The timers of one run, which end together when it is over. */
import type { Clock } from '../util/clock.ts'

export class Timers {
  readonly #clock: Clock
  readonly #open = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @returns cancels it */
  readonly after = (ms: number, call: () => void): (() => void) => {
    const cancel = this.#clock.after(ms, () => {
      this.#open.delete(cancel)
      call()
    })
    this.#open.add(cancel)
    return cancel
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
