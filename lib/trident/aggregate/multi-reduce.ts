/**
 * Several streams reduced to one, batch by batch, in each partition; grouped, each group has a state of its own. A
 * reducer emits whole rows: of a group too, whose values it is given. Ungrouped it is run where rows came, and for a
 * batch without any in one partition.
 */

import { type GroupedMultiReducer, type MultiReducer, type PerTask, preparedFor } from '../model/operation.ts'
import { NamedOperation } from '../operation/named-operation.ts'
import { RowCollector, refuseAsync } from '../operation/operation-collectors.ts'
import type { Batch, Processor, ProcessorContext, ProcessorFactory, Row } from '../operation/processor.ts'
import { View } from '../operation/view.ts'
import { GroupKey } from './group-key.ts'

const NO_ROW: Row = []

/**
 * Reduces all rows of a batch.
 * @param inputFields of each stream, what the reducer sees
 * @throws UNKNOWN_FIELD
 */
export function multiReduce(
  inputFields: readonly (readonly string[])[],
  reducer: PerTask<MultiReducer>,
  outFields: readonly string[],
): ProcessorFactory {
  return async (context) => {
    const operation = new NamedOperation(`multiReduce → (${outFields.join(', ')})`, context.declaredAt)
    const prepared = await preparedFor(reducer, context.operation)
    const grouped: GroupedMultiReducer = {
      init: () => undefined,
      execute: (state, stream, _, tuple, collector) => prepared.execute(state, stream, tuple, collector),
      complete: (state, _, collector) => prepared.complete(state, collector),
    }
    const init: Init = (batch, _, collector) => prepared.init(batch.id, collector)
    return new ReduceProcessor(context, operation, outFields, viewsOf(context, inputFields), undefined, grouped, init)
  }
}

/**
 * Reduces the rows of a batch group by group.
 * @param groupFields of each stream, as many in each: rows with the same values are of the same group
 * @param inputFields of each stream, what the reducer sees beside the group
 * @throws UNKNOWN_FIELD
 */
export function groupedMultiReduce(
  groupFields: readonly (readonly string[])[],
  inputFields: readonly (readonly string[])[],
  reducer: PerTask<GroupedMultiReducer>,
  outFields: readonly string[],
): ProcessorFactory {
  return async (context) => {
    const operation = new NamedOperation(`the grouped multiReduce → (${outFields.join(', ')})`, context.declaredAt)
    const prepared = await preparedFor(reducer, context.operation)
    const keys = groupFields.map((names, stream) => new GroupKey(context.inputs[stream]!, names))
    const init: Init = (_, group, collector) => prepared.init(group, collector)
    return new ReduceProcessor(context, operation, outFields, viewsOf(context, inputFields), keys, prepared, init)
  }
}

type Init = (batch: Batch, group: Row, collector: RowCollector) => unknown

interface Group {
  readonly values: Row
  readonly state: unknown
}

function viewsOf({ inputs }: ProcessorContext, names: readonly (readonly string[])[]): View[] {
  return names.map((some, stream) => new View(inputs[stream]!, some))
}

class ReduceProcessor implements Processor {
  readonly #context: ProcessorContext
  readonly #operation: NamedOperation
  readonly #collector: RowCollector
  readonly #views: readonly View[]
  /** Undefined: all rows are one group. */
  readonly #keys: readonly GroupKey[] | undefined
  readonly #reducer: GroupedMultiReducer
  readonly #init: Init

  constructor(
    context: ProcessorContext,
    operation: NamedOperation,
    outFields: readonly string[],
    views: readonly View[],
    keys: readonly GroupKey[] | undefined,
    reducer: GroupedMultiReducer,
    init: Init,
  ) {
    this.#context = context
    this.#operation = operation
    this.#collector = new RowCollector(context, operation, outFields)
    this.#views = views
    this.#keys = keys
    this.#reducer = reducer
    this.#init = init
  }

  start(batch: Batch): void {
    batch.slots[this.#context.slot] = new Map<string | number, Group>()
  }

  execute(batch: Batch, row: Row, input: number): void {
    const groups = this.#groupsOf(batch)
    const keys = this.#keys?.[input]
    const key = keys === undefined ? '' : keys.of(row)
    let group = groups.get(key)
    if (group === undefined) {
      group = this.#opened(batch, keys === undefined ? NO_ROW : keys.valuesOf(row))
      groups.set(key, group)
    }
    this.#collector.open(batch, NO_ROW)
    const tuple = this.#views[input]!.of(row)
    const result: unknown = this.#reducer.execute(group.state, input, group.values, tuple, this.#collector)
    this.#close(result)
  }

  finish(batch: Batch): void {
    const groups = this.#groupsOf(batch)
    if (this.#keys === undefined && groups.size === 0 && this.#context.isChosenFor(batch))
      groups.set('', this.#opened(batch, NO_ROW))
    for (const { state, values } of groups.values()) {
      this.#collector.open(batch, NO_ROW)
      const result: unknown = this.#reducer.complete(state, values, this.#collector)
      this.#close(result)
    }
    batch.slots[this.#context.slot] = undefined
  }

  #groupsOf(batch: Batch): Map<string | number, Group> {
    return batch.slots[this.#context.slot] as Map<string | number, Group>
  }

  #opened(batch: Batch, values: Row): Group {
    this.#collector.open(batch, NO_ROW)
    const state = this.#init(batch, values, this.#collector)
    this.#close(state)
    return { values, state }
  }

  #close(result: unknown): void {
    this.#collector.close()
    if (result !== undefined) refuseAsync(result, this.#operation)
  }
}
