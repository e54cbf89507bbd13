/**
 * The words of Trident in YAML: where a stream comes from, what can be done with it, and what each operation is given.
 * Data and nothing else, so that the check of a file, the JSON Schema and the calls of the DSL follow from one table,
 * and reading it loads no store.
 */
import { BUILTINS } from '../builtin/index.ts'
import { type Role, ROLES as RULES } from '../operation/roles.ts'
import type { JointOperator, OperatorName, Repartitioning as Repartition } from '../program/operator.ts'
import { OPERATORS } from '../program/operators.ts'

/** What a value that the user has programmed is for, with the name of that. */
export const ROLES = Object.fromEntries(Object.entries(RULES).map(([role, { name }]) => [role, name])) as Readonly<
  Record<Role, string>
>

export type { Role } from '../operation/roles.ts'

/** Lists of maps, see `PARTS`. */
export type PartsKind = 'aggregators' | 'joined' | 'reduced'

/** What stands behind a key. */
export type Kind =
  | Role
  | PartsKind
  | 'text'
  | 'fields'
  | 'count'
  | 'load'
  | 'stream'
  | 'streams'
  | 'state'
  | 'stateFactory'
  | 'windowStore'
  | 'fileSink'
  | 'countPair'
  | 'duration'
  | 'durationPair'
  | 'joinType'
  | 'joinMode'

/** A key of an operation. */
export interface Key {
  readonly kind: Kind
  readonly doc: string
  readonly required?: true
}

/** The keys by name. */
export type Keys = Readonly<Record<string, Key>>

/** An operation, or a beginning of a stream. */
export interface Word {
  readonly doc: string
  /** What stands behind its name. */
  readonly value: Kind
  /** Another kind where `fields` are given. */
  readonly valueWithFields?: Kind
  readonly keys: Keys
}

const key = (kind: Kind, doc: string): Key => ({ kind, doc })
const required = (kind: Kind, doc: string): Key => ({ kind, doc, required: true })

const INPUT = key('fields', 'The fields that it sees; all of them unless given.')
const GROUP_BY = key('fields', 'Does it for each group of tuples with the same values of these fields.')
const PARALLELISM = key('count', 'In how many tasks it runs, back to the last change of partitions.')
const STATE = key('stateFactory', 'Where it is kept; in the embedded store unless given.')
const RESULTS = required('fields', 'Names of the fields that come out of it.')

/** Keys of every operation that is not a change of partitions. */
const COMMON = {
  name: key('text', 'Names the component that this becomes a part of.'),
  parallelism: PARALLELISM,
  cpuLoad: key('load', 'Percent of a core that it needs; those of a component are added up.'),
  memoryLoad: key('load', 'MB that it needs; those of a component are added up.'),
} as const

const AGGREGATION = {
  aggregator: required(OPERATORS.aggregate.role, 'Combiner, reducer or aggregator.'),
  input: INPUT,
  fields: RESULTS,
} as const

/** Operators that a map names by its key. */
export const OPERATIONS = {
  each: {
    doc: OPERATORS.each.doc,
    value: OPERATORS.filter.role,
    valueWithFields: OPERATORS.each.role,
    keys: { input: INPUT, fields: key('fields', 'Fields that the function appends.'), ...COMMON },
  },
  filter: { doc: OPERATORS.filter.doc, value: OPERATORS.filter.role, keys: { input: INPUT, ...COMMON } },
  map: {
    doc: OPERATORS.map.doc,
    value: OPERATORS.map.role,
    keys: { fields: key('fields', 'Its fields; as before unless given.'), ...COMMON },
  },
  flatMap: {
    doc: OPERATORS.flatMap.doc,
    value: OPERATORS.flatMap.role,
    keys: { fields: key('fields', 'Their fields; as before unless given.'), ...COMMON },
  },
  peek: { doc: OPERATORS.peek.doc, value: OPERATORS.peek.role, keys: COMMON },
  project: { doc: OPERATORS.project.doc, value: 'fields', keys: COMMON },
  partitionAggregate: {
    doc: OPERATORS.partitionAggregate.doc,
    value: OPERATORS.partitionAggregate.role,
    keys: { input: INPUT, fields: RESULTS, ...COMMON },
  },
  aggregate: {
    doc: OPERATORS.aggregate.doc,
    value: OPERATORS.aggregate.role,
    keys: { groupBy: GROUP_BY, input: INPUT, fields: RESULTS, ...COMMON },
  },
  chainedAgg: {
    doc: OPERATORS.chainedAgg.doc,
    value: 'aggregators',
    keys: { groupBy: GROUP_BY, ...COMMON },
  },
  min: { doc: OPERATORS.min.doc, value: OPERATORS.min.role, keys: COMMON },
  max: { doc: OPERATORS.max.doc, value: OPERATORS.max.role, keys: COMMON },
  minBy: {
    doc: OPERATORS.minBy.doc,
    value: 'text',
    keys: { comparator: key(OPERATORS.minBy.role, 'Of two values; their natural order unless given.'), ...COMMON },
  },
  maxBy: {
    doc: OPERATORS.maxBy.doc,
    value: 'text',
    keys: { comparator: key(OPERATORS.maxBy.role, 'Of two values; their natural order unless given.'), ...COMMON },
  },
  persistentAggregate: {
    doc: OPERATORS.persistentAggregate.doc,
    value: 'text',
    keys: {
      groupBy: GROUP_BY,
      state: STATE,
      aggregator: required(OPERATORS.persistentAggregate.role, 'Combiner or reducer.'),
      input: INPUT,
      fields: required('fields', 'Name of the value, for those who go on with newValuesOf.'),
      ...COMMON,
    },
  },
  partitionPersist: {
    doc: OPERATORS.partitionPersist.doc,
    value: 'text',
    keys: {
      state: key('stateFactory', 'The state; goes with updater.'),
      updater: key(OPERATORS.partitionPersist.role, 'Writes tuples into the state.'),
      fileSink: key('fileSink', 'A file that the tuples are appended to; in place of state and updater.'),
      input: INPUT,
      fields: key('fields', 'What the updater emits; nothing unless given.'),
      ...COMMON,
    },
  },
  stateQuery: {
    doc: OPERATORS.stateQuery.doc,
    value: 'state',
    keys: {
      groupBy: key('fields', 'Sends each tuple to the partition of its group first; a map is asked by these fields.'),
      query: required(OPERATORS.stateQuery.role, 'What is asked.'),
      input: key('fields', 'Fields that are asked by; those of groupBy, or else all, unless given.'),
      fields: required('fields', 'Names of what is appended.'),
      ...COMMON,
    },
  },
  window: {
    doc: OPERATORS.window.doc,
    value: 'text',
    keys: {
      tumblingCount: key('count', 'Each so many tuples.'),
      slidingCount: key('countPair', '[length, slide]: after each slide tuples, the last length ones.'),
      tumblingDuration: key('duration', 'The tuples of each such time: 10s, 1m.'),
      slidingDuration: key('durationPair', '[length, slide]: after each slide, the tuples of the time before it.'),
      groupBy: GROUP_BY,
      ...AGGREGATION,
      store: key('windowStore', 'Where tuples are kept until their windows are over; the embedded store unless given.'),
      ...COMMON,
    },
  },
  partitionBy: { doc: OPERATORS.partitionBy.doc, value: 'fields', keys: {} },
  partition: { doc: OPERATORS.partition.doc, value: 'customGrouping', keys: {} },
} as const satisfies Record<Exclude<OperatorName, JointOperator['op'] | Repartitioning>, Word>

/** Name of one of them. */
export type OperationName = keyof typeof OPERATIONS

/** Changes of partitions that stand alone, as a text, and what each does. */
export const REPARTITIONINGS: Readonly<Record<Repartitioning, string>> = {
  shuffle: OPERATORS.shuffle.doc,
  localOrShuffle: OPERATORS.localOrShuffle.doc,
  broadcast: OPERATORS.broadcast.doc,
  global: OPERATORS.global.doc,
  batchGlobal: OPERATORS.batchGlobal.doc,
  identityPartition: OPERATORS.identityPartition.doc,
}

/** Name of one of them. */
export type Repartitioning = Exclude<Repartition['op'], 'partitionBy' | 'partition'>

const STREAM = key('text', 'Name of the stream at the end of its list, for others.')
const OUTPUT = key('fields', 'Names of the output; those of the streams unless given.')

/**
 * Where a stream comes from; each entry of the section has one of these keys. `do` goes with all but a static state.
 */
export const SOURCES = {
  spout: {
    doc: 'Batches of a spout: of Trident, or any of the core.',
    value: 'spout',
    keys: {
      stream: required('text', 'Name of the stream. How far the spout has got is kept under it, so keep it too.'),
      parallelism: PARALLELISM,
    },
  },
  drpc: {
    doc: 'Requests of this DRPC function: tuples of one field, args. What the stream ends with goes back to who asked.',
    value: 'text',
    keys: { stream: STREAM, parallelism: PARALLELISM },
  },
  from: { doc: 'Goes on from the end of another stream.', value: 'stream', keys: { stream: STREAM } },
  newValuesOf: { doc: 'What each commit writes into this state.', value: 'state', keys: { stream: STREAM } },
  merge: {
    doc: OPERATORS.merge.doc,
    value: 'streams',
    keys: { stream: STREAM, parallelism: PARALLELISM },
  },
  join: {
    doc: OPERATORS.join.doc,
    value: 'joined',
    keys: {
      stream: STREAM,
      fields: OUTPUT,
      mode: key('joinMode', 'compact: the join fields once; preserve: those of each stream.'),
      parallelism: PARALLELISM,
    },
  },
  multiReduce: {
    doc: OPERATORS.multiReduce.doc,
    value: 'reduced',
    keys: {
      stream: STREAM,
      reducer: required(OPERATORS.multiReduce.role, 'What reduces them.'),
      fields: RESULTS,
      parallelism: PARALLELISM,
    },
  },
  staticState: {
    doc: 'A state of this name that is asked, and not written here.',
    value: 'text',
    keys: { state: required('stateFactory', 'Where it is kept.'), parallelism: key('count', 'In how many tasks.') },
  },
} as const satisfies Record<string, Word>

/** Name of one of them. */
export type SourceName = keyof typeof SOURCES

/** The lists of maps, by the keys of an item. */
export const PARTS: Readonly<Record<PartsKind, Keys>> = {
  aggregators: AGGREGATION,
  joined: {
    stream: required('stream', 'A stream.'),
    on: required('fields', 'The fields that it is joined by; the same number for each stream.'),
    type: key('joinType', 'outer: it may lack a tuple, its fields are null then.'),
  },
  reduced: {
    stream: required('stream', 'A stream.'),
    input: INPUT,
    groupBy: key('fields', 'Reduces group by group; for all streams or none.'),
  },
}

/** States that come with Typhoon. */
export const STATES = ['embedded', 'memory', 'redis'] as const

/** Where windows can be kept. */
export const WINDOW_STORES = ['embedded', 'memory'] as const

/** Which kind of built-in operation fits a role. */
const BUILTIN_KINDS: Partial<Record<Role, 'filter' | 'aggregator' | 'query'>> = {
  filter: 'filter',
  aggregator: 'aggregator',
  accumulator: 'aggregator',
  query: 'query',
}

/** Built-in operations for a role. */
export function builtinsFor(role: Role): readonly (keyof typeof BUILTINS)[] {
  const names = Object.keys(BUILTINS) as (keyof typeof BUILTINS)[]
  return names.filter((name) => BUILTINS[name].kind === BUILTIN_KINDS[role] && !isUnfit(name, role))
}

/** Which arguments of a built-in operation are filters themselves. */
export function filterArguments(name: string): readonly boolean[] {
  const builtin = Object.hasOwn(BUILTINS, name) ? BUILTINS[name as keyof typeof BUILTINS] : undefined
  return (builtin?.args ?? []).map(({ type }) => type === 'filter')
}

/** What lasts over all batches is a combiner or a reducer. */
function isUnfit(name: keyof typeof BUILTINS, role: Role): boolean {
  return role === 'accumulator' && (name === 'FirstN' || name === 'MinBy' || name === 'MaxBy')
}
