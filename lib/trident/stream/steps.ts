/** Operations that are made of several steps, or of arguments in several forms. */
import { type Fields, TyphoonError } from '../../index.ts'
import { partialCombine } from '../aggregate/combine.ts'
import { isCombiner } from '../aggregate/fold.ts'
import { MapGet, SnapshotGet, TupleCollectionGet } from '../builtin/queries.ts'
import type {
  AnyAggregator,
  CombinerAggregator,
  PerTask,
  QueryFunction,
  ReducerAggregator,
  StateUpdater,
} from '../model/operation.ts'
import type { MapState, StateFactory } from '../model/state.ts'
import { combineIntoSnapshot, partitionPersist, reduceIntoSnapshot, stateQuery } from '../operation/stateful.ts'
import type { Query, Steadiness } from '../plan/graph.ts'
import { snapshot } from '../state/factories.ts'
import type { WindowConfig } from '../window/window-config.ts'
import { type WindowStore, windowState } from '../window/window-store.ts'
import { windowed } from '../window/windowed.ts'
import { checkKey } from './check-key.ts'
import { checkFactory, checkOperation, checkOutputs, type Role } from './check-operation.ts'
import type { Stream } from './stream.ts'
import { type StateOf, TridentState } from './trident-state.ts'
import { addRepartition, addState, addStep, appended, checkFields, type NewStep, type Place } from './wiring.ts'

/** An aggregation, however it was written. */
export interface Aggregation {
  readonly input: readonly any[]
  readonly aggregator: PerTask<AnyAggregator>
  readonly out: Fields<any>
}

/**
 * `[inputFields], aggregator, outFields`; where the first are left out, all fields. @throws UNKNOWN_FIELD,
 * NOT_AN_OPERATION, NO_FIELDS
 */
export function aggregationOf(fields: Fields, given: any[], operation: string, role: Role = 'aggregator'): Aggregation {
  const [input, aggregator, out] = Array.isArray(given[0]) ? given : [fields.names, ...given]
  checkFields(fields, input, operation)
  checkOperation(aggregator, role, operation)
  checkOutputs(out, operation)
  return { input, aggregator, out }
}

/** An aggregation over all batches, into one value. */
export function snapshotAggregate(
  stream: Stream<any>,
  name: string,
  factory: StateFactory<MapState>,
  input: readonly string[],
  aggregator: PerTask<CombinerAggregator | ReducerAggregator>,
  out: Fields,
): TridentState<any, any> {
  const { place } = stream
  checkFactory(factory, name)
  const state = addState(place.graph, name, snapshot(factory), [])
  const isPartial = isCombiner(aggregator)
  const steady: Steadiness = isPartial ? 'always' : 'never'
  const label = `${name}: aggregate → ${out.names.join(', ')}`
  const step = { label, outputs: out, made: [out], state, commits: true, steady }
  const before = isPartial
    ? addStep(place, {
        label: 'combine',
        create: partialCombine(undefined, input, aggregator),
        outputs: out,
        steady: 'always',
      })
    : place.node
  const gathered = { ...place, node: addRepartition({ ...place, node: before }, { type: 'global' }) }
  const create = isPartial
    ? combineIntoSnapshot(aggregator)
    : reduceIntoSnapshot(input, aggregator as PerTask<ReducerAggregator>)
  return new TridentState(place.graph, state, addStep(gathered, { ...step, create }))
}

/** @throws NOT_A_STATE, or OTHER_TOPOLOGY where it is one of another topology */
function checkState(state: unknown, { graph }: Place): void {
  if (state instanceof TridentState && state.graph === graph) return
  const [code, what, name] =
    state instanceof TridentState
      ? (['OTHER_TOPOLOGY', `the state "${state.state.name}" of another topology`, state.state.name] as const)
      : (['NOT_A_STATE', 'something that is not a state'] as const)
  throw new TyphoonError(code, `stateQuery was given ${what}`, {
    where: { operation: 'stateQuery', ...(name === undefined ? {} : { state: name }) },
    hint: 'ask what persistentAggregate, partitionPersist or newStaticState of the same topology has returned',
  })
}

/** A window, over each partition or each group. */
export interface WindowStep {
  readonly name: string
  readonly config: WindowConfig
  /** None: over each partition. */
  readonly groupBy: readonly string[]
  readonly input: readonly string[]
  readonly aggregator: PerTask<AnyAggregator>
  readonly outFields: Fields
  readonly store: WindowStore | undefined
}

/** @throws UNKNOWN_FIELD, DUPLICATE_ID, NOT_AN_OPERATION */
export function windowStep(place: Place, step: WindowStep): Place {
  const { name, config, groupBy, input, aggregator, outFields, store } = step
  const { outputs: fields } = place.node
  checkFields(fields, input, 'window')
  checkOperation(aggregator, 'aggregator', 'window')
  checkOutputs(outFields, 'window')
  const factory = windowState({ window: config, fields, groupBy, input, ...(store === undefined ? {} : { store }) })
  const state = addState(place.graph, name, factory)
  const outputs = appended(groupBy, outFields)
  const node = addStep(place, {
    label: `${name}: ${factory.label}`,
    create: windowed(aggregator, outputs.names),
    outputs,
    made: [outFields],
    state,
    commits: true,
  })
  return { ...place, node }
}

/** A query of a state. @throws UNKNOWN_FIELD, NOT_A_STATE, WRONG_KEY */
export function queryStep(
  place: Place,
  asked: StateOf<any>,
  input: readonly string[],
  query: PerTask<QueryFunction>,
  out: Fields,
): NewStep {
  checkState(asked, place)
  checkFields(place.node.outputs, input, 'stateQuery')
  checkOperation(query, 'query', 'stateQuery')
  checkOutputs(out, 'stateQuery')
  const asks = ASKS.get(query) ?? 'anything'
  checkKey(asked.state, { asks, input }, out)
  return {
    label: `query ${asked.state.name} → ${out.names.join(', ')}`,
    create: stateQuery(input, query, out.names),
    steady: 'always',
    outputs: appended(place.node.outputs, out),
    made: [out],
    state: asked.state,
    query: { asks, input },
  }
}

/** Of the queries that come with Trident it is known what they ask for. */
const ASKS: ReadonlyMap<PerTask<QueryFunction>, Query['asks']> = new Map<PerTask<QueryFunction>, Query['asks']>([
  [MapGet, 'a key'],
  [SnapshotGet, 'the one value'],
  [TupleCollectionGet, 'all keys'],
])

/** What an updater writes. @throws UNKNOWN_FIELD, DUPLICATE_ID, NOT_AN_OPERATION */
export function persisted(
  place: Place,
  name: string,
  factory: StateFactory<any>,
  input: readonly string[],
  updater: PerTask<StateUpdater>,
  outputs: Fields,
): TridentState<any, any> {
  checkFields(place.node.outputs, input, 'partitionPersist')
  checkOperation(updater, 'function', 'partitionPersist')
  checkOutputs(outputs, 'partitionPersist')
  checkFactory(factory, name)
  const state = addState(place.graph, name, factory)
  const create = partitionPersist(input, updater, outputs.names)
  const label = `${name}: persist ${input.join(', ')}`
  return new TridentState(
    place.graph,
    state,
    addStep(place, { label, create, outputs, made: [outputs], state, commits: true }),
  )
}
