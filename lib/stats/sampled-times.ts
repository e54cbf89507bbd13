/**
 * How long a bolt executes a tuple, and how long it takes until the tuple is acked: of one tuple in a turn of a task,
 * where it has executed 20 since the last one (Storm samples one in 20, `topology.stats.sample.rate`), and no more than
 * one in a millisecond. Why per turn: a decrement and a branch for each tuple, where it is executed, have cost the word
 * count a quarter of its rate, for its `execute` was not inlined any more; and a branch where it is acked, a tenth. So
 * whether a tuple is acked is looked at after its execution, after promises, and with the next one that is measured:
 * what a bolt acks by itself, at its own time, counts as acked then.
 */
import { Histogram } from './histogram.ts'

const EVERY = 20
/** Where that is more often than once in a millisecond, it is one of twice as many the next time, up to this. */
const RAREST = 20 * 2 ** 10
/** Of those that are not acked yet so many are waited for. */
const MOST_OPEN = 16
const MICROS_PER_MS = 1000

interface Settled {
  readonly settled: boolean
}

export class SampledTimes {
  /** From the begin of an execution to its end, its promise included. */
  readonly execution = new Histogram()
  /** From the begin of an execution to the ack of its tuple. */
  readonly processing = new Histogram()
  /** Whether any ack is waited for; a field, because it is read with each ack. */
  waits = false
  #left = 0
  #every = EVERY
  #measuredAt = Number.NEGATIVE_INFINITY
  readonly #open = new Map<object, number>()
  /** Those whose promise is open. */
  readonly #executing = new Map<object, number>()

  /** Whether the next one is to be measured. */
  get isDue(): boolean {
    return this.#left <= 0
  }

  /** A turn has executed so many. */
  passed(tuples: number): void {
    this.#left -= tuples
  }

  /** The execution of a tuple that is to be measured begins. */
  begin(tuple: object, now: number): void {
    const isOften = now - this.#measuredAt < 1
    this.#every = isOften ? Math.min(this.#every * 2, RAREST) : Math.max(this.#every / 2, EVERY)
    this.#measuredAt = now
    this.#left = this.#every
    if (this.#open.size < MOST_OPEN) this.#open.set(tuple, now)
    this.waits = this.#open.size > 0
  }

  /** The execution has returned a promise. */
  awaits(tuple: object, began: number): void {
    this.#executing.set(tuple, began)
  }

  /** The promise of an execution has settled, which need not be a measured one. */
  settled(tuple: object, now: number): void {
    const began = this.#executing.get(tuple)
    if (began === undefined) return
    this.#executing.delete(tuple)
    this.executed(now - began)
  }

  /** An execution that was measured has ended. */
  executed(ms: number): void {
    this.execution.record(Math.round(ms * MICROS_PER_MS))
  }

  /** Those that are settled by now were acked: what fails has been taken out. */
  look(now: number): void {
    for (const tuple of this.#open.keys()) if ((tuple as Settled).settled) this.acked(tuple, now)
  }

  /** A tuple was acked, which need not be a measured one. */
  acked(tuple: object, now: number): void {
    const began = this.#open.get(tuple)
    if (began === undefined) return
    this.failed(tuple)
    this.processing.record(Math.round((now - began) * MICROS_PER_MS))
  }

  /** Nothing is known of how long a tuple takes that fails. */
  failed(tuple: object): void {
    this.#open.delete(tuple)
    this.waits = this.#open.size > 0
  }
}
