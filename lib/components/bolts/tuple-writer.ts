/**
 * Writes tuples to a sink in batches, in their order, and finds the one that cannot be written.
 *
 * A batch that fails is halved, down to a tuple that fails alone. Whether it is this tuple, or the sink is away, shows
 * by another one: where the tuple has failed as often as it may, and the sink takes another one meanwhile, it is given
 * up. Where the sink takes no other either, all is tried again, for as long as it takes. A tuple with no other
 * to compare with is given up after the limit; one whose error is permanent at once.
 */
import { isPermanent, type Tuple } from '../../index.ts'
import { backOff } from '../../util/time/back-off.ts'

/** So many tuples are written at once. */
export const BATCH = 1000
const RETRY_MS = 100
const MAX_RETRY_MS = 5000

/** Where tuples are written to: a transaction. */
export interface Target {
  write(tuples: readonly Tuple[]): void | Promise<void>
  giveUp(tuple: Tuple, attempts: number, error: unknown): void
}

/** What it needs of its bolt. */
export interface WriterPorts {
  /** A write has failed, and is tried again. */
  report(error: unknown): void
  now(): number
  random(): number
  after(ms: number): Promise<void>
  isOver(): boolean
  /** So often a tuple may fail alone, while others can be written. */
  readonly attempts: number
  /** So long one may fail that has no other to compare with. */
  readonly limitMs: number
  /** What is given up comes again: so any may be that has failed for so long. */
  readonly canFail: boolean
}

/** What a write has thrown. */
interface Failure {
  readonly error: unknown
}

export class TupleWriter {
  readonly #ports: WriterPorts
  #size = BATCH
  /** So many batches the sink has taken. */
  #taken = 0
  /** How many it had been when a tuple was in a batch first that failed. */
  readonly #takenBefore = new WeakMap<Tuple, number>()

  constructor(ports: WriterPorts) {
    this.#ports = ports
  }

  /** Until nothing waits, or the bolt is over; more may come meanwhile. What was written is taken away. */
  async writeAll(waiting: Tuple[], target: Target): Promise<void> {
    while (waiting.length > 0 && !this.#ports.isOver()) {
      const batch = waiting.slice(0, this.#size)
      const failure = await this.#try(batch, target)
      if (failure === undefined) {
        waiting.splice(0, batch.length)
        this.#size = Math.min(BATCH, 2 * this.#size)
      } else if (batch.length > 1) this.#size = Math.ceil(batch.length / 2)
      else await this.#insist(waiting, failure, target)
    }
  }

  /** The first tuple has failed alone: it is written, or given up. */
  async #insist(waiting: Tuple[], first: Failure, target: Target): Promise<void> {
    const { now, random, attempts, limitMs, canFail } = this.#ports
    const tuple = waiting[0]!
    const began = now()
    let failure: Failure | undefined = first
    for (let failures = 1; !this.#ports.isOver(); failures++) {
      const { error }: Failure = failure
      const hasTimedOut = (canFail || waiting.length === 1) && now() - began >= limitMs
      const takesOthers = this.#taken > this.#takenBefore.get(tuple)!
      if (isPermanent(error) || hasTimedOut || (failures >= attempts && takesOthers)) {
        waiting.splice(waiting.indexOf(tuple), 1)
        target.giveUp(tuple, failures, error)
        return
      }
      this.#ports.report(error)
      if (failures >= attempts) await this.#tryAnother(waiting, failures - attempts, target)
      await this.#ports.after(backOff(failures, RETRY_MS, MAX_RETRY_MS, random()))
      failure = await this.#try([tuple], target)
      if (failure === undefined) {
        waiting.splice(waiting.indexOf(tuple), 1)
        return
      }
    }
  }

  /** Another one of those that wait each time, for the first may not be the only one of its kind. */
  async #tryAnother(waiting: Tuple[], round: number, target: Target): Promise<void> {
    if (waiting.length === 1 || this.#ports.isOver()) return
    const other = waiting[1 + (round % (waiting.length - 1))]!
    if ((await this.#try([other], target)) === undefined) waiting.splice(waiting.indexOf(other), 1)
  }

  async #try(tuples: readonly Tuple[], target: Target): Promise<Failure | undefined> {
    try {
      await target.write(tuples)
      this.#taken++
      return undefined
    } catch (error) {
      for (const tuple of tuples) if (!this.#takenBefore.has(tuple)) this.#takenBefore.set(tuple, this.#taken)
      return { error }
    }
  }
}
