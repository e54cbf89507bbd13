/** An aggregator over the rows of a window that fires. The window holds at least one row. */
import { type Emitted, TyphoonError } from '../../index.ts'
import { rowOf } from '../aggregate/collectors.ts'
import type { AnyAggregator, BatchId, TridentCollector } from '../operation/operation.ts'
import type { Row } from '../operation/processor.ts'
import type { TridentTuple } from '../tuple.ts'

/** What an aggregator emits, behind the values of a group that can be another one for each window. */
export class GroupCollector implements TridentCollector {
  group: Row = []
  readonly #collector: TridentCollector
  readonly #outputs: readonly string[]

  /** @param outputs the fields of the group first */
  constructor(collector: TridentCollector, outputs: readonly string[]) {
    this.#collector = collector
    this.#outputs = outputs
  }

  emit(emitted: Emitted): void {
    const { group } = this
    if (group.length === 0) this.#collector.emit(emitted)
    else {
      const own = Array.isArray(emitted) ? emitted : rowOf(emitted, this.#outputs.slice(group.length), 'a window')
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
  collector: TridentCollector,
): void {
  if ('combine' in aggregator) {
    let value = aggregator.init(tuples[0]!)
    for (let i = 1; i < tuples.length; i++) value = aggregator.combine(value, aggregator.init(tuples[i]!))
    collector.emit([atOnce(value)])
  } else if ('reduce' in aggregator) {
    let value = aggregator.init()
    for (const tuple of tuples) value = aggregator.reduce(value, tuple)
    collector.emit([atOnce(value)])
  } else {
    const state = atOnce(aggregator.init(batchId, collector))
    for (const tuple of tuples) aggregator.aggregate(state, tuple, collector)
    atOnce(aggregator.complete(state, collector) as unknown)
  }
}

function atOnce<T>(value: T): T {
  if (typeof (value as { then?: unknown } | null | undefined)?.then !== 'function') return value
  throw new TyphoonError('ASYNC_OPERATION', 'the aggregator of a window returned a promise', {
    hint: 'aggregate what is at hand; ask others before, with stateQuery, or after, with partitionPersist',
  })
}
