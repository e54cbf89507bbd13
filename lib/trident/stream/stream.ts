/**
 * A stream of batches, and what can be done with it. Names are Storm's
 * (`storm-client/src/jvm/org/apache/storm/trident/Stream.java`). Fields are typed along the chain: what a stream does
 * not have does not compile, and where nobody compiles it is an error when the topology is built.
 */
import { type CustomStreamGrouping, Fields, type Kept, TyphoonError } from '../../index.ts'
import { partitionAggregate } from '../aggregate/aggregate.ts'
import { combinePartials, partialCombine } from '../aggregate/combine.ts'
import { type Comparator, extreme, extremeBy } from '../aggregate/extreme.ts'
import { isCombiner } from '../aggregate/fold.ts'
import type {
  AnyAggregator,
  CombinerAggregator,
  Consumer,
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
import type { Repartition } from '../plan/graph.ts'
import type { WindowConfig } from '../window/window-config.ts'
import type { WindowStore } from '../window/window-store.ts'
import { ChainedAggregate } from './chained-aggregate.ts'
import type { AggregateFits, AnswerFits, ResultFits } from './fits.ts'
import { GroupedStream } from './grouped-stream.ts'
import { eachStep, filterStep, flatMapStep, mapStep, peekStep, projectStep } from './local-steps.ts'
import { aggregationOf, persisted, queryStep, snapshotAggregate, windowStep } from './steps.ts'
import type { StateOf, TridentState } from './trident-state.ts'
import { addRepartition, addStep, checkFields, checkParallelism, making, type NewStep, type Place } from './wiring.ts'

type Name<Row> = keyof Row & string

/** A stream of batches of tuples. */
export class Stream<Row = any> {
  /** @internal */ readonly place: Place

  /** @internal */
  constructor(place: Place) {
    this.place = place
  }

  /** The fields of the stream at this point. */
  get fields(): Fields<Row> {
    return this.place.node.outputs as Fields<Row>
  }

  /** Keeps the tuples that pass the filter. @throws UNKNOWN_FIELD */
  each<K extends Name<Row>>(inputFields: readonly K[], filter: PerTask<TridentFilter<Pick<Row, K>>>): Stream<Row>
  /**
   * Appends to each tuple what the function emits for it; none: the tuple is dropped. @throws UNKNOWN_FIELD,
   * DUPLICATE_FIELD
   */
  each<K extends Name<Row>, Out>(
    inputFields: readonly K[],
    fn: PerTask<TridentFunction<Pick<Row, K>, Out>>,
    outFields: Fields<Out>,
  ): Stream<Row & Out>
  each(inputFields: readonly string[], operation: any, outFields?: Fields): Stream {
    return this.#then(
      outFields === undefined
        ? filterStep(this.fields, inputFields, operation, 'each')
        : eachStep(this.fields, inputFields, operation, outFields),
    )
  }

  /** Keeps the tuples that pass the filter, which sees all fields. */
  filter(filter: PerTask<TridentFilter<Row>>): Stream<Row>
  filter<K extends Name<Row>>(inputFields: readonly K[], filter: PerTask<TridentFilter<Pick<Row, K>>>): Stream<Row>
  filter(first: any, second?: any): Stream<Row> {
    const [inputFields, filter] =
      second === undefined && !Array.isArray(first) ? [this.fields.names, first] : [first, second]
    return this.#then(filterStep(this.fields, inputFields, filter, 'filter'))
  }

  /** One tuple for each; with other fields where they are given. */
  map(fn: PerTask<SameFieldsFunction<Row>>): Stream<Row>
  map<Out>(fn: PerTask<MapFunction<Row, Out>>, outFields: Fields<Out>): Stream<Out>
  map(fn: PerTask<MapFunction>, outFields: Fields = this.fields): Stream {
    return this.#then(mapStep(fn, outFields))
  }

  /** Any number of tuples for each. */
  flatMap(fn: PerTask<(tuple: TridentTuple<Row>) => Iterable<Kept<Row>>>): Stream<Row>
  flatMap<Out>(fn: PerTask<FlatMapFunction<Row, Out>>, outFields: Fields<Out>): Stream<Out>
  flatMap(fn: PerTask<FlatMapFunction>, outFields: Fields = this.fields): Stream {
    return this.#then(flatMapStep(fn, outFields))
  }

  /** Looks at each tuple. */
  peek(consumer: PerTask<Consumer<Row>>): Stream<Row> {
    return this.#then(peekStep(this.fields, consumer))
  }

  /** Keeps some fields. @throws UNKNOWN_FIELD */
  project<K extends Name<Row>>(names: readonly K[]): Stream<Pick<Row, K>> {
    return this.#then(projectStep(this.fields, names))
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
    const { input, aggregator, out } = aggregationOf(this.fields, given, 'partitionAggregate')
    const label = `aggregate by partition → ${out.names.join(', ')}`
    return this.#then({
      label,
      create: partitionAggregate(input, aggregator, out.names),
      ...making(out),
      steady: isCombiner(aggregator) ? 'by partition' : 'never',
    })
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
    const { input, aggregator, out } = aggregationOf(this.fields, given, 'aggregate')
    if (!isCombiner(aggregator)) return this.batchGlobal().partitionAggregate(input, aggregator, out)
    const label = `→ ${out.names.join(', ')}`
    return this.#then({
      label: `combine ${label}`,
      create: partialCombine(undefined, input, aggregator),
      outputs: out,
      steady: 'always',
    })
      .batchGlobal()
      .#then({
        label: `aggregate ${label}`,
        create: combinePartials(undefined, aggregator),
        ...making(out),
        steady: 'always',
      })
  }

  /** Several aggregators over the same tuples, their results side by side; `chainEnd` ends it. */
  chainedAgg(): ChainedAggregate<Row> {
    return new ChainedAggregate(this, undefined)
  }

  /** The tuple with the least value of a field, in each batch. */
  minBy<K extends Name<Row>>(field: K, comparator?: Comparator<Row[K]>): Stream<Row> {
    this.#check([field], 'minBy')
    return this.#extreme(`least ${field}`, extremeBy('min', field, comparator as Comparator))
  }

  /** The tuple with the greatest value of a field, in each batch. */
  maxBy<K extends Name<Row>>(field: K, comparator?: Comparator<Row[K]>): Stream<Row> {
    this.#check([field], 'maxBy')
    return this.#extreme(`greatest ${field}`, extremeBy('max', field, comparator as Comparator))
  }

  /** The least tuple of each batch. */
  min(comparator: Comparator<TridentTuple<Row>>): Stream<Row> {
    return this.#extreme('least', extreme('min', comparator))
  }

  /** The greatest tuple of each batch. */
  max(comparator: Comparator<TridentTuple<Row>>): Stream<Row> {
    return this.#extreme('greatest', extreme('max', comparator))
  }

  /** Tuples with the same values of these fields belong together. @throws UNKNOWN_FIELD */
  groupBy<K extends Name<Row>>(names: readonly K[]): GroupedStream<Row, K> {
    this.#check(names, 'groupBy')
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
  persistentAggregate(name: string, factory: StateFactory<MapState>, ...given: any[]): TridentState<any, any> {
    const { input, aggregator, out } = aggregationOf(this.fields, given, 'persistentAggregate', 'accumulator')
    return snapshotAggregate(
      this,
      name,
      factory,
      input,
      aggregator as PerTask<CombinerAggregator | ReducerAggregator>,
      out,
    )
  }

  /**
   * Hands the tuples of each batch to an updater, partition by partition, at the commit. What it emits is the stream of
   * the new values.
   */
  partitionPersist<S extends State, K extends Name<Row>, Out = Record<never, never>>(
    name: string,
    factory: StateFactory<S>,
    inputFields: readonly K[],
    updater: PerTask<StateUpdater<S, Pick<Row, K>, Out>>,
    outFields: Fields<Out> = new Fields<Out>([]),
  ): TridentState<Out, S> {
    return persisted(this.place, name, factory, inputFields, updater, outFields)
  }

  /**
   * Asks a state, for all tuples of the batch that are in this partition at once; the tuples go to the partition of the
   * same number.
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
    return this.#then(queryStep(this.place, state, inputFields, query, outFields))
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
    return new Stream(
      windowStep(this.place, { name, config, groupBy: [], input: inputFields, aggregator, outFields, store }),
    )
  }

  /** Evenly over the partitions of what comes next. */
  shuffle(): Stream<Row> {
    return this.#repartition({ type: 'shuffle' })
  }

  /** To partitions in the same worker where there are any, else as shuffle. */
  localOrShuffle(): Stream<Row> {
    return this.#repartition({ type: 'local-or-shuffle' })
  }

  /** To all partitions. */
  broadcast(): Stream<Row> {
    return this.#repartition({ type: 'broadcast' })
  }

  /** The same values of these fields always to the same partition. @throws UNKNOWN_FIELD */
  partitionBy(names: readonly Name<Row>[]): Stream<Row> {
    this.#check(names, 'partitionBy')
    return this.#repartition({ type: 'partition-by', fields: names })
  }

  /** All to the first partition. */
  global(): Stream<Row> {
    return this.#repartition({ type: 'global' })
  }

  /** All tuples of a batch to one partition, another one for each batch. */
  batchGlobal(): Stream<Row> {
    return this.#repartition({ type: 'batch-global' })
  }

  /** To the partition of the same number. */
  identityPartition(): Stream<Row> {
    return this.#repartition({ type: 'identity' })
  }

  /** As you choose; one instance for each sending task. */
  partition(grouping: () => CustomStreamGrouping): Stream<Row> {
    return this.#repartition({ type: 'custom', grouping })
  }

  /** Names the components that what follows becomes part of, up to the next change of partitions. */
  name(label: string): Stream<Row> {
    return new Stream({ ...this.place, label })
  }

  /**
   * In how many tasks this runs, back to the last change of partitions. @throws BAD_PARALLELISM, MISPLACED_HINT right
   * behind one
   */
  parallelismHint(hint: number): this {
    this.#operation('parallelismHint').parallelism = checkParallelism(hint)
    return this
  }

  /** Percent of a core that this operation needs; those of a component are added up. */
  setCPULoad(percent: number): this {
    this.#operation('setCPULoad').cpu = percent
    return this
  }

  /** MB that this operation needs; those of a component are added up. */
  setMemoryLoad(mb: number): this {
    this.#operation('setMemoryLoad').memory = mb
    return this
  }

  toStream(): Stream<Row> {
    return this
  }

  #operation(method: string): { parallelism?: number; cpu?: number; memory?: number } {
    if (this.place.node.type !== 'repartition') return this.place.node
    throw new TyphoonError(
      'MISPLACED_HINT',
      `${method} stands right behind a change of partitions, where there is nothing that it could be for`,
      {
        where: { operation: method },
        hint: 'put it behind the operation that it is meant for',
      },
    )
  }

  #extreme(what: string, aggregator: AnyAggregator): Stream<Row> {
    const step = (): NewStep => ({
      label: what,
      create: partitionAggregate(this.fields.names, aggregator, this.fields.names),
      outputs: this.fields,
    })
    return this.#then(step()).batchGlobal().#then(step())
  }

  #then(step: NewStep): Stream<any> {
    return new Stream({ ...this.place, node: addStep(this.place, step) })
  }

  #repartition(how: Repartition): Stream<Row> {
    return new Stream({ graph: this.place.graph, node: addRepartition(this.place, how), label: undefined })
  }

  #check(names: readonly string[], operation: string): void {
    checkFields(this.fields, names, operation)
  }
}
