/**
 * The words of `vocabulary.ts` as operators, which are those of the DSL. The values are ready: functions are functions,
 * streams are streams; what is required is there. All that can be wrong is what a stream itself finds.
 */
import type { UserPlace } from '../../errors/user-places.ts'
import { Fields, TyphoonError } from '../../index.ts'
import type { Aggregation, Operator, OperatorOf } from '../program/operator.ts'
import { embeddedMap } from '../state/factories.ts'
import { fileSink } from '../state/file-state.ts'
import { type Stream, TridentState } from '../stream/stream.ts'
import type { TridentTopology } from '../stream/trident-topology.ts'
import { windowOf } from './stores.ts'
import type { OperationName, Repartitioning, SourceName } from './vocabulary.ts'

/** Values by their keys. */
export type Values = Readonly<Record<string, any>>

/** What stands behind a word and its keys, as the operator of that name. `all` are the fields of the stream. */
type Word<Name extends OperationName> = (value: any, keys: any, all: readonly string[]) => OperatorOf<Name>

const named = (fields: readonly string[]): Fields => new Fields(fields)
const aggregation = ({ aggregator, input, fields }: any, all: readonly string[]): Aggregation => ({
  function: aggregator,
  input: input ?? all,
  fields: named(fields),
})

const OPERATIONS: { readonly [Name in OperationName]: Word<Name> } = {
  each: (fn, { input, fields }, all) => ({
    op: 'each',
    function: fn,
    input: input ?? all,
    ...(fields === undefined ? {} : { fields: named(fields) }),
  }),
  filter: (filter, { input }, all) => ({ op: 'filter', function: filter, input: input ?? all }),
  map: (fn, { fields }, all) => ({ op: 'map', function: fn, fields: named(fields ?? all) }),
  flatMap: (fn, { fields }, all) => ({ op: 'flatMap', function: fn, fields: named(fields ?? all) }),
  peek: (consumer) => ({ op: 'peek', function: consumer }),
  project: (fields) => ({ op: 'project', input: fields }),
  partitionAggregate: (aggregator, keys, all) => ({
    op: 'partitionAggregate',
    ...aggregation({ aggregator, ...keys }, all),
  }),
  aggregate: (aggregator, { groupBy, ...keys }, all) => ({
    op: 'aggregate',
    groupBy,
    ...aggregation({ aggregator, ...keys }, all),
  }),
  chainedAgg: (parts: readonly Values[], { groupBy }, all) => ({
    op: 'chainedAgg',
    groupBy,
    aggregations: parts.map((part) => aggregation(part, all)),
  }),
  min: (comparator) => ({ op: 'min', function: comparator }),
  max: (comparator) => ({ op: 'max', function: comparator }),
  minBy: (field, { comparator }) => ({ op: 'minBy', input: [field], function: comparator }),
  maxBy: (field, { comparator }) => ({ op: 'maxBy', input: [field], function: comparator }),
  persistentAggregate: (name, { groupBy, state = embeddedMap(), ...keys }, all) => ({
    op: 'persistentAggregate',
    name,
    state,
    groupBy,
    ...(aggregation(keys, all) as Aggregation & { readonly function: any }),
  }),
  partitionPersist(name, { input, fields, ...keys }, all) {
    const { state, updater } = persistence(keys)
    const seen = { input: input ?? all, fields: named(fields ?? []) }
    return { op: 'partitionPersist', name, state, function: updater, ...seen }
  },
  stateQuery: (state: TridentState, { groupBy, query, input, fields }, all) => ({
    op: 'stateQuery',
    state: state.state,
    function: query,
    input: input ?? groupBy ?? all,
    fields: named(fields),
    groupBy,
  }),
  window: (name, { groupBy, store, ...keys }, all) => ({
    op: 'window',
    name,
    window: windowOf(keys),
    groupBy,
    store,
    ...aggregation(keys, all),
  }),
  partitionBy: (fields) => ({ op: 'partitionBy', input: fields }),
  partition: (grouping) => ({ op: 'partition', function: grouping }),
}

/** Does one operation, with the keys that all of them have. @param place where it is declared @throws TyphoonError */
export function operate(
  stream: Stream,
  name: OperationName,
  value: unknown,
  keys: Values,
  place: UserPlace,
): Stream | TridentState {
  return stream.point.program.declaring(place, () => operated(stream, name, value, keys))
}

function operated(stream: Stream, name: OperationName, value: unknown, keys: Values): Stream | TridentState {
  const { name: label, parallelism, cpuLoad, memoryLoad } = keys
  const from = label === undefined ? stream : stream.name(label)
  const operator: Operator = OPERATIONS[name](value, keys, stream.fields.names)
  const writes = operator.op === 'persistentAggregate' || operator.op === 'partitionPersist'
  const done = writes ? from.into(operator) : from.after(operator)
  const operation = done instanceof TridentState ? done.newValuesStream() : done
  if (parallelism !== undefined) done.parallelismHint(parallelism)
  if (cpuLoad !== undefined) operation.setCPULoad(cpuLoad)
  if (memoryLoad !== undefined) operation.setMemoryLoad(memoryLoad)
  return done
}

/** Changes the partitions. */
export function repartition(stream: Stream, name: Repartitioning): Stream {
  return stream.after({ op: name })
}

/**
 * In place of an operation that was wrong, so that what stands behind it is looked at too; the topology is not built
 * then.
 * @returns undefined if its fields cannot be known
 */
export function standIn(stream: Stream, name: OperationName, keys: Values): Stream | undefined {
  if (name === 'chainedAgg') return undefined
  const { fields, groupBy = [] } = keys
  // Fields that are misspelled in project or filter are there, under another name.
  if (fields === undefined) return stream
  const before = name === 'each' || name === 'stateQuery' ? stream.fields.names : groupBy
  const names = [...new Set<string>([...before, ...fields])]
  return stream.map<any>(() => names, new Fields(names))
}

type Begin = (topology: TridentTopology, value: any, keys: any) => Stream | TridentState

const SOURCES: Readonly<Record<SourceName, Begin>> = {
  spout: (topology, create, { stream }) => topology.newStream(stream, create),
  drpc: (topology, name) => topology.newDRPCStream(name),
  from: (_, stream) => stream,
  newValuesOf: (_, state) => state.newValuesStream(),
  merge: (topology, streams) => topology.merge(...streams),
  join(topology, parts: readonly Values[], { fields, mode = 'compact' }) {
    const streams = parts.map(({ stream }): Stream => stream)
    const on = parts.map((part): readonly string[] => part['on'])
    const types = parts.map(({ type = 'inner' }) => type)
    return topology.behind(streams, { op: 'join', on, types, mode, names: fields })
  },
  multiReduce(topology, parts: readonly Values[], { reducer, fields }) {
    const grouped = parts.filter(({ groupBy }) => groupBy !== undefined)
    if (grouped.length > 0 && grouped.length < parts.length)
      throw new TyphoonError('STREAMS_DIFFER', 'some streams of a multiReduce have groupBy, and others have not', {
        hint: 'group all of them, or none',
      })
    const streams = parts.map(({ stream }): Stream => stream)
    const inputs = parts.map(({ stream, input }) => input ?? stream.fields.names)
    const operator = { op: 'multiReduce', function: reducer, inputs, fields: named(fields) } as const
    if (grouped.length === 0) return topology.behind(streams, operator)
    return topology.behind(streams, { ...operator, groups: parts.map(({ groupBy }) => groupBy) })
  },
  staticState: (topology, name, { state }) => topology.newStaticState(name, state) as unknown as TridentState,
}

/** Begins a stream, or a state. @param place where it is declared @throws TyphoonError */
export function begin(
  topology: TridentTopology,
  name: SourceName,
  value: unknown,
  keys: Values,
  place: UserPlace,
): Stream | TridentState {
  const begun = topology.program.declaring(place, () => SOURCES[name](topology, value, keys))
  return keys['parallelism'] === undefined ? begun : begun.parallelismHint(keys['parallelism'])
}

function persistence({ state, updater, fileSink: sink }: Values): { state: any; updater: any } {
  if (sink === undefined && state !== undefined && updater !== undefined) return { state, updater }
  if (sink !== undefined && state === undefined && updater === undefined) {
    const { path, ...options } = typeof sink === 'string' ? { path: sink } : sink
    return fileSink(path, options)
  }
  throw new TyphoonError('BAD_ARGUMENT', 'partitionPersist needs a state and an updater, or a fileSink', {
    hint: 'state: …, updater: ./module.ts#update; or fileSink: out.jsonl',
  })
}
