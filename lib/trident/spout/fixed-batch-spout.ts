/**
 * Rows that are known beforehand, so many in a batch. Storm's FixedBatchSpout is non-transactional; as the rows stay
 * the same, this one is transactional.
 */

import type { Fields, RowData } from '../../index.ts'
import { checkCount, wrongArgument } from '../../shape/check-argument.ts'
import { copyOfRow } from '../../values/copy.ts'
import type { PartitionCoordinator, PartitionedTridentSpout, TransactionalEmitter } from '../model/spout.ts'
import { checkRows, coordinatorOf, type IndexRange, type NumberedRows, RowEmitter } from './row-emitter.ts'

/** Emits its rows in order, from one task. */
export class FixedBatchSpout<Out = any> implements PartitionedTridentSpout<IndexRange, Out> {
  readonly kind = 'transactional'
  readonly outputs: Fields<Out>
  readonly #maxBatchSize: number
  readonly #rows: readonly RowData<Out>[]
  #cycle = false

  /** @throws CONSTRUCTOR_FAILED, WRONG_VALUES */
  constructor(fields: Fields<Out>, maxBatchSize: number, ...rows: readonly RowData<Out>[]) {
    checkRows('FixedBatchSpout', fields, rows)
    if (checkCount('the batch size of a FixedBatchSpout', maxBatchSize, '[1]') === 0)
      throw wrongArgument('the batch size of a FixedBatchSpout', maxBatchSize, 'a whole number from 1 up', {
        path: '[1]',
      })
    this.outputs = fields
    this.#maxBatchSize = maxBatchSize
    this.#rows = rows.map((row) => copyOfRow(row))
  }

  /** Whether it begins again after the last row, for ever; no batch goes over that border. */
  setCycle(cycle: boolean): this {
    this.#cycle = cycle
    return this
  }

  getCoordinator(): PartitionCoordinator {
    return coordinatorOf(this.#numbered())
  }

  getEmitter(): TransactionalEmitter<IndexRange, Out> {
    return new RowEmitter(this.#numbered())
  }

  #numbered(): NumberedRows<Out> {
    const rows = this.#rows
    // Without rows there is no batch, with a cycle either.
    const length = Math.max(1, rows.length)
    return {
      partitions: ['rows'],
      row: (_, index) => rows[index % length] as RowData<Out>,
      count: () => (this.#cycle && rows.length > 0 ? Number.POSITIVE_INFINITY : rows.length),
      endOfBatch: (_, from) => Math.min(from + this.#maxBatchSize, from - (from % length) + length),
    }
  }
}
