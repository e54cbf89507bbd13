/**
 * Spouts over partitions in memory, for tests: one that replays a batch as it was, and one that replays it as another.
 * Names: Storm's testing.
 */

import type { Fields, RowData } from '../../index.ts'
import { checkCount, wrongArgument } from '../../shape/check-argument.ts'
import { copyOfRow } from '../../values/copy.ts'
import type {
  OpaquePartitionedTridentSpout,
  PartitionCoordinator,
  PartitionedTridentSpout,
  TransactionalEmitter,
} from '../model/spout.ts'
import { checkRows, coordinatorOf, type IndexRange, type NumberedRows, RowEmitter } from './row-emitter.ts'

/** The rows of each partition; they are named by their numbers, from 0 up. */
export type RowsByPartition<Out = any> = readonly (readonly RowData<Out>[])[]

/** Rows that are kept in memory, however a batch of them is replayed. */
abstract class MemorySpout<Out> {
  readonly outputs: Fields<Out>
  readonly #rows: NumberedRows<Out>

  constructor(fields: Fields<Out>, rows: NumberedRows<Out>) {
    this.outputs = fields
    this.#rows = rows
  }

  getCoordinator(): PartitionCoordinator {
    return coordinatorOf(this.#rows)
  }

  getEmitter(): TransactionalEmitter<IndexRange, Out> {
    return new RowEmitter(this.#rows)
  }
}

/** Transactional: of each partition so many rows in a batch, the same ones when it is replayed. */
export class MemoryTransactionalSpout<Out = any>
  extends MemorySpout<Out>
  implements PartitionedTridentSpout<IndexRange, Out>
{
  readonly kind = 'transactional'

  /** @throws CONSTRUCTOR_FAILED, WRONG_VALUES */
  constructor(fields: Fields<Out>, batchSize: number, partitions: RowsByPartition<Out>) {
    checkSize(batchSize)
    super(
      fields,
      numbered('MemoryTransactionalSpout', fields, partitions, () => batchSize),
    )
  }
}

/** Opaque: each attempt takes another number of rows, so that a batch that is replayed has others than before. */
export class OpaqueMemoryTransactionalSpout<Out = any>
  extends MemorySpout<Out>
  implements OpaquePartitionedTridentSpout<IndexRange, Out>
{
  readonly kind = 'opaque'

  /** @param batchSize of a first attempt @throws CONSTRUCTOR_FAILED, WRONG_VALUES */
  constructor(fields: Fields<Out>, batchSize: number, partitions: RowsByPartition<Out>) {
    checkSize(batchSize)
    const size = (attempt: number): number => 1 + ((batchSize - 1 + attempt) % (2 * batchSize))
    super(fields, numbered('OpaqueMemoryTransactionalSpout', fields, partitions, size))
  }
}

function numbered<Out>(
  spout: string,
  fields: Fields<Out>,
  partitions: RowsByPartition<Out>,
  sizeOf: (attempt: number) => number,
): NumberedRows<Out> {
  for (const rows of partitions) checkRows(spout, fields, rows)
  const kept = partitions.map((rows) => rows.map((row) => copyOfRow(row)))
  const rowsOf = (partition: string): readonly RowData<Out>[] => kept[Number(partition)] ?? []
  return {
    partitions: partitions.map((_, index) => String(index)),
    row: (partition, index) => rowsOf(partition)[index] as RowData<Out>,
    count: (partition) => rowsOf(partition).length,
    endOfBatch: (_, from, attempt) => from + sizeOf(attempt),
  }
}

function checkSize(size: number): void {
  if (checkCount('the batch size of a spout', size, '[1]') === 0)
    throw wrongArgument('the batch size of a spout', size, 'a whole number from 1 up', { path: '[1]' })
}
