/**
 * Combiners in halves. Each partition combines its own rows, what travels is one row for each group and partition, and
 * where a group comes together these partial results are combined. Whatever the partitions, the result is that of all
 * rows at once, for a combiner is associative.
 */

import { type CombinerAggregator, type PerTask, preparedFor } from '../model/operation.ts'
import { NamedOperation } from '../operation/named-operation.ts'
import { append, refuseAsync } from '../operation/operation-collectors.ts'
import type { Batch, Processor, ProcessorContext, ProcessorFactory, Row } from '../operation/processor.ts'
import { View } from '../operation/view.ts'
import type { AggregateStep } from './aggregate.ts'
import { GroupKey } from './group-key.ts'

/** One of several combiners over the same rows. */
export type CombineStep = AggregateStep<CombinerAggregator>

/**
 * The first half: rows [...group, partial result], one for each group that the partition has rows of.
 * @param groupFields none: not grouped
 * @throws UNKNOWN_FIELD
 */
export function partialCombine(
  groupFields: readonly string[] | undefined,
  inputFields: readonly string[],
  combiner: PerTask<CombinerAggregator>,
): ProcessorFactory {
  return partialChain(groupFields, [{ inputFields, aggregator: combiner, outFields: ['partial result'] }])
}

/**
 * The second half: the rows that come are [...group, partial result], and so are those that go, one for each group.
 * Where it is not grouped and nothing came, the partition that is chosen for the batch emits the value of nothing.
 */
export function combinePartials(
  groupFields: readonly string[] | undefined,
  combiner: PerTask<CombinerAggregator>,
): ProcessorFactory {
  return combineChain(groupFields, [{ inputFields: [], aggregator: combiner, outFields: ['result'] }])
}

/** The first half of several combiners: rows [...group, a partial result for each]. @throws UNKNOWN_FIELD */
export function partialChain(
  groupFields: readonly string[] | undefined,
  steps: readonly CombineStep[],
): ProcessorFactory {
  return async (context) => {
    const fields = context.inputs[0]!
    const parts: Part[] = []
    for (const { aggregator, inputFields, outFields } of steps) {
      const operation = new NamedOperation(
        `the combiner (${inputFields.join(', ')}) → (${outFields.join(', ')})`,
        context.declaredAt,
      )
      const combiner = await preparedFor(aggregator, context.operation)
      parts.push({ operation, combiner, view: new View(fields, inputFields) })
    }
    return new CombineProcessor(context, parts, new GroupKey(fields, groupFields ?? []), false)
  }
}

/** The second half of several combiners; see `combinePartials`. */
export function combineChain(
  groupFields: readonly string[] | undefined,
  steps: readonly CombineStep[],
): ProcessorFactory {
  const width = groupFields?.length ?? 0
  return async (context) => {
    const fields = context.inputs[0]!
    const parts: Part[] = []
    for (const [index, { aggregator, outFields }] of steps.entries()) {
      const { combine, zero } = bound(await preparedFor(aggregator, context.operation))
      const operation = new NamedOperation(
        `the combiner of partial results → (${outFields.join(', ')})`,
        context.declaredAt,
      )
      const combiner = { init: firstValue, combine, zero }
      parts.push({ operation, combiner, view: new View(fields, [fields.get(width + index)]) })
    }
    const key = new GroupKey(fields, fields.names.slice(0, width))
    return new CombineProcessor(context, parts, key, width === 0)
  }
}

/** One combiner at work. */
interface Part {
  readonly operation: NamedOperation
  readonly combiner: CombinerAggregator
  readonly view: View
}

function firstValue(tuple: { readonly values: Row }): unknown {
  return tuple.values[0]
}

function bound(combiner: CombinerAggregator): Pick<CombinerAggregator, 'combine' | 'zero'> {
  return { combine: (a, b) => combiner.combine(a, b), zero: () => combiner.zero() }
}

/**
 * Keeps of each group the row that will be emitted: the values of the group, and the results until now behind them. So
 * nothing is allocated for a row whose group is known.
 */
class CombineProcessor implements Processor {
  readonly #context: ProcessorContext
  readonly #parts: readonly Part[]
  readonly #key: GroupKey
  readonly #emitsZero: boolean

  constructor(context: ProcessorContext, parts: readonly Part[], key: GroupKey, emitsZero: boolean) {
    this.#context = context
    this.#parts = parts
    this.#key = key
    this.#emitsZero = emitsZero
  }

  start(batch: Batch): void {
    batch.slots[this.#context.slot] = new Map<string | number, unknown[]>()
  }

  execute(batch: Batch, row: Row): void {
    const groups = batch.slots[this.#context.slot] as Map<string | number, unknown[]>
    const key = this.#key.of(row)
    const found = groups.get(key)
    if (found === undefined) groups.set(key, this.#opened(row))
    else this.#add(found, row)
  }

  finish(batch: Batch): void {
    const groups = batch.slots[this.#context.slot] as Map<string | number, unknown[]>
    if (groups.size === 0 && this.#emitsZero && this.#context.isChosenFor(batch))
      this.#context.emit(
        batch,
        this.#parts.map(({ combiner }) => combiner.zero()),
      )
    for (const row of groups.values()) this.#context.emit(batch, row)
    batch.slots[this.#context.slot] = undefined
  }

  #opened(row: Row): unknown[] {
    const group = this.#key.valuesOf(row)
    if (this.#parts.length === 1) return append(group, [initial(this.#parts[0]!, row)]) as unknown[]
    return [...group, ...this.#parts.map((part) => initial(part, row))]
  }

  #add(found: unknown[], row: Row): void {
    const parts = this.#parts
    const width = found.length - parts.length
    for (let index = 0; index < parts.length; index++) {
      const { combiner, view, operation } = parts[index]!
      const value: unknown = combiner.combine(found[width + index], combiner.init(view.of(row)))
      if (typeof value === 'object') refuseAsync(value, operation)
      found[width + index] = value
    }
  }
}

function initial({ combiner, view, operation }: Part, row: Row): unknown {
  const value: unknown = combiner.init(view.of(row))
  if (typeof value === 'object') refuseAsync(value, operation)
  return value
}
