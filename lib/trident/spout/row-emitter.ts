/**
 * Emits rows that are known by their number in a partition: what the spouts in memory have in common. A call is
 * remembered as the range of numbers that it has emitted. A row goes out as a copy, so that a replay has it as it was.
 */

import type { Fields, Listed, RowData } from '../../index.ts'
import { TyphoonError } from '../../index.ts'
import { quoted } from '../../shape/quoted.ts'
import { copyOfRow } from '../../values/copy.ts'
import type { BatchCollector, PartitionCoordinator, TransactionAttempt, TransactionalEmitter } from '../model/spout.ts'

/** Rows `from` to `to` of a partition, the last one not counted. */
export interface IndexRange {
  readonly from: number
  readonly to: number
}

/** Rows by their number. */
export interface NumberedRows<Out> {
  readonly partitions: readonly string[]
  row(partition: string, index: number): RowData<Out> | Listed<Out>
  /** How many there are; Infinity where they never end. */
  count(partition: string): number
  /** Where a batch ends that begins with row `from`, at the latest. */
  endOfBatch(partition: string, from: number, attempt: number): number
}

/** Lists the partitions of such rows. */
export function coordinatorOf(rows: Pick<NumberedRows<any>, 'partitions'>): PartitionCoordinator {
  return { getPartitionsForBatch: () => rows.partitions }
}

/** @throws WRONG_VALUES where a row does not fit the fields */
export function checkRows(spout: string, fields: Fields, rows: Iterable<unknown>): void {
  let index = 0
  for (const row of rows) {
    if (!Array.isArray(row) || row.length !== fields.size) {
      const message = `row ${index} of a ${spout} is ${quoted(row)}, but its fields are ${fields.names.join(', ')}`
      throw new TyphoonError('WRONG_VALUES', message, { hint: 'a row is a list with one value for each field' })
    }
    index++
  }
}

export class RowEmitter<Out> implements TransactionalEmitter<IndexRange, Out> {
  readonly #rows: NumberedRows<Out>
  /** By partition: where its batch ends, so that another call for the same batch goes on up to there. */
  readonly #batches = new Map<string, { txid: number; attempt: number; end: number }>()

  constructor(rows: NumberedRows<Out>) {
    this.#rows = rows
  }

  emitPartitionBatchNew(
    { txid, attempt }: TransactionAttempt,
    collector: BatchCollector<Out>,
    partition: string,
    last: IndexRange | undefined,
  ): IndexRange | undefined {
    const from = last?.to ?? 0
    let batch = this.#batches.get(partition)
    if (batch === undefined || batch.txid !== txid || batch.attempt !== attempt) {
      batch = { txid, attempt, end: this.#rows.endOfBatch(partition, from, attempt) }
      this.#batches.set(partition, batch)
    }
    const end = Math.min(batch.end, this.#rows.count(partition))
    if (from >= end) return undefined
    let to = from
    do collector.emit(copyOfRow(this.#rows.row(partition, to++) as Listed<Out>))
    while (to < end && collector.hasRoom)
    return { from, to }
  }

  emitPartitionBatch(
    _: TransactionAttempt,
    collector: BatchCollector<Out>,
    partition: string,
    { from, to }: IndexRange,
  ): void {
    for (let index = from; index < to; index++)
      collector.emit(copyOfRow(this.#rows.row(partition, index) as Listed<Out>))
  }

  isExhausted(partition: string, last: IndexRange | undefined): boolean {
    return (last?.to ?? 0) >= this.#rows.count(partition)
  }
}
