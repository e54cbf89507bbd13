/** What can be done with a stream and leaves its rows as they are, so that it gives a stream of the same ones. */
import { type CustomStreamGrouping, type Fields, TyphoonError } from '../../index.ts'
import type { Comparator } from '../aggregate/extreme.ts'
import type { Consumer, PerTask, TridentFilter } from '../model/operation.ts'
import type { TridentTuple } from '../model/tuple.ts'
import type { Operator } from '../program/operator.ts'
import { isRepartitioning } from '../program/operators.ts'
import type { Hints } from '../program/program.ts'
import { checkParallelism } from './check-operation.ts'
import { type ProgramPoint, pointAfter } from './declare.ts'

/** The names of the fields of a row. */
export type Name<Row> = keyof Row & string

/** See `Stream`. */
export abstract class RowStream<Row = any> {
  /** @internal */ readonly point: ProgramPoint

  /** @internal */
  constructor(point: ProgramPoint) {
    this.point = point
  }

  /** The fields of the stream at this point. */
  get fields(): Fields<Row> {
    return this.point.node.outputs as Fields<Row>
  }

  /** Keeps the tuples that pass the filter, which sees all fields. */
  filter(filter: PerTask<TridentFilter<Row>>): this
  filter<K extends Name<Row>>(inputFields: readonly K[], filter: PerTask<TridentFilter<Pick<Row, K>>>): this
  filter(first: any, second?: any): this {
    const [input, keeps] = second === undefined && !Array.isArray(first) ? [this.fields.names, first] : [first, second]
    return this.#same({ op: 'filter', function: keeps, input })
  }

  /** Looks at each tuple. */
  peek(consumer: PerTask<Consumer<Row>>): this {
    return this.#same({ op: 'peek', function: consumer })
  }

  /** The tuple with the least value of a field, in each batch. */
  minBy<K extends Name<Row>>(field: K, comparator?: Comparator<Row[K]>): this {
    return this.#same({ op: 'minBy', input: [field], function: comparator })
  }

  /** The tuple with the greatest value of a field, in each batch. */
  maxBy<K extends Name<Row>>(field: K, comparator?: Comparator<Row[K]>): this {
    return this.#same({ op: 'maxBy', input: [field], function: comparator })
  }

  /** The least tuple of each batch. */
  min(comparator: Comparator<TridentTuple<Row>>): this {
    return this.#same({ op: 'min', function: comparator })
  }

  /** The greatest tuple of each batch. */
  max(comparator: Comparator<TridentTuple<Row>>): this {
    return this.#same({ op: 'max', function: comparator })
  }

  /** Evenly over the partitions of what comes next. */
  shuffle(): this {
    return this.#same({ op: 'shuffle' })
  }

  /** Sends to partitions in the same worker if there are any, otherwise like shuffle. */
  localOrShuffle(): this {
    return this.#same({ op: 'localOrShuffle' })
  }

  /** Sends each tuple to all partitions. */
  broadcast(): this {
    return this.#same({ op: 'broadcast' })
  }

  /** The same values of these fields always to the same partition. @throws UNKNOWN_FIELD */
  partitionBy(names: readonly Name<Row>[]): this {
    return this.#same({ op: 'partitionBy', input: names })
  }

  /** All to the first partition. */
  global(): this {
    return this.#same({ op: 'global' })
  }

  /** All tuples of a batch to one partition, another one for each batch. */
  batchGlobal(): this {
    return this.#same({ op: 'batchGlobal' })
  }

  /** Sends to the partition of the same number. */
  identityPartition(): this {
    return this.#same({ op: 'identityPartition' })
  }

  /** Sends as your grouping chooses; it has one instance for each sending task. */
  partition(grouping: () => CustomStreamGrouping): this {
    return this.#same({ op: 'partition', function: grouping })
  }

  /** Names the components that what follows becomes part of, up to the next change of partitions. */
  name(label: string): this {
    return this.at({ ...this.point, label })
  }

  /**
   * In how many tasks this runs, back to the last change of partitions.
   * @throws BAD_PARALLELISM, MISPLACED_HINT right behind one
   */
  parallelismHint(hint: number): this {
    this.#hints('parallelismHint').parallelism = checkParallelism(hint)
    return this
  }

  /** Percent of a core that this operation needs; those of a component are added up. */
  setCPULoad(percent: number): this {
    this.#hints('setCPULoad').cpu = percent
    return this
  }

  /** MB that this operation needs; those of a component are added up. */
  setMemoryLoad(mb: number): this {
    this.#hints('setMemoryLoad').memory = mb
    return this
  }

  toStream(): this {
    return this
  }

  /** @internal A stream of the same rows, at another point. */
  protected abstract at(point: ProgramPoint): this

  #same(operator: Operator): this {
    return this.at(pointAfter(this.point, operator))
  }

  #hints(method: string): Hints {
    const { node } = this.point
    if (node.type !== 'operator' || !isRepartitioning(node.operator)) return node
    throw new TyphoonError(
      'MISPLACED_HINT',
      `${method} directly follows a change of partitions, and has nothing to apply to`,
      {
        where: { operation: method },
        hint: 'move it behind the operation that it is meant for',
      },
    )
  }
}
