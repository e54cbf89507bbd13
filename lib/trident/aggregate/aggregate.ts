/**
 * Aggregation of the rows of a batch that one partition has, all of them or group by group. What is emitted is the
 * group and the results behind it. Of an ungrouped aggregation a partition emits where it has got rows; of a batch
 * without any, one partition emits the result of nothing.
 */

import { type AnyAggregator, type BatchId, type PerTask, preparedFor } from '../model/operation.ts'
import { NamedOperation } from '../operation/named-operation.ts'
import { KeepingCollector, RowCollector } from '../operation/operation-collectors.ts'
import type { Batch, Processor, ProcessorContext, ProcessorFactory, Row } from '../operation/processor.ts'
import { View } from '../operation/view.ts'
import { crossProduct } from './cross-product.ts'
import { type Fold, foldOf } from './fold.ts'
import { GroupKey } from './group-key.ts'

/** One of several aggregations over the same rows. */
export interface AggregateStep<A extends AnyAggregator = AnyAggregator> {
  readonly inputFields: readonly string[]
  readonly aggregator: PerTask<A>
  readonly outFields: readonly string[]
}

/**
 * Aggregates what a partition has of a batch; emits what the aggregator emits.
 * @throws UNKNOWN_FIELD, NOT_AN_OPERATION
 */
export function partitionAggregate(
  inputFields: readonly string[],
  aggregator: PerTask<AnyAggregator>,
  outFields: readonly string[],
): ProcessorFactory {
  return chainedAggregate([{ inputFields, aggregator, outFields }])
}

/**
 * Aggregates group by group; emits the values of the group, and behind them what the aggregator emits.
 * @throws UNKNOWN_FIELD, NOT_AN_OPERATION
 */
export function groupedAggregate(
  groupFields: readonly string[],
  inputFields: readonly string[],
  aggregator: PerTask<AnyAggregator>,
  outFields: readonly string[],
): ProcessorFactory {
  return chainedAggregate([{ inputFields, aggregator, outFields }], groupFields)
}

/**
 * Several aggregations over the same rows. Their results stand side by side; where they emit several tuples, or none,
 * each of one is combined with each of the others (Storm: `ChainedAggregatorImpl.java`).
 * @param groupFields left out: not grouped
 * @throws UNKNOWN_FIELD, NOT_AN_OPERATION
 */
export function chainedAggregate(steps: readonly AggregateStep[], groupFields?: readonly string[]): ProcessorFactory {
  return async (context) => {
    const parts: Part[] = []
    for (const step of steps) parts.push(await partOf(step, context, steps.length === 1))
    const key = groupFields === undefined ? undefined : new GroupKey(context.inputs[0]!, groupFields)
    return new AggregateProcessor(context, parts, key)
  }
}

/** One aggregation at work. */
interface Part {
  readonly fold: Fold
  readonly view: View
  /** The collector of the only part emits at once; that of one of several keeps until all are complete. */
  readonly collector: RowCollector | KeepingCollector
}

/** What is known of a group, or of all rows. */
class Accumulation {
  readonly group: Row
  /** The state of each part. */
  readonly states: unknown[] = []
  /** What each part has emitted; nothing is kept of the only part. */
  readonly emitted: Row[][] = []

  constructor(group: Row) {
    this.group = group
  }
}

async function partOf(step: AggregateStep, context: ProcessorContext, isOnly: boolean): Promise<Part> {
  const { inputFields, aggregator, outFields } = step
  const operation = new NamedOperation(
    `the aggregation (${inputFields.join(', ')}) → (${outFields.join(', ')})`,
    context.declaredAt,
  )
  return {
    fold: foldOf(await preparedFor(aggregator, context.operation), operation),
    view: new View(context.inputs[0]!, inputFields),
    collector: new (isOnly ? RowCollector : KeepingCollector)(context, operation, outFields),
  }
}

class AggregateProcessor implements Processor {
  readonly #context: ProcessorContext
  readonly #parts: readonly Part[]
  /** Undefined: all rows are one group, which there is even without any row. */
  readonly #key: GroupKey | undefined

  constructor(context: ProcessorContext, parts: readonly Part[], key: GroupKey | undefined) {
    this.#context = context
    this.#parts = parts
    this.#key = key
  }

  start(batch: Batch): void {
    batch.slots[this.#context.slot] = new Map<string | number, Accumulation>()
  }

  execute(batch: Batch, row: Row): void {
    const groups = this.#groupsOf(batch)
    const key = this.#key === undefined ? '' : this.#key.of(row)
    let found = groups.get(key)
    if (found === undefined) {
      found = this.#open(batch, this.#key === undefined ? [] : this.#key.valuesOf(row))
      groups.set(key, found)
    }
    for (let index = 0; index < this.#parts.length; index++) {
      const { fold, view, collector } = this.#parts[index]!
      openFor(collector, batch, found, index)
      found.states[index] = fold.add(found.states[index], view.of(row), collector)
      collector.close()
    }
  }

  finish(batch: Batch): void {
    const groups = this.#groupsOf(batch)
    if (this.#key === undefined && groups.size === 0 && this.#context.isChosenFor(batch))
      groups.set('', this.#open(batch, []))
    const emit = (row: Row): void => this.#context.emit(batch, row)
    for (const found of groups.values()) {
      for (const [index, { fold, collector }] of this.#parts.entries()) {
        openFor(collector, batch, found, index)
        fold.close(found.states[index], collector)
        collector.close()
      }
      if (this.#parts.length > 1) crossProduct(found.group, found.emitted, emit)
    }
    batch.slots[this.#context.slot] = undefined
  }

  #groupsOf(batch: Batch): Map<string | number, Accumulation> {
    return batch.slots[this.#context.slot] as Map<string | number, Accumulation>
  }

  #open(batch: Batch, group: Row): Accumulation {
    const opened = new Accumulation(group)
    const id: BatchId = batch.id
    for (const [index, { fold, collector }] of this.#parts.entries()) {
      opened.emitted.push([])
      openFor(collector, batch, opened, index)
      opened.states.push(fold.open(id, collector))
      collector.close()
    }
    return opened
  }
}

function openFor(collector: RowCollector | KeepingCollector, batch: Batch, into: Accumulation, index: number): void {
  if (collector instanceof RowCollector) collector.open(batch, into.group)
  else collector.open(batch, into.emitted[index]!)
}
