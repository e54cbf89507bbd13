/**
 * Time that passes on demand. Callbacks run in the order of their time, and between two of them every promise that can
 * go on does; so a run depends on its seed alone, as long as the components wait for nothing else.
 *
 * Why `soon` costs a little time: a spout that never stops would else hold the time still for ever.
 */
import { Heap } from '../../util/collections/heap.ts'
import type { Clock } from '../../util/time/clock.ts'

const TURN_MS = 0.01

interface Waiting {
  readonly at: number
  readonly order: number
  readonly callback: () => void
  cancelled: boolean
}

/** Time that stands still until it is advanced. */
export class SimulatedClock implements Clock {
  #now = 0
  /** By how much the date differs from the time that has passed. */
  #shiftMs = 0
  #order = 0
  readonly #heap = new Heap<Waiting>(isBefore)

  now(): number {
    return this.#now
  }

  /** Milliseconds since 1970, when simulated time begins; see `shift`. */
  date(): number {
    return this.#now + this.#shiftMs
  }

  /** The date is set forward, or back where `ms` is negative; no time passes. */
  shift(ms: number): void {
    this.#shiftMs += ms
  }

  after(ms: number, callback: () => void): () => void {
    const waiting: Waiting = { at: this.#now + Math.max(0, ms), order: this.#order++, callback, cancelled: false }
    this.#heap.push(waiting)
    return () => {
      waiting.cancelled = true
    }
  }

  soon(callback: () => void): void {
    this.after(TURN_MS, callback)
  }

  /** Lets this many milliseconds pass. @throws RangeError for a negative time */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`time cannot be advanced by ${ms} ms`)
    const end = this.#now + ms
    await settle()
    for (let next = this.#heap.first; next !== undefined && next.at <= end; next = this.#heap.first)
      await this.#runNext()
    this.#now = end
  }

  /** Lets time pass until a condition holds. @returns false where it does not within `limitMs` of simulated time */
  async until(condition: () => boolean, limitMs: number): Promise<boolean> {
    const end = this.#now + limitMs
    await settle()
    while (!condition()) {
      const next = this.#heap.first
      if (next === undefined || next.at > end) return false
      await this.#runNext()
    }
    return true
  }

  async #runNext(): Promise<void> {
    const next = this.#heap.shift()!
    if (next.cancelled) return
    this.#now = Math.max(this.#now, next.at)
    next.callback()
    await settle()
  }
}

/** By time, then by order. */
function isBefore(a: Waiting, b: Waiting): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at
}

/** Every promise that can go on has gone on when the event loop comes round. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
