/**
 * What a batch group owes: all transactions up to the last one that was ever begun, in this life of its coordinator or
 * before. Each is committed before the run ends, or is left for the next run, which goes on with it.
 *
 * The law: what is owed and not in flight counts as waiting, what is left as left, and nothing as both.
 */
import { LEFT_COUNTER, type TaskContext, WAITING_COUNTER } from '../../../index.ts'
import type { Transactions } from './transactions.ts'

export class Owed {
  /** The spouts have nothing for a new transaction; what fails may change that. */
  isExhausted = false
  readonly #context: Pick<TaskContext, 'count'>
  readonly #transactions: Transactions
  readonly #hasUnlisted: boolean
  #lastBegun: number
  /** Transactions behind this one take only what is owed: the run is to end. */
  #takesNewUpTo = Number.POSITIVE_INFINITY
  /** Batches that wait for their next attempt, as was counted last. */
  #waiting = 0
  #hasLeft = false

  /**
   * @param lastBegun the last transaction that was begun in an earlier life
   * @param hasUnlisted some spouts have no partitions, and say themselves what they owe
   */
  constructor(
    context: Pick<TaskContext, 'count'>,
    transactions: Transactions,
    lastBegun: number,
    hasUnlisted: boolean,
  ) {
    this.#context = context
    this.#transactions = transactions
    this.#lastBegun = lastBegun
    this.#hasUnlisted = hasUnlisted
    this.count()
  }

  /** How many transactions are owed. */
  get size(): number {
    return this.#lastBegun - this.#transactions.current + 1
  }

  /** The run ends, and what is owed is left for the next one. */
  get hasLeft(): boolean {
    return this.#hasLeft
  }

  /** Spouts without partitions could not emit in the next run what is owed now. */
  get mayBeLeft(): boolean {
    return !this.#hasUnlisted
  }

  /** Whether transactions may begin that were never begun. */
  get mayFollow(): boolean {
    if (this.isExhausted) return false
    return this.#lastBegun < this.#takesNewUpTo || this.#hasUnlisted
  }

  /** Whether a transaction may begin, as one that is owed or as a new one. */
  allows(txid: number): boolean {
    return txid <= this.#lastBegun || this.mayFollow
  }

  /** Whether a transaction takes what is new, or only what spouts without partitions owe. */
  takesNew(txid: number): boolean {
    return txid <= this.#takesNewUpTo
  }

  began(txid: number): void {
    this.#lastBegun = Math.max(this.#lastBegun, txid)
    this.count()
  }

  /** The run is to end: only what was begun is committed. */
  drain(): void {
    this.#takesNewUpTo = Math.min(this.#takesNewUpTo, this.#lastBegun)
  }

  leave(): void {
    this.#context.count(WAITING_COUNTER, -this.#waiting)
    this.#context.count(LEFT_COUNTER, this.size)
    this.#hasLeft = true
  }

  /** What is in flight has changed: the batches are counted that were begun, and are neither in flight nor over. */
  count(): void {
    if (this.#hasLeft) return
    const waiting = this.size - this.#transactions.size
    if (waiting !== this.#waiting) this.#context.count(WAITING_COUNTER, waiting - this.#waiting)
    this.#waiting = waiting
  }
}
