/**
 * Rows that are made up: a transactional spout without any input. Row i is a pure function of the seed and i, so a
 * replay, another number of partitions or tasks, and the next run have the same rows. Row i is in partition i %
 * partitions.
 */

import type { Fields, Listed, TaskContext } from '../../index.ts'
import { any, checkOptions, count, integer, type OptionTable, positive } from '../../shape/options.ts'
import { copyOfEach } from '../../values/copy.ts'
import type {
  BatchCollector,
  PartitionCoordinator,
  PartitionedTridentSpout,
  TransactionAttempt,
  TransactionalEmitter,
} from '../model/spout.ts'
import type { IndexRange } from './row-emitter.ts'
import { RowRandom } from './row-random.ts'

/** What `generatedBatches` makes rows from. */
export interface GeneratedBatches<Out = any> {
  /** Those of a row. */
  readonly fields: Fields<Out>
  /** Other rows come of another one. */
  readonly seed: number
  /** How many rows in all; left out: without end. */
  readonly total?: number
  /** How many rows in a second, over all partitions; left out: as many as there is room for. */
  readonly rowsPerSecond?: number
  /** How many tasks can make rows at a time; 1. */
  readonly partitions?: number
}

/** @internal */
export const GENERATED_BATCHES = {
  fields: any({ required: true }),
  seed: integer({ required: true }),
  total: count({ default: Number.POSITIVE_INFINITY }),
  rowsPerSecond: positive({ default: Number.POSITIVE_INFINITY }),
  partitions: integer({ default: 1, least: 1 }),
} satisfies OptionTable<GeneratedBatches>

/** Makes row `index`; it may depend on nothing else than these two. */
export type MakeRow<Out = any> = (random: RowRandom, index: number) => Listed<Out>

const ROWS_PER_LOOK = 32

/**
 * A spout of rows that `makeRow` makes:
 *
 *     const CARDS = fields({ card: number, amount: number })
 *     generatedBatches({ fields: CARDS, seed: 7, partitions: 2 }, (random) => [random.below(1000), random.next()])
 *
 * @throws CONSTRUCTOR_FAILED
 */
export function generatedBatches<Out>(
  options: GeneratedBatches<Out>,
  makeRow: MakeRow<Out>,
): PartitionedTridentSpout<IndexRange, Out> {
  const { fields, ...settings } = checkOptions('spout of generatedBatches', options, GENERATED_BATCHES)
  const { partitions } = settings
  const names = Array.from({ length: partitions }, (_, index) => String(index))
  const coordinator: PartitionCoordinator = { getPartitionsForBatch: () => names }
  return {
    kind: 'transactional',
    outputs: fields,
    getCoordinator: () => coordinator,
    getEmitter: (context) => new GeneratedEmitter(settings, makeRow, context),
  }
}

type Settings = Omit<Required<GeneratedBatches>, 'fields'>

/** A meta counts the rows of its partition. */
class GeneratedEmitter<Out> implements TransactionalEmitter<IndexRange, Out> {
  readonly #settings: Settings
  readonly #makeRow: MakeRow<Out>
  readonly #context: TaskContext
  readonly #random: RowRandom
  /** By partition: the moment from which its rate is counted. */
  readonly #begun = new Map<string, { readonly from: number; readonly at: number }>()

  constructor(settings: Settings, makeRow: MakeRow<Out>, context: TaskContext) {
    this.#settings = settings
    this.#makeRow = makeRow
    this.#context = context
    this.#random = new RowRandom(settings.seed)
  }

  emitPartitionBatchNew(
    _: TransactionAttempt,
    collector: BatchCollector<Out>,
    partition: string,
    last: IndexRange | undefined,
  ): IndexRange | undefined {
    const from = last?.to ?? 0
    const end = Math.min(this.#count(partition), this.#due(partition, from))
    let to = from
    while (to < end) {
      const next = Math.min(end, to + ROWS_PER_LOOK)
      this.#emit(collector, Number(partition), to, next)
      to = next
      if (!collector.hasRoom) break
    }
    return to > from ? { from, to } : undefined
  }

  emitPartitionBatch(
    _: TransactionAttempt,
    collector: BatchCollector<Out>,
    partition: string,
    { from, to }: IndexRange,
  ): void {
    this.#emit(collector, Number(partition), from, to)
  }

  isExhausted(partition: string, last: IndexRange | undefined): boolean {
    return (last?.to ?? 0) >= this.#count(partition)
  }

  /** Hot. */
  #emit(collector: BatchCollector<Out>, first: number, from: number, to: number): void {
    const step = this.#settings.partitions
    const random = this.#random
    for (let row = first + from * step, end = first + to * step; row < end; row += step) {
      random.begin(row)
      collector.emit(copyOfEach(this.#makeRow(random, row) as readonly unknown[]) as Listed<Out>)
    }
  }

  #count(partition: string): number {
    const { total, partitions } = this.#settings
    return Math.max(0, Math.ceil((total - Number(partition)) / partitions))
  }

  /** Up to which row the rate allows, by now. */
  #due(partition: string, from: number): number {
    const { rowsPerSecond, partitions } = this.#settings
    if (rowsPerSecond === Number.POSITIVE_INFINITY) return rowsPerSecond
    const now = this.#context.now()
    const begun = this.#begun.get(partition) ?? { from, at: now }
    this.#begun.set(partition, begun)
    return begun.from + Math.floor(((now - begun.at) * rowsPerSecond) / 1000 / partitions)
  }
}
