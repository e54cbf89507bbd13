/** An aggregator over the rows of a window that fires. The window holds at least one row. */
import type { Emitted } from '../../index.ts'
import { foldOf } from '../aggregate/fold.ts'
import type { AnyAggregator, BatchId, TridentCollector } from '../model/operation.ts'
import type { TridentTuple } from '../model/tuple.ts'
import type { NamedOperation } from '../operation/named-operation.ts'
import { rowOf } from '../operation/operation-collectors.ts'
import type { Row } from '../operation/processor.ts'

/** What knows the operation that emits with it. */
export interface NamedCollector extends TridentCollector {
  readonly operation: NamedOperation
}

/** What an aggregator emits, behind the values of a group that can be another one for each window. */
export class GroupCollector implements TridentCollector {
  group: Row = []
  readonly #collector: NamedCollector
  readonly #outputs: readonly string[]

  /** @param outputs the fields of the group first */
  constructor(collector: NamedCollector, outputs: readonly string[]) {
    this.#collector = collector
    this.#outputs = outputs
  }

  get operation(): NamedOperation {
    return this.#collector.operation
  }

  emit(emitted: Emitted): void {
    const { group } = this
    if (group.length === 0) this.#collector.emit(emitted)
    else {
      const own = Array.isArray(emitted) ? emitted : rowOf(emitted, this.#outputs.slice(group.length), this.operation)
      this.#collector.emit([...group, ...own])
    }
  }

  reportError(error: unknown): void {
    this.#collector.reportError(error)
  }
}

/** Emits what the aggregator makes of the rows. @throws ASYNC_OPERATION, and what the aggregator throws */
export function evaluate(
  aggregator: AnyAggregator,
  batchId: BatchId,
  tuples: readonly TridentTuple[],
  collector: GroupCollector,
): void {
  const fold = foldOf(aggregator, collector.operation)
  let state = fold.open(batchId, collector)
  for (const tuple of tuples) state = fold.add(state, tuple, collector)
  fold.close(state, collector)
}
