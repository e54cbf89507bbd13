/**
 * The three kinds of aggregators as one: a state that is opened, takes tuples, and is closed. All that a group knows of
 * a batch is its state, for the aggregator itself is shared.
 */

import type {
  Aggregator,
  AnyAggregator,
  BatchId,
  CombinerAggregator,
  PerTask,
  ReducerAggregator,
  TridentCollector,
} from '../model/operation.ts'
import type { TridentTuple } from '../model/tuple.ts'
import type { NamedOperation } from '../operation/named-operation.ts'
import { refuseAsync } from '../operation/operation-collectors.ts'

/** An aggregator of any kind. */
export interface Fold {
  open(batchId: BatchId, collector: TridentCollector): unknown
  /** @returns the new state. Hot. */
  add(state: unknown, tuple: TridentTuple, collector: TridentCollector): unknown
  close(state: unknown, collector: TridentCollector): void
}

/** The state of a combiner before its first tuple: `zero` need not be neutral. */
const NOTHING: unique symbol = Symbol('nothing')

/**
 * Whether it can be done in halves, before and behind the network. For one that is made for each task it is not known
 * before.
 */
export function isCombiner(aggregator: PerTask<AnyAggregator>): aggregator is CombinerAggregator {
  return 'combine' in aggregator && !('prepare' in aggregator)
}

/** @throws NOT_AN_OPERATION where it is none of the three kinds */
export function foldOf(aggregator: AnyAggregator, operation: NamedOperation): Fold {
  if ('combine' in aggregator) return foldOfCombiner(aggregator, operation)
  if ('reduce' in aggregator) return foldOfReducer(aggregator, operation)
  if ('aggregate' in aggregator) return foldOfAggregator(aggregator, operation)
  throw operation.error(
    'NOT_AN_OPERATION',
    'was not given an aggregator',
    'an aggregator has init with combine and zero, with reduce, or with aggregate and complete',
  )
}

function foldOfCombiner(combiner: CombinerAggregator, operation: NamedOperation): Fold {
  return {
    open: () => NOTHING,
    add(state, tuple) {
      const value = combiner.init(tuple)
      if (typeof value === 'object') refuseAsync(value, operation)
      const next = state === NOTHING ? value : combiner.combine(state, value)
      if (typeof next === 'object') refuseAsync(next, operation)
      return next
    },
    close(state, collector) {
      collector.emit([state === NOTHING ? combiner.zero() : state])
    },
  }
}

function foldOfReducer(reducer: ReducerAggregator, operation: NamedOperation): Fold {
  return {
    open: () => reducer.init(),
    add(state, tuple) {
      const next = reducer.reduce(state, tuple)
      if (typeof next === 'object') refuseAsync(next, operation)
      return next
    },
    close: (state, collector) => collector.emit([state]),
  }
}

function foldOfAggregator(aggregator: Aggregator, operation: NamedOperation): Fold {
  return {
    open(batchId, collector) {
      const state = aggregator.init(batchId, collector)
      if (typeof state === 'object') refuseAsync(state, operation)
      return state
    },
    add(state, tuple, collector) {
      const result: unknown = aggregator.aggregate(state, tuple, collector)
      if (result !== undefined) refuseAsync(result, operation)
      return state
    },
    close(state, collector) {
      const result: unknown = aggregator.complete(state, collector)
      if (result !== undefined) refuseAsync(result, operation)
    },
  }
}
