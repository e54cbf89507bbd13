/**
 * The clock of one simulated process: its callbacks stop when the process dies, and wait while it stands still. Time
 * goes on meanwhile, as it does for a process that was stopped; what was due comes when it goes on, each callback once,
 * in its order.
 */
import type { Clock } from '../../util/time/clock.ts'

export class ProcessClock implements Clock {
  readonly #clock: Clock
  #alive = true
  /** What has come while the process stands still. */
  #waiting: (() => void)[] | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** That of another process, in the same time. */
  another(): ProcessClock {
    return new ProcessClock(this.#clock)
  }

  die(): void {
    this.#alive = false
    this.#waiting = undefined
  }

  freeze(): void {
    this.#waiting ??= []
  }

  wake(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const callback of waiting) this.soon(callback)
  }

  now(): number {
    return this.#clock.now()
  }

  date(): number {
    return this.#clock.date?.() ?? this.#clock.now()
  }

  after(ms: number, callback: () => void): () => void {
    let cancelled = false
    const cancel = this.#clock.after(ms, () => {
      this.#run(() => {
        if (!cancelled) callback()
      })
    })
    return () => {
      cancelled = true
      cancel()
    }
  }

  soon(callback: () => void): void {
    this.#clock.soon(() => this.#run(callback))
  }

  /**
   * What a promise comes to, as this process hears of it: when it goes on, where it stands still; where it has died,
   * never.
   */
  hears<Value>(promise: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => this.#run(() => resolve(value)),
        (error: unknown) => this.#run(() => reject(error)),
      )
    })
  }

  #run(callback: () => void): void {
    if (!this.#alive) return
    if (this.#waiting === undefined) callback()
    else this.#waiting.push(callback)
  }
}
