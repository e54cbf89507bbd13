/**
 * The words of `vocabulary.ts` as operators, which are those of the DSL: each key becomes the field that the table of
 * operators says. The values are ready: functions are functions, streams are streams; what is required is there. All
 * that can be wrong is what a stream itself finds.
 */
import type { UserPlace } from '../../errors/user-places.ts'
import { Fields, TyphoonError } from '../../index.ts'
import type { Operator } from '../program/operator.ts'
import type { Argument, Kind, Unless } from '../program/operator-arguments.ts'
import { WORDS } from '../program/operators.ts'
import { embeddedMap } from '../state/factories.ts'
import { fileSink } from '../state/file-state.ts'
import type { Stream } from '../stream/stream.ts'
import { TridentState } from '../stream/trident-state.ts'
import type { TridentTopology } from '../stream/trident-topology.ts'
import { windowOf } from './stores.ts'
import { OPERATIONS, type OperationName, PARTS, type Repartitioning, type SourceName } from './vocabulary.ts'

/** Values by their keys. */
export type Values = Readonly<Record<string, any>>

/** What is meant where a key is left out. */
const UNLESS: Readonly<Record<Unless, (given: Values, all: readonly string[]) => unknown>> = {
  all: (_, all) => all,
  none: () => [],
  groups: ({ groupBy }, all) => groupBy ?? all,
  embedded: () => embeddedMap(),
}

/** Fields that follow from several keys. */
const TOGETHER: { readonly [Name in OperationName]?: (keys: Values) => object } = {
  partitionPersist: persistence,
  window: (keys) => ({ window: windowOf(keys) }),
}

/** An operator, of what stands behind its word and its keys. @param all the fields of the stream */
function operatorOf(name: OperationName, value: unknown, keys: Values, all: readonly string[]): Operator {
  const row = OPERATIONS[name]
  const fields = {
    ...fieldsOf({ [name]: row.value }, { [name]: value }, all),
    ...fieldsOf(WORDS[name].keys, keys, all),
  }
  return { op: name, ...fields, ...TOGETHER[name]?.(keys) } as Operator
}

function fieldsOf(table: Readonly<Record<string, Argument>>, given: Values, all: readonly string[]): object {
  const fields = Object.entries(table).map(([key, { kind, as = key, unless }]) => {
    const value = given[key] ?? (unless && UNLESS[unless](given, all))
    return as === null ? [] : [[as, value === undefined ? undefined : fieldOf(as, kind, value, all)]]
  })
  return Object.fromEntries(fields.flat())
}

/** A value as a field of an operator has it. */
function fieldOf(field: string, kind: Kind, value: any, all: readonly string[]): unknown {
  switch (field) {
    case 'fields':
      return new Fields(value)
    case 'input':
      return [value].flat()
    case 'aggregations':
      return value.map((part: Values) => fieldsOf(PARTS.aggregators, part, all))
    default:
      return kind === 'state' ? value.state : value
  }
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
  const operator = operatorOf(name, value, keys, stream.fields.names)
  const done = OPERATIONS[name].keeps === 'state' ? from.into(operator) : from.after(operator)
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
  const { value, appends } = OPERATIONS[name]
  if (value.kind === 'aggregators') return undefined
  const { fields, groupBy = [] } = keys
  // Fields that are misspelled in project or filter are there, under another name.
  if (fields === undefined) return stream
  const before = appends === true ? stream.fields.names : groupBy
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
    const operator = { op: 'multiReduce', function: reducer, inputs, fields: new Fields(fields) } as const
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

function persistence({ state, updater, fileSink: sink }: Values): object {
  if (sink === undefined && state !== undefined && updater !== undefined) return {}
  if (sink !== undefined && state === undefined && updater === undefined) {
    const { path, ...options } = typeof sink === 'string' ? { path: sink } : sink
    const { state: file, updater: append } = fileSink(path, options)
    return { state: file, function: append }
  }
  throw new TyphoonError('BAD_ARGUMENT', 'partitionPersist needs a state and an updater, or a fileSink', {
    hint: 'state: …, updater: ./module.ts#update; or fileSink: out.jsonl',
  })
}
