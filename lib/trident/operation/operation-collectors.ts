/**
 * What operations emit with. One collector serves all rows of a processor: it is opened for a call and closed behind
 * it, so that nothing is allocated for a row, and what is emitted when the call is over (by an operation that is
 * asynchronous) is refused and not put into a wrong batch.
 */

import type { Emitted, TyphoonError } from '../../index.ts'
import { isThenable } from '../../util/thenable.ts'
import { plural } from '../../words/plural.ts'
import type { TridentCollector } from '../model/operation.ts'
import type { NamedOperation } from './named-operation.ts'
import type { Batch, ProcessorContext, Row } from './processor.ts'

/** Checks what is emitted, and hands it on. */
abstract class CheckedCollector implements TridentCollector {
  protected readonly context: ProcessorContext
  protected batch: Batch | undefined
  readonly operation: NamedOperation
  readonly #outputs: readonly string[]

  constructor(context: ProcessorContext, operation: NamedOperation, outputs: readonly string[]) {
    this.context = context
    this.operation = operation.emitting
    this.#outputs = outputs
  }

  /** Values that were checked. */
  protected abstract deliver(batch: Batch, values: Row): void

  close(): void {
    this.batch = undefined
  }

  emit(emitted: Emitted): void {
    if (this.batch === undefined) throw asyncOperation(this.operation, 'emitted after its call was over')
    this.deliver(this.batch, rowOf(emitted, this.#outputs, this.operation))
  }

  reportError(error: unknown): void {
    this.context.reportError(error)
  }
}

/** Emits rows: what stood there before, and the values behind it. */
export class RowCollector extends CheckedCollector {
  #before: Row = []

  open(batch: Batch, before: Row): void {
    this.batch = batch
    this.#before = before
  }

  protected override deliver(batch: Batch, values: Row): void {
    this.context.emit(batch, append(this.#before, values))
  }
}

/** Keeps what is emitted. */
export class KeepingCollector extends CheckedCollector {
  #kept: Row[] = []

  open(batch: Batch, kept: Row[]): void {
    this.batch = batch
    this.#kept = kept
  }

  protected override deliver(_: Batch, values: Row): void {
    this.#kept.push(values)
  }
}

/**
 * Both lists as one; where one of them is empty nothing is copied. Hot: one or two values behind a short row is what
 * nearly every `each` appends, and a literal takes half the time of spreading, which takes a quarter of that of
 * `concat`.
 */
export function append(before: Row, values: Row): Row {
  if (before.length === 0) return values
  if (values.length === 0) return before
  if (values.length === 2) return appendTwo(before, values)
  if (values.length > 2) return [...before, ...values]
  switch (before.length) {
    case 1:
      return [before[0], values[0]]
    case 2:
      return [before[0], before[1], values[0]]
    case 3:
      return [before[0], before[1], before[2], values[0]]
    default:
      return [...before, values[0]]
  }
}

function appendTwo(before: Row, values: Row): Row {
  switch (before.length) {
    case 1:
      return [before[0], values[0], values[1]]
    case 2:
      return [before[0], before[1], values[0], values[1]]
    case 3:
      return [before[0], before[1], before[2], values[0], values[1]]
    default:
      return [...before, ...values]
  }
}

/** @throws ASYNC_OPERATION where an operation has returned a promise */
export function refuseAsync(result: unknown, operation: NamedOperation): void {
  if (!isThenable(result)) return
  result.then(undefined, () => undefined) // its own error comes too late to be reported
  throw asyncOperation(operation, 'returned a promise')
}

/** The value, which is not a promise. @throws ASYNC_OPERATION */
export function atOnce<T>(value: T, operation: NamedOperation): T {
  if (typeof value === 'object') refuseAsync(value, operation)
  return value
}

/** The error of an operation that is asynchronous and must not be. */
export function asyncOperation(operation: NamedOperation, what: string): TyphoonError {
  return operation.error(
    'ASYNC_OPERATION',
    `${what}; operations on single tuples are synchronous`,
    'what must wait for an answer is done for a whole batch at once, by stateQuery or partitionPersist',
  )
}

/**
 * The list of values of what was emitted or returned: a list as it is, an object by its fields. Hot for a list. @throws
 * WRONG_VALUES
 */
export function rowOf(emitted: unknown, outputs: readonly string[], operation: NamedOperation): Row {
  if (Array.isArray(emitted) && emitted.length === outputs.length) return emitted
  if (Array.isArray(emitted) || typeof emitted !== 'object' || emitted === null)
    throw wrongValues(operation, outputs, emitted)
  const values: unknown[] = []
  for (const name of outputs) {
    if (!Object.hasOwn(emitted, name)) throw wrongValues(operation, outputs, emitted)
    values.push((emitted as Readonly<Record<string, unknown>>)[name])
  }
  return values
}

/** The error of values that do not fit the fields. */
export function wrongValues(operation: NamedOperation, outputs: readonly string[], values: unknown): TyphoonError {
  const got = Array.isArray(values)
    ? plural(values.length, 'value')
    : typeof values === 'object' && values !== null
      ? `an object with ${Object.keys(values).join(', ') || 'nothing'} in it`
      : `${values === null ? 'null' : `a ${typeof values}`}, not a list`
  const wanted = `its output fields are ${outputs.length} (${outputs.join(', ') || 'none'})`
  return operation.error(
    'WRONG_VALUES',
    `emitted ${got}; ${wanted}`,
    'emit an object with a value for each output field, or a list of them in their order',
  )
}
