/** A clock for the simulated network: time is what the next event says; nothing waits for real time. */
import type { Clock } from '../../lib/util/time/clock.ts'

interface Event {
  due: number
  callback: () => void
}

export class EventClock implements Clock {
  #now = 0
  #events: Event[] = []
  readonly #runsByItself: boolean
  #isRunning = false

  /** One that runs by itself takes an event per turn of the event loop; the other waits for `run`. */
  constructor(options: { runsByItself: boolean }) {
    this.#runsByItself = options.runsByItself
  }

  now(): number {
    return this.#now
  }

  after(ms: number, callback: () => void): () => void {
    const event = { due: this.#now + ms, callback }
    const later = this.#events.findIndex(({ due }) => due > event.due)
    this.#events.splice(later === -1 ? this.#events.length : later, 0, event)
    if (this.#runsByItself && !this.#isRunning) {
      this.#isRunning = true
      setImmediate(() => this.#turn())
    }
    return () => {
      this.#events = this.#events.filter((other) => other !== event)
    }
  }

  soon(callback: () => void): void {
    this.after(0, callback)
  }

  /** Runs all that is due until `time`, and moves the clock there. */
  run(time: number): void {
    while (this.#events.length > 0 && this.#events[0]!.due <= time) this.#step()
    this.#now = time
  }

  #turn(): void {
    this.#step()
    this.#isRunning = this.#events.length > 0
    if (this.#isRunning) setImmediate(() => this.#turn())
  }

  #step(): void {
    const event = this.#events.shift()
    if (event === undefined) return
    this.#now = Math.max(this.#now, event.due)
    event.callback()
  }
}
