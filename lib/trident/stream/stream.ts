/**
 * A stream of batches, and what can be done with it. Names are Storm's
 * (`storm-client/src/jvm/org/apache/storm/trident`: `Stream.java`, `fluent/GroupedStream.java`,
 * `fluent/ChainedAggregatorDeclarer.java`, `TridentState.java`). Fields are typed along the chain: what a stream does
 * not have does not compile, and where nobody compiles it is an error when the topology is built.
 *
 * Each call is an operator, which is plain data (`program/operator.ts`). What gives a stream of the same rows stands in
 * row-stream.ts. Streams, groups, chains and states make each other: they name each other's types, and a stream makes
 * the others.
 */
import { EXPORT_INSTEAD } from '../../annex/export-instead.ts'
import { Fields, type Kept } from '../../index.ts'
import type {
  AnyAggregator,
  CombinerAggregator,
  FlatMapFunction,
  MapFunction,
  PerTask,
  QueryFunction,
  ReducerAggregator,
  SameFieldsFunction,
  StateUpdater,
  TridentFilter,
  TridentFunction,
} from '../model/operation.ts'
import type { MapState, Snapshottable, State, StateFactory } from '../model/state.ts'
import type { TridentTuple } from '../model/tuple.ts'
import type { Operator } from '../program/operator.ts'
import type { StateNode } from '../program/state-node.ts'
import type { WindowConfig } from '../window/window-config.ts'
import type { WindowStore } from '../window/window-store.ts'
import { ChainedAggregate } from './chained-aggregate.ts'
import { checkFields } from './check-operation.ts'
import { aggregationOf, type ProgramPoint, pointAfter } from './declare.ts'
import type { AggregateFits, AnswerFits, ResultFits } from './fits.ts'
import { GroupedStream } from './grouped-stream.ts'
import { type Name, RowStream } from './row-stream.ts'
import { nodeOf, type StateOf, TridentState } from './trident-state.ts'
import { exportTopologyOf } from './whole.ts'

/** A stream of batches of tuples. */
export class Stream<Row = any> extends RowStream<Row> {
  /** @internal */
  readonly [EXPORT_INSTEAD] = exportTopologyOf('a stream of Trident')
  /** Keeps the tuples that pass the filter. @throws UNKNOWN_FIELD */
  each<K extends Name<Row>>(inputFields: readonly K[], filter: PerTask<TridentFilter<Pick<Row, K>>>): Stream<Row>
  /**
   * Appends to each tuple what the function emits for it; none: the tuple is dropped.
   * @throws UNKNOWN_FIELD, DUPLICATE_FIELD
   */
  each<K extends Name<Row>, Out>(
    inputFields: readonly K[],
    fn: PerTask<TridentFunction<Pick<Row, K>, Out>>,
    outFields: Fields<Out>,
  ): Stream<Row & Out>
  each(input: readonly string[], fn: any, fields?: Fields): Stream {
    return this.after({ op: 'each', function: fn, input, ...(fields === undefined ? {} : { fields }) })
  }

  /** One tuple for each; with other fields where they are given. */
  map(fn: PerTask<SameFieldsFunction<Row>>): Stream<Row>
  map<Out>(fn: PerTask<MapFunction<Row, Out>>, outFields: Fields<Out>): Stream<Out>
  map(fn: PerTask<MapFunction>, fields: Fields = this.fields): Stream {
    return this.after({ op: 'map', function: fn, fields })
  }

  /** Any number of tuples for each. */
  flatMap(fn: PerTask<(tuple: TridentTuple<Row>) => Iterable<Kept<Row>>>): Stream<Row>
  flatMap<Out>(fn: PerTask<FlatMapFunction<Row, Out>>, outFields: Fields<Out>): Stream<Out>
  flatMap(fn: PerTask<FlatMapFunction>, fields: Fields = this.fields): Stream {
    return this.after({ op: 'flatMap', function: fn, fields })
  }

  /** Keeps some fields. @throws UNKNOWN_FIELD */
  project<K extends Name<Row>>(names: readonly K[]): Stream<Pick<Row, K>> {
    return this.after({ op: 'project', input: names })
  }

  /** Aggregates what each partition has of a batch. */
  partitionAggregate<A extends PerTask<AnyAggregator<any, Row>>, Out>(
    aggregator: A,
    outFields: Fields<Out> & AggregateFits<A, Out>,
  ): Stream<Out>
  partitionAggregate<K extends Name<Row>, A extends PerTask<AnyAggregator<any, Pick<Row, K>>>, Out>(
    inputFields: readonly K[],
    aggregator: A,
    outFields: Fields<Out> & AggregateFits<A, Out>,
  ): Stream<Out>
  partitionAggregate(...given: any[]): Stream {
    return this.after({ op: 'partitionAggregate', ...aggregationOf(this.fields, given) })
  }

  /** Aggregates each batch. A combiner begins with it before anything is sent. */
  aggregate<A extends PerTask<AnyAggregator<any, Row>>, Out>(
    aggregator: A,
    outFields: Fields<Out> & AggregateFits<A, Out>,
  ): Stream<Out>
  aggregate<K extends Name<Row>, A extends PerTask<AnyAggregator<any, Pick<Row, K>>>, Out>(
    inputFields: readonly K[],
    aggregator: A,
    outFields: Fields<Out> & AggregateFits<A, Out>,
  ): Stream<Out>
  aggregate(...given: any[]): Stream {
    return this.after({ op: 'aggregate', ...aggregationOf(this.fields, given) })
  }

  /** Several aggregators over the same tuples, their results side by side; `chainEnd` ends it. */
  chainedAgg(): ChainedAggregate<Row> {
    return new ChainedAggregate(this, undefined)
  }

  /** Tuples with the same values of these fields belong together. @throws UNKNOWN_FIELD */
  groupBy<K extends Name<Row>>(names: readonly K[]): GroupedStream<Row, K> {
    checkFields(this.fields, names, 'groupBy')
    return new GroupedStream(this, names)
  }

  /** Aggregates over all batches, into a state of one value. */
  persistentAggregate<T, Out>(
    name: string,
    factory: StateFactory<MapState<T>>,
    aggregator: PerTask<CombinerAggregator<T, Row> | ReducerAggregator<T, Row>>,
    outFields: Fields<Out> & ResultFits<T, Out>,
  ): TridentState<Out, Snapshottable<T>>
  persistentAggregate<K extends Name<Row>, T, Out>(
    name: string,
    factory: StateFactory<MapState<T>>,
    inputFields: readonly K[],
    aggregator: PerTask<CombinerAggregator<T, Pick<Row, K>> | ReducerAggregator<T, Pick<Row, K>>>,
    outFields: Fields<Out> & ResultFits<T, Out>,
  ): TridentState<Out, Snapshottable<T>>
  persistentAggregate(name: string, state: StateFactory<MapState>, ...given: any[]): TridentState<any, any> {
    return this.into({ op: 'persistentAggregate', name, state, ...aggregationOf(this.fields, given) })
  }

  /**
   * Hands the tuples of each batch to an updater, partition by partition, at the commit. What it emits is the stream
   * of the new values.
   */
  partitionPersist<S extends State, K extends Name<Row>, Out = Record<never, never>>(
    name: string,
    factory: StateFactory<S>,
    inputFields: readonly K[],
    updater: PerTask<StateUpdater<S, Pick<Row, K>, Out>>,
    outFields: Fields<Out> = new Fields<Out>([]),
  ): TridentState<Out, S> {
    const step = { function: updater, input: inputFields, fields: outFields }
    return this.into({ op: 'partitionPersist', name, state: factory, ...step })
  }

  /**
   * Asks a state, for all tuples of the batch that are in this partition at once; the tuples go to the partition of
   * the same number.
   */
  stateQuery<
    S extends State,
    K extends Name<Row>,
    Q extends PerTask<QueryFunction<NoInfer<S>, any, Pick<Row, K>, any>>,
    Out,
  >(
    state: StateOf<S>,
    inputFields: readonly K[],
    query: Q,
    outFields: Fields<Out> & AnswerFits<Q, S, Out>,
  ): Stream<Row & Out> {
    return this.after({
      op: 'stateQuery',
      state: nodeOf(state),
      function: query,
      input: inputFields,
      fields: outFields,
    })
  }

  /**
   * Windows over each partition, whose contents survive what the store survives.
   * @param name under which they are kept, as for a state
   */
  window<K extends Name<Row>, A extends PerTask<AnyAggregator<any, Pick<Row, K>>>, Out>(
    name: string,
    config: WindowConfig,
    inputFields: readonly K[],
    aggregator: A,
    outFields: Fields<Out> & AggregateFits<A, Out>,
    store?: WindowStore,
  ): Stream<Out> {
    const aggregation = { function: aggregator, input: inputFields, fields: outFields }
    return this.after({ op: 'window', name, window: config, store, ...aggregation })
  }

  /** @internal What comes behind an operator. */
  after(operator: Operator): Stream<any> {
    return new Stream(pointAfter(this.point, operator))
  }

  /** @internal The state that an operator writes. */
  into(operator: Operator): TridentState<any, any> {
    const { program, node } = pointAfter(this.point, operator)
    const { state } = node as { state: StateNode }
    return new TridentState(state, () => new Stream({ program, node, label: undefined }))
  }

  /** @internal */
  protected override at(point: ProgramPoint): this {
    return new Stream<Row>(point) as this
  }
}
