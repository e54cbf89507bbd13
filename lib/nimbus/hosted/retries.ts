/**
 * When a topology that cannot run is tried again: later and later, for as long as it fails. The law: one attempt at
 * most is waited for, whatever has asked for the ones before.
 */
import type { ErrorCode } from '../../errors/catalogue.ts'
import type { Clock } from '../../util/time/clock.ts'
import { Deaths } from '../../util/time/deaths.ts'

const LONGEST_DELAY_MS = 60_000

/** The attempt that is waited for. */
interface Due {
  readonly at: number
  readonly because: ErrorCode
  cancel(): void
}

export class Retries {
  readonly #clock: Clock
  readonly #attempt: () => void
  readonly #deaths = new Deaths()
  #beganAt = 0
  #due: Due | undefined

  constructor(clock: Clock, attempt: () => void) {
    this.#clock = clock
    this.#attempt = attempt
  }

  /** Milliseconds until the next attempt; undefined where none is waited for. */
  get inMs(): number | undefined {
    return this.#due === undefined ? undefined : Math.max(0, this.#due.at - this.#clock.now())
  }

  /** An attempt begins. */
  begins(): void {
    this.cancel()
    this.#beganAt = this.#clock.now()
  }

  /** The attempt that has begun last has come to nothing, or to an end. @returns ms until there is another one */
  failed(because: ErrorCode): number {
    this.cancel()
    const now = this.#clock.now()
    const delayMs = this.#deaths.add(now - this.#beganAt, LONGEST_DELAY_MS)
    this.#due = { at: now + delayMs, because, cancel: this.#clock.after(delayMs, () => this.#try()) }
    return delayMs
  }

  /** What an attempt has failed with is over: it is made at once, where that one is waited for. */
  isOver(...because: readonly ErrorCode[]): void {
    if (this.#due !== undefined && because.includes(this.#due.because)) this.#try()
  }

  /** None is waited for any more. */
  cancel(): void {
    this.#due?.cancel()
    this.#due = undefined
  }

  #try(): void {
    this.cancel()
    this.#attempt()
  }
}
