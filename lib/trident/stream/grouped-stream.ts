/** A stream in groups: what can be done with the tuples of each. Names are Storm's (`fluent/GroupedStream.java`). */
import { EXPORT_INSTEAD } from '../../annex/export-instead.ts'
import type { Fields } from '../../index.ts'
import type {
  AnyAggregator,
  CombinerAggregator,
  PerTask,
  QueryFunction,
  ReducerAggregator,
} from '../model/operation.ts'
import type { MapState, State, StateFactory } from '../model/state.ts'
import type { WindowConfig } from '../window/window-config.ts'
import type { WindowStore } from '../window/window-store.ts'
import { ChainedAggregate } from './chained-aggregate.ts'
import { aggregationOf } from './declare.ts'
import type { AggregateFits, AnswerFits, ResultFits } from './fits.ts'
import type { Name } from './row-stream.ts'
import type { Stream } from './stream.ts'
import { nodeOf, type StateOf, type TridentState } from './trident-state.ts'
import { exportTopologyOf } from './whole.ts'

/** A stream in groups. */
export class GroupedStream<Row = any, G extends keyof Row & string = any> {
  /** @internal */
  readonly [EXPORT_INSTEAD] = exportTopologyOf('a stream of Trident')
  readonly #stream: Stream<Row>
  /** The fields that make the groups. */
  readonly groupFields: readonly G[]

  /** @internal */
  constructor(stream: Stream<Row>, groupFields: readonly G[]) {
    this.#stream = stream
    this.groupFields = groupFields
  }

  /** Aggregates each group of each batch: rows of the group's fields and what the aggregator emits. */
  aggregate<A extends PerTask<AnyAggregator<any, Row>>, Out>(
    aggregator: A,
    outFields: Fields<Out> & AggregateFits<A, Out>,
  ): Stream<Pick<Row, G> & Out>
  aggregate<K extends Name<Row>, A extends PerTask<AnyAggregator<any, Pick<Row, K>>>, Out>(
    inputFields: readonly K[],
    aggregator: A,
    outFields: Fields<Out> & AggregateFits<A, Out>,
  ): Stream<Pick<Row, G> & Out>
  aggregate(...given: any[]): Stream<any> {
    return this.#stream.after({
      op: 'aggregate',
      groupBy: this.groupFields,
      ...aggregationOf(this.#stream.fields, given),
    })
  }

  /** Several aggregators over the tuples of each group. */
  chainedAgg(): ChainedAggregate<Row, Pick<Row, G>> {
    return new ChainedAggregate(this.#stream, this.groupFields)
  }

  /**
   * Aggregates each group over all batches, into a map state.
   * @param name of the state, under which it is kept
   */
  persistentAggregate<T, Out>(
    name: string,
    factory: StateFactory<MapState<T>>,
    aggregator: PerTask<CombinerAggregator<T, Row> | ReducerAggregator<T, Row>>,
    outFields: Fields<Out> & ResultFits<T, Out>,
  ): TridentState<Pick<Row, G> & Out, MapState<T>>
  persistentAggregate<K extends Name<Row>, T, Out>(
    name: string,
    factory: StateFactory<MapState<T>>,
    inputFields: readonly K[],
    aggregator: PerTask<CombinerAggregator<T, Pick<Row, K>> | ReducerAggregator<T, Pick<Row, K>>>,
    outFields: Fields<Out> & ResultFits<T, Out>,
  ): TridentState<Pick<Row, G> & Out, MapState<T>>
  persistentAggregate(name: string, state: StateFactory<MapState>, ...given: any[]): TridentState<any, any> {
    const aggregation = aggregationOf(this.#stream.fields, given)
    return this.#stream.into({ op: 'persistentAggregate', name, state, groupBy: this.groupFields, ...aggregation })
  }

  /**
   * Asks a map state whose keys are the values of the grouping fields, unless `inputFields` names others: each tuple
   * goes to the partition of its group.
   */
  stateQuery<S extends State, Q extends PerTask<QueryFunction<NoInfer<S>, any, Pick<Row, G>, any>>, Out>(
    state: StateOf<S>,
    query: Q,
    outFields: Fields<Out> & AnswerFits<Q, S, Out>,
  ): Stream<Row & Out>
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
  ): Stream<Row & Out>
  stateQuery(state: StateOf<any>, ...given: any[]): Stream<any> {
    const groupBy = this.groupFields
    const [input, query, fields] = Array.isArray(given[0]) ? given : [groupBy, ...given]
    return this.#stream.after({ op: 'stateQuery', state: nodeOf(state), groupBy, function: query, input, fields })
  }

  /** A window for each group; see `Stream.window`. Rows of the group's fields and what the aggregator emits. */
  window<K extends Name<Row>, A extends PerTask<AnyAggregator<any, Pick<Row, K>>>, Out>(
    name: string,
    config: WindowConfig,
    inputFields: readonly K[],
    aggregator: A,
    outFields: Fields<Out> & AggregateFits<A, Out>,
    store?: WindowStore,
  ): Stream<Pick<Row, G> & Out> {
    const aggregation = { function: aggregator, input: inputFields, fields: outFields }
    return this.#stream.after({ op: 'window', name, window: config, store, groupBy: this.groupFields, ...aggregation })
  }

  /** See `Stream.name`. */
  name(label: string): GroupedStream<Row, G> {
    return new GroupedStream(this.#stream.name(label), this.groupFields)
  }

  /** The tuples, without their groups. */
  toStream(): Stream<Row> {
    return this.#stream
  }
}
