/**
 * The words of Trident in YAML: where a stream comes from, what can be done with it, and what each operation is given.
 * Data and nothing else, so that the check of a file, the JSON Schema and the calls of the DSL follow from one table,
 * and reading it loads no store.
 */
import { BUILTINS } from '../builtin/index.ts'

/** What a value that the user has programmed is for, with the name of that. */
export const ROLES = {
  function: 'function',
  filter: 'filter',
  mapper: 'function',
  flatMapper: 'function',
  consumer: 'function',
  tupleComparator: 'comparator',
  comparator: 'comparator',
  aggregator: 'aggregator',
  accumulator: 'combiner or reducer',
  updater: 'updater',
  query: 'query',
  multiReducer: 'multi-reducer',
  customGrouping: 'grouping',
  spout: 'spout',
} as const

/** One of them. */
export type Role = keyof typeof ROLES

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

/** By name. */
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
  aggregator: required('aggregator', 'Combiner, reducer or aggregator.'),
  input: INPUT,
  fields: RESULTS,
} as const

/** Operations that a map names by its key. */
export const OPERATIONS = {
  each: {
    doc: 'Without fields: keeps the tuples that pass the filter. With fields: appends them to each tuple, as often as the function emits.',
    value: 'filter',
    valueWithFields: 'function',
    keys: { input: INPUT, fields: key('fields', 'Fields that the function appends.'), ...COMMON },
  },
  filter: { doc: 'Keeps the tuples that pass the filter.', value: 'filter', keys: { input: INPUT, ...COMMON } },
  map: {
    doc: 'One tuple for each.',
    value: 'mapper',
    keys: { fields: key('fields', 'Its fields; as before unless given.'), ...COMMON },
  },
  flatMap: {
    doc: 'Any number of tuples for each.',
    value: 'flatMapper',
    keys: { fields: key('fields', 'Their fields; as before unless given.'), ...COMMON },
  },
  peek: { doc: 'Looks at each tuple.', value: 'consumer', keys: COMMON },
  project: { doc: 'Keeps these fields alone.', value: 'fields', keys: COMMON },
  partitionAggregate: {
    doc: 'Aggregates what each partition has of a batch.',
    value: 'aggregator',
    keys: { input: INPUT, fields: RESULTS, ...COMMON },
  },
  aggregate: {
    doc: 'Aggregates each batch, or each group of it.',
    value: 'aggregator',
    keys: { groupBy: GROUP_BY, input: INPUT, fields: RESULTS, ...COMMON },
  },
  chainedAgg: {
    doc: 'Several aggregators over the same tuples, their results side by side.',
    value: 'aggregators',
    keys: { groupBy: GROUP_BY, ...COMMON },
  },
  min: { doc: 'The least tuple of each batch.', value: 'tupleComparator', keys: COMMON },
  max: { doc: 'The greatest tuple of each batch.', value: 'tupleComparator', keys: COMMON },
  minBy: {
    doc: 'The tuple with the least value of a field, in each batch.',
    value: 'text',
    keys: { comparator: key('comparator', 'Of two values; their natural order unless given.'), ...COMMON },
  },
  maxBy: {
    doc: 'The tuple with the greatest value of a field, in each batch.',
    value: 'text',
    keys: { comparator: key('comparator', 'Of two values; their natural order unless given.'), ...COMMON },
  },
  persistentAggregate: {
    doc: 'Aggregates over all batches, into a state of this name: a map with groupBy, one value without. It ends the stream; newValuesOf goes on.',
    value: 'text',
    keys: {
      groupBy: GROUP_BY,
      state: STATE,
      aggregator: required('accumulator', 'Combiner or reducer.'),
      input: INPUT,
      fields: required('fields', 'Name of the value, for those who go on with newValuesOf.'),
      ...COMMON,
    },
  },
  partitionPersist: {
    doc: 'Writes the tuples of each batch into a state of this name, at its commit. It ends the stream; newValuesOf goes on.',
    value: 'text',
    keys: {
      state: key('stateFactory', 'The state; goes with updater.'),
      updater: key('updater', 'Writes tuples into the state.'),
      fileSink: key('fileSink', 'A file that the tuples are appended to; in place of state and updater.'),
      input: INPUT,
      fields: key('fields', 'What the updater emits; nothing unless given.'),
      ...COMMON,
    },
  },
  stateQuery: {
    doc: 'Asks the state of this name for each tuple, and appends what it answers.',
    value: 'state',
    keys: {
      groupBy: key('fields', 'Sends each tuple to the partition of its group first; a map is asked by these fields.'),
      query: required('query', 'What is asked.'),
      input: key('fields', 'Fields that are asked by; those of groupBy, or else all, unless given.'),
      fields: required('fields', 'Names of what is appended.'),
      ...COMMON,
    },
  },
  window: {
    doc: 'Aggregates windows over each partition, or group, kept under this name. Give its length by one of the four keys.',
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
  partitionBy: { doc: 'The same values of these fields to the same partition.', value: 'fields', keys: {} },
  partition: { doc: 'To partitions as this custom grouping chooses.', value: 'customGrouping', keys: {} },
} as const satisfies Record<string, Word>

/** Name of one of them. */
export type OperationName = keyof typeof OPERATIONS

/** Operations that stand alone, as a text. */
export const REPARTITIONINGS = {
  shuffle: 'evenly over the partitions of what comes next',
  localOrShuffle: 'to partitions in the same worker, or else as shuffle',
  broadcast: 'to all partitions',
  global: 'all to the first partition',
  batchGlobal: 'each batch to one partition',
  identityPartition: 'to the partition of the same number',
} as const

/** Name of one of them. */
export type Repartitioning = keyof typeof REPARTITIONINGS

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
    doc: 'All tuples of these streams, which have the same fields.',
    value: 'streams',
    keys: { stream: STREAM, parallelism: PARALLELISM },
  },
  join: {
    doc: 'Joins streams, within each batch.',
    value: 'joined',
    keys: {
      stream: STREAM,
      fields: OUTPUT,
      mode: key('joinMode', 'compact: the join fields once; preserve: those of each stream.'),
      parallelism: PARALLELISM,
    },
  },
  multiReduce: {
    doc: 'Reduces several streams into one, within each batch.',
    value: 'reduced',
    keys: {
      stream: STREAM,
      reducer: required('multiReducer', 'What reduces them.'),
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

/** Spouts of Trident that come with Typhoon. */
export const SPOUTS = ['PartitionedFileSpout', 'DirectorySpout', 'FixedBatchSpout'] as const

/** States that come with Typhoon. */
export const STATES = ['embedded', 'memory', 'redis'] as const

/** Where windows can be kept. */
export const WINDOW_STORES = ['embedded', 'memory'] as const

/** Which kind of built-in operation fits a role. */
export const BUILTIN_KINDS: Partial<Record<Role, 'filter' | 'aggregator' | 'query'>> = {
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
