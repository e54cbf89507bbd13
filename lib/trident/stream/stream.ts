/**
 * A stream of batches, and what can be done with it. Names are Storm's
 * (`storm-client/src/jvm/org/apache/storm/trident`: `Stream.java`, `fluent/GroupedStream.java`,
 * `fluent/ChainedAggregatorDeclarer.java`, `TridentState.java`). Fields are typed along the chain: what a stream does
 * not have does not compile, and where nobody compiles it is an error when the topology is built.
 *
 * Each call is an operator, which is plain data (`program/operator.ts`). The four classes make each other, so they
 * stand in one file; what gives a stream of the same rows stands in row-stream.ts.
 */
import { EXPORT_INSTEAD } from '../../annex/export-instead.ts'
import { Fields, type Kept, TyphoonError } from '../../index.ts'
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
import type { Aggregation, Operator } from '../program/operator.ts'
import type { Program } from '../program/program.ts'
import type { StateNode } from '../program/state-node.ts'
import type { WindowConfig } from '../window/window-config.ts'
import type { WindowStore } from '../window/window-store.ts'
import { checkFields, checkParallelism } from './check-operation.ts'
import { checkAggregation, type ProgramPoint, pointAfter } from './declare.ts'
import type { AggregateFits, AnswerFits, ResultFits } from './fits.ts'
import { type Name, RowStream } from './row-stream.ts'
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
    return this.after({ op: 'partitionAggregate', ...aggregationOf(this, given) })
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
    return this.after({ op: 'aggregate', ...aggregationOf(this, given) })
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
    return this.into({ op: 'persistentAggregate', name, state, ...aggregationOf(this, given) })
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
    return new TridentState(program, (node as { state: StateNode }).state, node)
  }

  /** @internal */
  protected override at(point: ProgramPoint): this {
    return new Stream<Row>(point) as this
  }
}

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
    return this.#stream.after({ op: 'aggregate', groupBy: this.groupFields, ...aggregationOf(this.#stream, given) })
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
    const aggregation = aggregationOf(this.#stream, given)
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

/** `chainedAgg() … chainEnd()`: several aggregators over the same tuples, their results side by side. */
export class ChainedAggregate<Row, Out = unknown> {
  /** @internal */
  readonly [EXPORT_INSTEAD] = exportTopologyOf('an aggregation of Trident that chainEnd() has not ended')
  readonly #stream: Stream<Row>
  readonly #groupBy: readonly string[] | undefined
  readonly #aggregations: readonly Aggregation[]

  /** @internal */
  constructor(stream: Stream<Row>, groupBy: readonly string[] | undefined, aggregations: readonly Aggregation[] = []) {
    this.#stream = stream
    this.#groupBy = groupBy
    this.#aggregations = aggregations
  }

  /** One more aggregator. @throws UNKNOWN_FIELD */
  aggregate<K extends Name<Row>, A extends PerTask<AnyAggregator<any, Pick<Row, K>>>, More>(
    inputFields: readonly K[],
    aggregator: A,
    outFields: Fields<More> & AggregateFits<A, More>,
  ): ChainedAggregate<Row, Out & More> {
    const aggregation = { function: aggregator, input: inputFields, fields: outFields }
    checkAggregation(this.#stream.fields, aggregation, 'chainedAgg')
    return new ChainedAggregate(this.#stream, this.#groupBy, [...this.#aggregations, aggregation])
  }

  /**
   * The results, one row or more for each batch, or for each group of it. Combiners begin before anything is sent, if
   * all are combiners.
   */
  chainEnd(): Stream<Out> {
    return this.#stream.after({ op: 'chainedAgg', aggregations: this.#aggregations, groupBy: this.#groupBy })
  }
}

declare const stateMark: unique symbol

/** What `stateQuery` asks. */
export interface StateOf<S extends State> {
  readonly [stateMark]?: S
  /** @internal */ readonly state: StateNode
}

/** A state, as what it emits can be gone on with and as what `stateQuery` asks. */
export class TridentState<Row = any, S extends State = State> implements StateOf<S> {
  /** @internal */
  readonly [EXPORT_INSTEAD] = exportTopologyOf('a state of Trident')
  declare readonly [stateMark]?: S
  /** @internal */ readonly state: StateNode
  readonly #program: Program
  readonly #writer: ProgramPoint['node'] | undefined

  /** @internal */
  constructor(program: Program, state: StateNode, writer?: ProgramPoint['node']) {
    this.state = state
    this.#program = program
    this.#writer = writer
  }

  /**
   * In how many tasks the state lives, and so in how many partitions. A durable state keeps the number that it was
   * written with.
   */
  parallelismHint(hint: number): this {
    this.state.parallelism = checkParallelism(hint)
    return this
  }

  /** What each commit emits: the new values. @throws UNFIT_STATE of a static state */
  newValuesStream(): Stream<Row> {
    if (this.#writer !== undefined) return new Stream({ program: this.#program, node: this.#writer, label: undefined })
    throw new TyphoonError('UNFIT_STATE', `nothing writes the state "${this.state.name}", so it has no new values`, {
      where: { state: this.state.name },
    })
  }
}

/** `[inputFields], aggregator, outFields`; where the first are left out, all fields. */
function aggregationOf({ fields: { names } }: Stream, given: any[]): Aggregation & { readonly function: any } {
  const [input, aggregator, fields] = Array.isArray(given[0]) ? given : [names, ...given]
  return { function: aggregator, input, fields }
}

/** What was given in place of a state is refused where the operator is declared. */
function nodeOf(state: StateOf<any> | undefined): StateNode {
  return state?.state as StateNode
}
