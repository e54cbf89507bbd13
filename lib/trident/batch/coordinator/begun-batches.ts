/**
 * The batches of a group that have begun and are not over: when they began, and how many rows they turned out to have.
 * What has come of them is counted, and how long the last ones took is said when the coordinator is closed.
 */
import type { TaskContext } from '../../../index.ts'
import { Durations } from './durations.ts'

interface BegunBatch {
  /** The date at which its last attempt began, whole ms. */
  readonly startedAt: number
  /** The same by the clock of the task. */
  readonly at: number
  rows: number
}

export class BegunBatches {
  readonly #context: Pick<TaskContext, 'count' | 'date' | 'log' | 'now'>
  readonly #begun = new Map<number, BegunBatch>()
  readonly #durations = new Durations()
  /** The date at the context's time 0. */
  readonly #epochMs: number

  constructor(context: Pick<TaskContext, 'count' | 'date' | 'log' | 'now'>) {
    this.#context = context
    this.#epochMs = context.date() - context.now()
  }

  /** An attempt begins now. @returns the date, whole ms */
  began(txid: number): number {
    const at = this.#context.now()
    const startedAt = Math.floor(this.#epochMs + at)
    this.#begun.set(txid, { startedAt, at, rows: 0 })
    return startedAt
  }

  /** When the last attempt of a batch began: the date, whole ms. */
  startedAt(txid: number): number {
    return this.#begun.get(txid)!.startedAt
  }

  /** It is processed, and had so many rows. */
  brought(txid: number, rows: number): void {
    this.#begun.get(txid)!.rows = rows
  }

  failed(): void {
    this.#context.count('batches failed')
  }

  committed(txid: number): void {
    const { rows, at } = this.#begun.get(txid)!
    this.#context.count('batches committed')
    this.#context.count('rows committed', rows)
    if (rows > 0) this.#durations.add(this.#context.now() - at)
  }

  /** That it is committed is written. */
  over(txid: number): void {
    this.#begun.delete(txid)
  }

  close(): void {
    if (this.#durations.count > 0) this.#context.log('info', this.#durations.inWords())
  }
}
