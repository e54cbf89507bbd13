/**
 * A spout for tests: what is fed at one time is a batch, and `feed` waits until that is committed. It lives in the
 * memory of the test, so it goes with a topology in one process, and with one task. A replay has the same rows.
 */
import type { Fields, Listed, RowData } from '../../index.ts'
import { copyOfRow } from '../../values/copy.ts'
import type { BatchCollector, BatchSpout, TransactionAttempt } from '../model/spout.ts'
import { checkRows } from './row-emitter.ts'

interface Fed<Out> {
  readonly rows: readonly RowData<Out>[]
  readonly committed: (txid: number) => void
}

/** Emits what it is fed, a batch for each `feed`. Storm's FeederBatchSpout. */
export class FeederBatchSpout<Out = any> implements BatchSpout<Out> {
  readonly kind = 'non-transactional'
  readonly outputs: Fields<Out>
  readonly #waiting: Fed<Out>[] = []
  readonly #begun = new Map<number, Fed<Out>>()
  #hasEnded = false

  constructor(fields: Fields<Out>) {
    this.outputs = fields
  }

  /** Batches that were fed and are not committed. */
  get pending(): number {
    return this.#waiting.length + this.#begun.size
  }

  /** The rows of the next batch. Resolves to its txid, when it is committed. @throws WRONG_VALUES */
  feed(rows: readonly RowData<Out>[]): Promise<number> {
    checkRows('FeederBatchSpout', this.outputs, rows)
    const kept = rows.map((row) => copyOfRow(row))
    return new Promise((committed) => this.#waiting.push({ rows: kept, committed }))
  }

  /** Nothing will be fed any more. */
  end(): void {
    this.#hasEnded = true
  }

  /** A batch that nothing was fed for is empty. */
  emitBatch({ txid }: TransactionAttempt, collector: BatchCollector<Out>): void {
    const fed = this.#begun.get(txid) ?? this.#waiting.shift()
    if (fed === undefined) return
    this.#begun.set(txid, fed)
    for (const row of fed.rows) collector.emit(copyOfRow(row as Listed<Out>))
  }

  ack(txid: number): void {
    this.#begun.get(txid)?.committed(txid)
    this.#begun.delete(txid)
  }

  isExhausted(): boolean {
    return this.#hasEnded && this.#waiting.length === 0
  }
}
