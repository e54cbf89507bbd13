/**
 * What users write for a Trident stream: functions, filters, aggregators, queries and updaters. Names are Storm's
 * (`storm-client/src/jvm/org/apache/storm/trident/operation`); what is an interface with one method there is a plain
 * function here.
 *
 * An operation that needs something of its own in each task (a connection, a buffer) is an object with `prepare`, which
 * gives the operation: see `PerTask`.
 */
import type { Emitted, Kept, TaskContext } from '../../index.ts'
import type { TridentTuple } from './tuple.ts'

/** A value, or the promise of one. */
export type Awaitable<T> = T | Promise<T>

/** A batch: its transaction id, or for a DRPC request the id of that request. */
export type BatchId = number | string

/** What an operation can know of the task that it runs in; Storm's TridentOperationContext. */
export interface TridentOperationContext {
  readonly task: TaskContext
  /** Number of this partition among those of its operation, from 0 up. */
  readonly partitionIndex: number
  readonly numPartitions: number
  /** Called when the task ends in good order. */
  onCleanup(call: () => Awaitable<void>): void
}

/**
 * An operation, or what makes one for each task. A plain operation is shared by the tasks of a worker, so it must keep
 * no state.
 */
export type PerTask<T> = T | { prepare(context: TridentOperationContext): Awaitable<T> }

/** What an operation emits with. */
export interface TridentCollector<Out = any> {
  emit(values: Emitted<Out>): void
  /** Shows an error without failing the batch. */
  reportError(error: unknown): void
}

/** Appends to each tuple what it emits: none (the tuple is dropped), one, or several. An exception fails the batch. */
export type TridentFunction<In = any, Out = any> = (tuple: TridentTuple<In>, collector: TridentCollector<Out>) => void

/** Which tuples stay. */
export type TridentFilter<In = any> = (tuple: TridentTuple<In>) => boolean

/** One tuple for each. */
export type MapFunction<In = any, Out = any> = (tuple: TridentTuple<In>) => Emitted<Out>

/** One tuple for each, with the same fields. */
export type SameFieldsFunction<Row = any> = (tuple: TridentTuple<Row>) => Kept<Row>

/** Any number of tuples for each. */
export type FlatMapFunction<In = any, Out = any> = (tuple: TridentTuple<In>) => Iterable<Emitted<Out>>

/** Looks at each tuple. */
export type Consumer<In = any> = (tuple: TridentTuple<In>) => void

/** An aggregation that is associative, so that each partition combines its own tuples before anything is sent. */
export interface CombinerAggregator<T = any, In = any> {
  /** The value of one tuple. */
  init(tuple: TridentTuple<In>): T
  combine(a: T, b: T): T
  /** The value of no tuple. */
  zero(): T
}

/** An aggregation tuple by tuple. */
export interface ReducerAggregator<T = any, In = any> {
  init(): T
  reduce(current: T, tuple: TridentTuple<In>): T
}

/** The general aggregation: any state, any number of emitted tuples. */
export interface Aggregator<Out = any, In = any, S = any> {
  init(batchId: BatchId, collector: TridentCollector<Out>): S
  aggregate(state: S, tuple: TridentTuple<In>, collector: TridentCollector<Out>): void
  complete(state: S, collector: TridentCollector<Out>): void
}

/** Any of the three. */
export type AnyAggregator<Out = any, In = any> =
  | CombinerAggregator<Out, In>
  | ReducerAggregator<Out, In>
  | Aggregator<Out, In>

/** Several streams into one, batch by batch; Storm's MultiReducer. */
export interface MultiReducer<Out = any, S = any> {
  init(batchId: BatchId, collector: TridentCollector<Out>): S
  /** @param stream number of the stream among those that are reduced, from 0 up */
  execute(state: S, stream: number, tuple: TridentTuple, collector: TridentCollector<Out>): void
  complete(state: S, collector: TridentCollector<Out>): void
}

/** Like MultiReducer, once for each group; Storm's GroupedMultiReducer. */
export interface GroupedMultiReducer<Out = any, S = any> {
  init(group: readonly unknown[], collector: TridentCollector<Out>): S
  execute(
    state: S,
    stream: number,
    group: readonly unknown[],
    tuple: TridentTuple,
    collector: TridentCollector<Out>,
  ): void
  complete(state: S, group: readonly unknown[], collector: TridentCollector<Out>): void
}

/** Asks a state for a whole batch at once. */
export interface QueryFunction<S = any, T = any, In = any, Out = any> {
  /** One result for each tuple, in their order. @throws what fails the batch */
  batchRetrieve(state: S, tuples: readonly TridentTuple<In>[]): Awaitable<readonly T[]>
  /** What to append to the tuple for its result. */
  execute(tuple: TridentTuple<In>, result: T, collector: TridentCollector<Out>): void
}

/** Writes a whole batch, or the part of it that this partition got, into a state. */
export type StateUpdater<S = any, In = any, Out = any> = (
  state: S,
  tuples: readonly TridentTuple<In>[],
  collector: TridentCollector<Out>,
) => Awaitable<void>

/** The operation itself, made for this task where it is a `PerTask`. */
export async function preparedFor<T>(operation: PerTask<T>, context: TridentOperationContext): Promise<T> {
  return needsPrepare(operation) ? operation.prepare(context) : operation
}

function needsPrepare<T>(
  operation: PerTask<T>,
): operation is { prepare(context: TridentOperationContext): Awaitable<T> } {
  return typeof operation === 'object' && operation !== null && 'prepare' in operation
}
