/** A stream whose tuples belong to groups; Storm's `GroupedStream.java`. */

import type { Fields } from '../../index.ts'
import { groupedAggregate } from '../aggregate/aggregate.ts'
import { combinePartials, partialCombine } from '../aggregate/combine.ts'
import { isCombiner } from '../aggregate/fold.ts'
import type {
  AnyAggregator,
  CombinerAggregator,
  PerTask,
  QueryFunction,
  ReducerAggregator,
} from '../model/operation.ts'
import type { MapState, State, StateFactory } from '../model/state.ts'
import { combineIntoMap, reduceIntoMap } from '../operation/stateful.ts'
import type { Steadiness } from '../plan/graph.ts'
import type { WindowConfig } from '../window/window-config.ts'
import type { WindowStore } from '../window/window-store.ts'
import { ChainedAggregate } from './chained-aggregate.ts'
import { checkFactory, type Role } from './check-operation.ts'
import type { AggregateFits, AnswerFits, ResultFits } from './fits.ts'
import { type Aggregation, aggregationOf, windowStep } from './steps.ts'
import { Stream } from './stream.ts'
import { type StateOf, TridentState } from './trident-state.ts'
import { addState, addStep, appended, type NewStep } from './wiring.ts'

/** A stream in groups. */
export class GroupedStream<Row = any, G extends keyof Row & string = any> {
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
  aggregate<K extends keyof Row & string, A extends PerTask<AnyAggregator<any, Pick<Row, K>>>, Out>(
    inputFields: readonly K[],
    aggregator: A,
    outFields: Fields<Out> & AggregateFits<A, Out>,
  ): Stream<Pick<Row, G> & Out>
  aggregate(...given: any[]): Stream<any> {
    const { input, aggregator, out } = this.#aggregation(given, 'aggregate')
    const outputs = appended(this.groupFields, out)
    const label = `${out.names.join(', ')} by ${this.groupFields.join(', ')}`
    if (isCombiner(aggregator))
      return this.#after(
        this.#partial(input, aggregator, outputs, label),
        `aggregate ${label}`,
        combinePartials(this.groupFields, aggregator),
        { outputs, made: [out], steady: 'always' },
      )
    const create = groupedAggregate(this.groupFields, input, aggregator, out.names)
    return this.#after(this.#stream, `aggregate ${label}`, create, { outputs, made: [out] })
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
  persistentAggregate<K extends keyof Row & string, T, Out>(
    name: string,
    factory: StateFactory<MapState<T>>,
    inputFields: readonly K[],
    aggregator: PerTask<CombinerAggregator<T, Pick<Row, K>> | ReducerAggregator<T, Pick<Row, K>>>,
    outFields: Fields<Out> & ResultFits<T, Out>,
  ): TridentState<Pick<Row, G> & Out, MapState<T>>
  persistentAggregate(name: string, factory: StateFactory<MapState>, ...given: any[]): TridentState<any, any> {
    const { input, aggregator, out } = this.#aggregation(given, 'persistentAggregate', 'accumulator')
    const { graph } = this.#stream.place
    const outputs = appended(this.groupFields, out)
    checkFactory(factory, name)
    const state = addState(graph, name, factory, this.groupFields)
    const label = `${out.names.join(', ')} by ${this.groupFields.join(', ')}`
    const step = {
      label: `${name}: ${label}`,
      outputs,
      made: [out],
      state,
      commits: true,
      steady: (isCombiner(aggregator) ? 'always' : 'never') as Steadiness,
    }
    if (!isCombiner(aggregator)) {
      const create = reduceIntoMap(this.groupFields, input, aggregator as PerTask<ReducerAggregator>)
      return new TridentState(
        graph,
        state,
        addStep(this.#stream.partitionBy(this.groupFields).place, { ...step, create }),
      )
    }
    const partial = this.#partial(input, aggregator, outputs, label).partitionBy(this.groupFields as readonly any[])
    const create = combineIntoMap(this.groupFields.length, aggregator)
    return new TridentState(graph, state, addStep(partial.place, { ...step, create }))
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
    K extends keyof Row & string,
    Q extends PerTask<QueryFunction<NoInfer<S>, any, Pick<Row, K>, any>>,
    Out,
  >(
    state: StateOf<S>,
    inputFields: readonly K[],
    query: Q,
    outFields: Fields<Out> & AnswerFits<Q, S, Out>,
  ): Stream<Row & Out>
  stateQuery(state: StateOf<any>, ...given: any[]): Stream<any> {
    const [input, query, out] = Array.isArray(given[0]) ? given : [this.groupFields, ...given]
    return this.#stream.partitionBy(this.groupFields).stateQuery(state, input, query, out)
  }

  /** A window for each group; see `Stream.window`. Rows of the group's fields and what the aggregator emits. */
  window<K extends keyof Row & string, A extends PerTask<AnyAggregator<any, Pick<Row, K>>>, Out>(
    name: string,
    config: WindowConfig,
    inputFields: readonly K[],
    aggregator: A,
    outFields: Fields<Out> & AggregateFits<A, Out>,
    store?: WindowStore,
  ): Stream<Pick<Row, G> & Out> {
    const { place } = this.#stream.partitionBy(this.groupFields)
    const groupBy = this.groupFields
    return new Stream(windowStep(place, { name, config, groupBy, input: inputFields, aggregator, outFields, store }))
  }

  /** See `Stream.name`. */
  name(label: string): GroupedStream<Row, G> {
    return new GroupedStream(this.#stream.name(label), this.groupFields)
  }

  /** The tuples, without their groups. */
  toStream(): Stream<Row> {
    return this.#stream
  }

  #partial(input: readonly string[], aggregator: CombinerAggregator, outputs: Fields, label: string): Stream<any> {
    const create = partialCombine(this.groupFields, input, aggregator)
    const { place } = this.#stream
    return new Stream({
      ...place,
      node: addStep(place, { label: `combine ${label}`, create, outputs, steady: 'always' }),
    })
  }

  #after(
    stream: Stream<any>,
    label: string,
    create: NewStep['create'],
    rest: Pick<NewStep, 'outputs' | 'made' | 'steady'>,
  ): Stream<any> {
    const { place } = stream.partitionBy(this.groupFields)
    return new Stream({ ...place, node: addStep(place, { label, create, ...rest }) })
  }

  #aggregation(given: any[], operation: string, role?: Role): Aggregation {
    return aggregationOf(this.#stream.fields, given, operation, role)
  }
}
