/**
 * How long a bolt executes a tuple, and how long it takes until the tuple is acked: of every 20th tuple of a task, as
 * Storm samples one in 20 (`topology.stats.sample.rate`). All others cost a decrement.
 */
import { Histogram } from './histogram.ts'

const EVERY = 20
/** Of those that are not acked yet so many are waited for. */
const MOST_OPEN = 16
const MICROS_PER_MS = 1000

export class SampledTimes {
  /** From the begin of an execution to its end, its promise included. */
  readonly execution = new Histogram()
  /** From the begin of an execution to the ack of its tuple. */
  readonly processing = new Histogram()
  #left = 1
  readonly #open = new Map<object, number>()

  /** Whether the next one is to be measured. Hot. */
  isNext(): boolean {
    if (--this.#left > 0) return false
    this.#left = EVERY
    return true
  }

  /** Whether any ack is waited for. Hot. */
  get waits(): boolean {
    return this.#open.size > 0
  }

  /** The execution of a tuple that is to be measured begins. */
  begin(tuple: object, now: number): void {
    if (this.#open.size < MOST_OPEN) this.#open.set(tuple, now)
  }

  /** It has ended. */
  executed(ms: number): void {
    this.execution.record(Math.round(ms * MICROS_PER_MS))
  }

  /** A tuple was acked, which need not be a measured one. */
  acked(tuple: object, now: number): void {
    const began = this.#open.get(tuple)
    if (began === undefined) return
    this.#open.delete(tuple)
    this.processing.record(Math.round((now - began) * MICROS_PER_MS))
  }

  /** Nothing is known of how long a tuple takes that fails. */
  failed(tuple: object): void {
    this.#open.delete(tuple)
  }
}
