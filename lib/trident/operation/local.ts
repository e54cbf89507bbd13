/**
 * Operations on one row after the other: each, filter, map, flatMap, peek, project. They keep nothing of a batch. Field
 * names are looked up once, when the processor is made; for a row nothing is allocated but its tuple and what comes
 * out. An exception of the user's is passed on as it is.
 */

import {
  type Consumer,
  type FlatMapFunction,
  type MapFunction,
  type PerTask,
  preparedFor,
  type TridentFilter,
  type TridentFunction,
} from '../model/operation.ts'
import { NamedOperation } from './named-operation.ts'
import { asyncOperation, RowCollector, refuseAsync, rowOf, wrongValues } from './operation-collectors.ts'
import type { ProcessorContext, ProcessorFactory } from './processor.ts'
import { View } from './view.ts'

/** Appends to each row what the function emits; it sees the input fields alone. @throws UNKNOWN_FIELD */
export function eachProcessor(
  inputFields: readonly string[],
  fn: PerTask<TridentFunction>,
  outFields: readonly string[],
): ProcessorFactory {
  return async (context) => {
    const operation = new NamedOperation(
      `each (${inputFields.join(', ')}) → (${outFields.join(', ')})`,
      context.declaredAt,
    )
    const call: (...args: Parameters<TridentFunction>) => unknown = await preparedFor(fn, context.operation)
    const view = new View(context.inputs[0]!, inputFields)
    const collector = new RowCollector(context, operation, outFields)
    return {
      execute(batch, row) {
        collector.open(batch, row)
        const result = call(view.of(row), collector)
        collector.close()
        if (result !== undefined) refuseAsync(result, operation)
      },
    }
  }
}

/**
 * Keeps the rows of which the filter says so; it sees the input fields, all where they are left out.
 * @throws UNKNOWN_FIELD
 */
export function filterProcessor(filter: PerTask<TridentFilter>, inputFields?: readonly string[]): ProcessorFactory {
  return async (context) => {
    const operation = new NamedOperation(`the filter (${inputFields?.join(', ') ?? 'all fields'})`, context.declaredAt)
    const keeps: (...args: Parameters<TridentFilter>) => unknown = await preparedFor(filter, context.operation)
    const view = new View(context.inputs[0]!, inputFields)
    return {
      execute(batch, row) {
        const kept = keeps(view.of(row))
        if (typeof kept === 'object') refuseAsync(kept, operation)
        if (kept) context.emit(batch, row)
      },
    }
  }
}

/** Another row for each. @param outFields left out: the fields stay as they are */
export function mapProcessor(fn: PerTask<MapFunction>, outFields?: readonly string[]): ProcessorFactory {
  return async (context) => {
    const outputs = outFields ?? context.inputs[0]!.names
    const operation = new NamedOperation(`map → (${outputs.join(', ')})`, context.declaredAt)
    const call: (...args: Parameters<MapFunction>) => unknown = await preparedFor(fn, context.operation)
    const view = new View(context.inputs[0]!)
    return {
      execute(batch, row) {
        const result = call(view.of(row))
        if (!Array.isArray(result)) refuseAsync(result, operation)
        context.emit(batch, rowOf(result, outputs, operation))
      },
    }
  }
}

/** Any number of other rows for each. @param outFields left out: the fields stay as they are */
export function flatMapProcessor(fn: PerTask<FlatMapFunction>, outFields?: readonly string[]): ProcessorFactory {
  return async (context) => {
    const outputs = outFields ?? context.inputs[0]!.names
    const operation = new NamedOperation(`flatMap → (${outputs.join(', ')})`, context.declaredAt)
    const call: (...args: Parameters<FlatMapFunction>) => unknown = await preparedFor(fn, context.operation)
    const view = new View(context.inputs[0]!)
    return {
      execute(batch, row) {
        const result = call(view.of(row))
        if (!isIterable(result)) throw notIterable(result, operation, outputs)
        for (const values of result) {
          if (!Array.isArray(values)) refuseAsync(values, operation)
          context.emit(batch, rowOf(values, outputs, operation))
        }
      },
    }
  }
}

/**
 * Shows each row and passes it on; the consumer sees the input fields, all where they are left out.
 * @throws UNKNOWN_FIELD
 */
export function peekProcessor(consumer: PerTask<Consumer>, inputFields?: readonly string[]): ProcessorFactory {
  return async (context) => {
    const operation = new NamedOperation('peek', context.declaredAt)
    const look: (...args: Parameters<Consumer>) => unknown = await preparedFor(consumer, context.operation)
    const view = new View(context.inputs[0]!, inputFields)
    return {
      execute(batch, row) {
        const result = look(view.of(row))
        if (result !== undefined) refuseAsync(result, operation)
        context.emit(batch, row)
      },
    }
  }
}

/** These fields alone, in this order. @throws UNKNOWN_FIELD */
export function projectProcessor(names: readonly string[]): ProcessorFactory {
  return (context: ProcessorContext) => {
    const view = new View(context.inputs[0]!, names)
    return { execute: (batch, row) => context.emit(batch, view.valuesOf(row)) }
  }
}

function isIterable(result: unknown): result is Iterable<unknown> {
  return typeof result === 'object' && result !== null && Symbol.iterator in result
}

function wrongResult(values: unknown, operation: NamedOperation, outputs: readonly string[]): Error {
  refuseAsync(values, operation)
  return wrongValues(operation, outputs, values)
}

function notIterable(result: unknown, operation: NamedOperation, outputs: readonly string[]): Error {
  if (typeof result === 'object' && result !== null && Symbol.asyncIterator in result)
    return asyncOperation(operation, 'returned an asynchronous iterable')
  return wrongResult(result, operation, outputs)
}
