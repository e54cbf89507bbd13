/**
 * The operations that use a state: queries, and updates at the commit. An update follows apache/storm
 * `PartitionPersistProcessor.java`:
 * `beginCommit`, update where the partition has rows of the batch, `commit`.
 */

import type { TyphoonError } from '../../index.ts'
import { keyOf, type StateKey, valuesOfKey } from '../../values/key.ts'
import { plural } from '../../words/plural.ts'
import { andThen } from '../model/awaitable.ts'
import {
  type Awaitable,
  type CombinerAggregator,
  type PerTask,
  preparedFor,
  type QueryFunction,
  type ReducerAggregator,
  type StateUpdater,
} from '../model/operation.ts'
import type { MapState, Snapshottable } from '../model/state.ts'
import type { TridentTuple } from '../model/tuple.ts'
import { collectorOf, inTransaction, keeping, kept } from './commit.ts'
import { NamedOperation } from './named-operation.ts'
import { atOnce, RowCollector, refuseAsync } from './operation-collectors.ts'
import type { Batch, Processor, ProcessorContext, ProcessorFactory, Row } from './processor.ts'
import { View } from './view.ts'

/** Asks the state for all tuples of the batch at once, and appends what the query emits for each. */
export function stateQuery(
  inputFields: readonly string[],
  query: PerTask<QueryFunction>,
  outFields: readonly string[],
): ProcessorFactory {
  return async (context) => {
    const prepared = await preparedFor(query, context.operation)
    const operation = new NamedOperation('the query', context.declaredAt)
    const view = new View(context.inputs[0]!, inputFields)
    const tell = (batch: Batch, tuples: readonly TridentTuple[], results: readonly unknown[]): void => {
      if (results.length !== tuples.length) throw wrongResults(operation, results.length, tuples.length)
      const collector = new RowCollector(context, operation, outFields)
      for (const [index, row] of kept(batch, context).entries()) {
        collector.open(batch, row)
        const result: unknown = prepared.execute(tuples[index]!, results[index], collector)
        collector.close()
        refuseAsync(result, operation)
      }
    }
    return {
      ...keeping(context),
      finish(batch) {
        const tuples = kept(batch, context).map((row) => view.of(row))
        if (tuples.length === 0) return
        return andThen(prepared.batchRetrieve(context.state, tuples), (results) => tell(batch, tuples, results))
      },
    }
  }
}

/** Hands all tuples of the batch to the updater, within the transaction. */
export function partitionPersist(
  inputFields: readonly string[],
  updater: PerTask<StateUpdater>,
  outFields: readonly string[],
): ProcessorFactory {
  return async (context) => {
    const update = await preparedFor(updater, context.operation)
    const view = new View(context.inputs[0]!, inputFields)
    return {
      ...keeping(context),
      finish(batch) {
        const tuples = kept(batch, context).map((row) => view.of(row))
        const collector = collectorOf(batch, context, 'the updater', outFields)
        const updated = inTransaction(context.state!, batch, () => {
          if (tuples.length > 0) return update(context.state, tuples, collector)
        })
        return andThen(updated, () => collector.close())
      },
    }
  }
}

/**
 * Combines what the partitions have combined before, and then that with what the map holds: rows [...group, partial]
 * in, [...group, value] out.
 */
export function combineIntoMap(groupSize: number, combiner: PerTask<CombinerAggregator>): ProcessorFactory {
  return async (context) => {
    const prepared = await preparedFor(combiner, context.operation)
    return new MapUpdate(context, (row) => keyOf(row.slice(0, groupSize)), {
      first: (row) => row[groupSize],
      add: (partial, row) => prepared.combine(partial, row[groupSize]),
      into: (stored, partial) => (stored === undefined ? partial : prepared.combine(stored, partial)),
    })
  }
}

/** Reduces tuple by tuple, from what the map holds on. */
export function reduceIntoMap(
  groupFields: readonly string[],
  inputFields: readonly string[],
  reducer: PerTask<ReducerAggregator>,
): ProcessorFactory {
  return async (context) => {
    const prepared = await preparedFor(reducer, context.operation)
    const group = new View(context.inputs[0]!, groupFields)
    const view = new View(context.inputs[0]!, inputFields)
    return new MapUpdate<TridentTuple[]>(context, (row) => keyOf(group.valuesOf(row)), {
      first: (row) => [view.of(row)],
      add(tuples, row) {
        tuples.push(view.of(row))
        return tuples
      },
      into: (stored, tuples) =>
        tuples.reduce((value, tuple) => prepared.reduce(value, tuple), stored ?? prepared.init()),
    })
  }
}

/** Like `combineIntoMap`, into the one value of a snapshot. */
export function combineIntoSnapshot(combiner: PerTask<CombinerAggregator>): ProcessorFactory {
  return async (context) => {
    const prepared = await preparedFor(combiner, context.operation)
    return snapshotUpdate(context, (stored, rows) =>
      rows.reduce((value: unknown, row) => (value === undefined ? row[0] : prepared.combine(value, row[0])), stored),
    )
  }
}

/** Like `reduceIntoMap`, into the one value of a snapshot. */
export function reduceIntoSnapshot(
  inputFields: readonly string[],
  reducer: PerTask<ReducerAggregator>,
): ProcessorFactory {
  return async (context) => {
    const prepared = await preparedFor(reducer, context.operation)
    const view = new View(context.inputs[0]!, inputFields)
    return snapshotUpdate(context, (stored, rows) =>
      rows.reduce((value, row) => prepared.reduce(value, view.of(row)), stored ?? prepared.init()),
    )
  }
}

interface Folding<P> {
  /** The partial value of the first row of a key. */
  first(row: Row): P
  add(partial: P, row: Row): P
  into(stored: unknown, partial: P): unknown
}

/** Gathers by key while the batch comes in, and updates all keys at the commit. */
class MapUpdate<P> implements Processor {
  readonly #context: ProcessorContext
  readonly #keyOf: (row: Row) => StateKey
  readonly #folding: Folding<P>
  readonly #state: MapState
  readonly #operation: NamedOperation

  constructor(context: ProcessorContext, keyOfRow: (row: Row) => StateKey, folding: Folding<P>) {
    this.#context = context
    this.#keyOf = keyOfRow
    this.#folding = folding
    this.#state = context.state as MapState
    this.#operation = accumulating(context)
  }

  start(batch: Batch): void {
    batch.slots[this.#context.slot] = new Map<StateKey, P>()
  }

  /** Hot. */
  execute(batch: Batch, row: Row): void {
    const partials = batch.slots[this.#context.slot] as Map<StateKey, P>
    const key = this.#keyOf(row)
    const before = partials.get(key)
    partials.set(key, before === undefined ? this.#folding.first(row) : this.#folding.add(before, row))
  }

  finish(batch: Batch): Awaitable<void> {
    const partials = batch.slots[this.#context.slot] as Map<StateKey, P>
    const keys = [...partials.keys()]
    const values = [...partials.values()]
    const { into } = this.#folding
    return inTransaction(this.#state, batch, () => {
      if (keys.length === 0) return
      const update = (stored: unknown, index: number): unknown => atOnce(into(stored, values[index]!), this.#operation)
      const updated = this.#state.multiUpdate(keys, update)
      return andThen(updated, (news) => this.#tell(batch, keys, news))
    })
  }

  #tell(batch: Batch, keys: readonly StateKey[], updated: readonly unknown[]): void {
    if (!this.#context.isHeard) return
    for (const [index, key] of keys.entries()) this.#context.emit(batch, [...valuesOfKey(key), updated[index]])
  }
}

function accumulating({ declaredAt }: ProcessorContext): NamedOperation {
  return new NamedOperation('persistentAggregate', declaredAt)
}

function snapshotUpdate(
  context: ProcessorContext,
  into: (stored: unknown, rows: readonly Row[]) => unknown,
): Processor {
  const state = context.state as Snapshottable
  const operation = accumulating(context)
  return {
    ...keeping(context),
    finish(batch) {
      const rows = kept(batch, context)
      return inTransaction(state, batch, () => {
        if (rows.length === 0) return
        return andThen(
          state.update((stored) => atOnce(into(stored, rows), operation)),
          (value) => context.emit(batch, [value]),
        )
      })
    },
  }
}

function wrongResults(operation: NamedOperation, results: number, tuples: number): TyphoonError {
  return operation.error(
    'OPERATION_FAILED',
    `returned ${plural(results, 'result')} from batchRetrieve for ${plural(tuples, 'tuple')}`,
    'it returns a list with one result for each tuple, in their order; undefined or null where there is none',
  )
}
