/**
 * Time that passes on demand. Callbacks run in the order of their time, and between two of them every promise that can
 * go on does; so a run depends on its seed alone, as long as the components wait for nothing else.
 *
 * Time passes while the test waits. One that forgets to wait would look at what has not happened yet: so what it looks
 * at then throws (`checkAwaited`), what it lets pass next begins where this ends, and at its end a warning says it.
 *
 * Why `soon` costs a little time: a spout that never stops would else hold the time still for ever.
 */
import { placeText, topmostUserPlace } from '../../errors/user-places.ts'
import { Heap } from '../../util/collections/heap.ts'
import type { Clock } from '../../util/time/clock.ts'
import { WatchedPromise } from './watched-promise.ts'

const TURN_MS = 0.01
/** In real time: a test may wait for something else first, before it waits for time that has passed. */
const GRACE_MS = 100

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
  /** When all that was asked to pass has passed. */
  #end = 0
  /** What has been asked to pass and has not begun to. */
  readonly #asked = new Set<WatchedPromise<void>>()

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

  /** Lets this many milliseconds pass, and is to be awaited. @throws RangeError (rejects) for a negative time */
  advance(ms: number): Promise<void> {
    if (!(ms >= 0)) return Promise.reject(new RangeError(`time cannot be advanced by ${ms} ms`))
    const site: { readonly stack?: string } = {}
    Error.captureStackTrace(site)
    const passing = this.#advance(ms, () => this.#asked.delete(passed))
    const passed = new WatchedPromise<void>((resolve) => resolve(passing))
    this.#asked.add(passed)
    const passedBy = (): void => {
      if (!passed.isAwaited) setTimeout(() => passed.isAwaited || warnOf(site), GRACE_MS)
    }
    passing.then(passedBy, () => {})
    return passed
  }

  /** @throws Error where time was to pass, and what has asked for that has not waited */
  checkAwaited(): void {
    if ([...this.#asked].some(({ isAwaited }) => !isAwaited))
      throw new Error(`${NOT_AWAITED}: nothing has happened yet`)
  }

  /** @param begins called when what could go on without time has gone on */
  async #advance(ms: number, begins: () => void): Promise<void> {
    const end = Math.max(this.#now, this.#end) + ms
    this.#end = end
    await settle()
    begins()
    for (let next = this.#heap.first; next !== undefined && next.at <= end; next = this.#heap.first)
      await this.#runNext()
    this.#now = Math.max(this.#now, end)
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

const NOT_AWAITED = 'time was to be advanced, and that was not awaited (await cluster.advanceTime(…))'

function warnOf({ stack }: { readonly stack?: string }): void {
  const place = topmostUserPlace(stack)
  const where = place === undefined ? '' : `, at ${placeText(place)}`
  process.emitWarning(`${NOT_AWAITED}${where}`, { code: 'TYPHOON_NOT_AWAITED' })
}

/** By time, then by order. */
function isBefore(a: Waiting, b: Waiting): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at
}

/** Every promise that can go on has gone on when the event loop comes round. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
