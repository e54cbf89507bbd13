/**
 * The words of `vocabulary.ts` as calls of the DSL. The values are ready: functions are functions, streams are streams;
 * what is required is there. All that can be wrong is what the DSL itself finds.
 */
import type { UserPlace } from '../../errors/user-places.ts'
import { Fields, TyphoonError } from '../../index.ts'
import { joinFields } from '../aggregate/join.ts'
import { embeddedMap } from '../state/factories.ts'
import { fileSink } from '../state/file-state.ts'
import type { Stream } from '../stream/stream.ts'
import { TridentState } from '../stream/trident-state.ts'
import type { TridentTopology } from '../stream/trident-topology.ts'
import { windowOf } from './stores.ts'
import type { OperationName, Repartitioning, SourceName } from './vocabulary.ts'

/** Values by their keys. */
export type Values = Readonly<Record<string, any>>

type Operate = (stream: Stream, value: any, keys: any) => Stream | TridentState

const seen = (stream: Stream, input: readonly string[] | undefined): readonly string[] => input ?? stream.fields.names
const named = (fields: readonly string[]): Fields => new Fields(fields)

const OPERATIONS: Readonly<Record<OperationName, Operate>> = {
  each: (stream, operation, { input, fields }) =>
    fields === undefined
      ? stream.each(seen(stream, input), operation)
      : stream.each(seen(stream, input), operation, named(fields)),
  filter: (stream, filter, { input }) => stream.filter(seen(stream, input), filter),
  map: (stream, fn, { fields }) => (fields === undefined ? stream.map(fn) : stream.map(fn, named(fields))),
  flatMap: (stream, fn, { fields }) => (fields === undefined ? stream.flatMap(fn) : stream.flatMap(fn, named(fields))),
  peek: (stream, consumer) => stream.peek(consumer),
  project: (stream, fields) => stream.project(fields),
  partitionAggregate: (stream, aggregator, { input, fields }) =>
    stream.partitionAggregate(seen(stream, input), aggregator, named(fields)),
  aggregate(stream, aggregator, { groupBy, input, fields }) {
    if (groupBy === undefined) return stream.aggregate(seen(stream, input), aggregator, named(fields))
    return stream.groupBy(groupBy).aggregate(seen(stream, input), aggregator, named(fields))
  },
  chainedAgg(stream, aggregators: readonly Values[], { groupBy }) {
    let chain = (groupBy === undefined ? stream : stream.groupBy(groupBy)).chainedAgg()
    for (const { aggregator, input, fields } of aggregators)
      chain = chain.aggregate(seen(stream, input), aggregator, named(fields))
    return chain.chainEnd()
  },
  min: (stream, comparator) => stream.min(comparator),
  max: (stream, comparator) => stream.max(comparator),
  minBy: (stream, field, { comparator }) => stream.minBy(field, comparator),
  maxBy: (stream, field, { comparator }) => stream.maxBy(field, comparator),
  persistentAggregate(stream, name, { groupBy, state = embeddedMap(), aggregator, input, fields }) {
    const from: Stream = groupBy === undefined ? stream : (stream.groupBy(groupBy) as unknown as Stream)
    return from.persistentAggregate(name, state, seen(stream, input), aggregator, named(fields))
  },
  partitionPersist(stream, name, keys) {
    const { state, updater } = persistence(keys)
    return stream.partitionPersist(name, state, seen(stream, keys.input), updater, named(keys.fields ?? []))
  },
  stateQuery(stream, state, { groupBy, query, input, fields }) {
    if (groupBy === undefined) return stream.stateQuery(state, seen(stream, input), query, named(fields))
    return stream.groupBy(groupBy).stateQuery(state, input ?? groupBy, query, named(fields))
  },
  window(stream, name, keys) {
    const { groupBy, input, aggregator, fields, store } = keys
    const from = groupBy === undefined ? stream : stream.groupBy(groupBy)
    return from.window(name, windowOf(keys), seen(stream, input), aggregator, named(fields), store)
  },
  partitionBy: (stream, fields) => stream.partitionBy(fields),
  partition: (stream, grouping) => stream.partition(grouping),
}

/** Does one operation, with the keys that all of them have. @param place where it is declared @throws TyphoonError */
export function operate(
  stream: Stream,
  name: OperationName,
  value: unknown,
  keys: Values,
  place: UserPlace,
): Stream | TridentState {
  return stream.place.graph.declaring(place, () => operated(stream, name, value, keys))
}

function operated(stream: Stream, name: OperationName, value: unknown, keys: Values): Stream | TridentState {
  const { name: label, parallelism, cpuLoad, memoryLoad } = keys
  const done = OPERATIONS[name](label === undefined ? stream : stream.name(label), value, keys)
  const operation = done instanceof TridentState ? done.newValuesStream() : done
  if (parallelism !== undefined) done.parallelismHint(parallelism)
  if (cpuLoad !== undefined) operation.setCPULoad(cpuLoad)
  if (memoryLoad !== undefined) operation.setMemoryLoad(memoryLoad)
  return done
}

/** Changes the partitions. */
export function repartition(stream: Stream, name: Repartitioning): Stream {
  return stream[name]()
}

/**
 * In place of an operation that was wrong, so that what stands behind it is looked at too; the topology is not built
 * then.
 * @returns undefined where nobody can tell which fields it would have
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
  join(topology, parts: readonly Values[], { fields, mode: outMode = 'compact' }) {
    const streams = parts.map(({ stream }): Stream => stream)
    const on = parts.map((part): readonly string[] => part['on'])
    const types = parts.map(({ type = 'inner' }) => type)
    const names = joinFields({
      streams: streams.map((stream) => stream.fields),
      joinFields: on,
      types,
      outMode,
      ...(fields === undefined ? {} : { outFields: fields }),
    })
    return topology.join(streams, on, named(names), { types, outMode })
  },
  multiReduce(topology, parts: readonly Values[], { reducer, fields }) {
    const grouped = parts.filter(({ groupBy }) => groupBy !== undefined)
    if (grouped.length > 0 && grouped.length < parts.length)
      throw new TyphoonError('STREAMS_DIFFER', 'some streams of a multiReduce have groupBy, and others have not', {
        hint: 'group all of them, or none',
      })
    const input = parts.map(({ stream, input }) => seen(stream, input))
    if (grouped.length === 0)
      return topology.multiReduce(
        input,
        parts.map(({ stream }): Stream => stream),
        reducer,
        named(fields),
      )
    const groups = parts.map(({ stream, groupBy }) => (stream as Stream).groupBy(groupBy))
    return topology.multiReduce(input, groups, reducer, named(fields))
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
  const begun = topology.graph.declaring(place, () => SOURCES[name](topology, value, keys))
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
