/**
 * The table of operators: what each does, what it is given, and whether tuples leave their partitions. Streams in
 * TypeScript check by it what they are given, and YAML has its words from it: a further operator is a row here, its
 * type in `operator.ts`, and a method of a stream.
 */
import type { Role } from '../operation/roles.ts'
import type { JointOperator, Operator, OperatorName, Repartitioning } from './operator.ts'
import {
  type Arguments,
  FUNCTION,
  GROUP_BY,
  INPUT,
  type Key,
  type Keys,
  type Kind,
  key,
  NAME,
  PARTS,
  RESULTS,
  required,
} from './operator-arguments.ts'

/** What is known of any operator. */
export interface OperatorRow {
  /** The description for users. */
  readonly doc: string
  /** What is made of tuples comes to other partitions. */
  readonly moves?: true
  /** Tuples come to other partitions, and nothing is made of them. */
  readonly repartitions?: true
  /** The fields that come out of it stand behind those of the stream. */
  readonly appends?: true
  /** What lasts over all batches, under its name. A state ends the stream, and can be asked. */
  readonly keeps?: 'state' | 'window'
}

/** An operator that is given something. */
export type WordRow = OperatorRow & Arguments

/** The operators that are a mere word: changes of partitions that are given nothing. */
export type BareRepartitioning = Exclude<Repartitioning['op'], 'partitionBy' | 'partition'>

const fn = (role: Role): Arguments['value'] => ({ kind: role, ...FUNCTION })
const PARTED: Key = key('fields', 'Its fields; as before unless given.', { unless: 'all' })
const COMPARED: Keys = { comparator: key('comparator', 'Of two values; their natural order unless given.', FUNCTION) }
const together = (kind: Kind, doc: string): Key => key(kind, doc, { as: null })
const STATE = 'Where it is kept; in the embedded store unless given.'

/** Those that are given something, by name. */
export const WORDS = {
  each: {
    doc: 'Without fields: keeps the tuples that pass the filter. With fields: appends them to each tuple, as often as the function emits.',
    value: { ...fn('filter'), withFields: 'function' },
    keys: { input: INPUT, fields: key('fields', 'Fields that the function appends.') },
    appends: true,
  },
  filter: { doc: 'Keeps the tuples that pass the filter.', value: fn('filter'), keys: { input: INPUT } },
  map: { doc: 'One tuple for each.', value: fn('mapper'), keys: { fields: PARTED } },
  flatMap: {
    doc: 'Any number of tuples for each.',
    value: fn('flatMapper'),
    keys: { fields: { ...PARTED, doc: 'Their fields; as before unless given.' } },
  },
  peek: { doc: 'Looks at each tuple.', value: fn('consumer'), keys: {} },
  project: { doc: 'Keeps these fields alone.', value: { kind: 'fields', as: 'input' }, keys: {} },
  partitionAggregate: {
    doc: 'Aggregates what each partition has of a batch.',
    value: fn('aggregator'),
    keys: { input: INPUT, fields: RESULTS },
  },
  aggregate: {
    doc: 'Aggregates each batch, or each group of it.',
    value: fn('aggregator'),
    keys: { groupBy: GROUP_BY, input: INPUT, fields: RESULTS },
    moves: true,
  },
  chainedAgg: {
    doc: 'Several aggregators over the same tuples, their results side by side.',
    value: { kind: 'aggregators', as: 'aggregations' },
    keys: { groupBy: GROUP_BY },
    moves: true,
  },
  min: { doc: 'The least tuple of each batch.', value: fn('tupleComparator'), keys: {}, moves: true },
  max: { doc: 'The greatest tuple of each batch.', value: fn('tupleComparator'), keys: {}, moves: true },
  minBy: {
    doc: 'The tuple with the least value of a field, in each batch.',
    value: { kind: 'text', as: 'input' },
    keys: COMPARED,
    moves: true,
  },
  maxBy: {
    doc: 'The tuple with the greatest value of a field, in each batch.',
    value: { kind: 'text', as: 'input' },
    keys: COMPARED,
    moves: true,
  },
  persistentAggregate: {
    doc: 'Aggregates over all batches, into a state of this name: a map with groupBy, one value without. It ends the stream; newValuesOf goes on.',
    value: NAME,
    keys: {
      groupBy: GROUP_BY,
      state: key('stateFactory', STATE, { unless: 'embedded' }),
      aggregator: required('accumulator', 'Combiner or reducer.', FUNCTION),
      input: INPUT,
      fields: required('fields', 'Name of the value, for those who go on with newValuesOf.'),
    },
    moves: true,
    keeps: 'state',
  },
  partitionPersist: {
    doc: 'Writes the tuples of each batch into a state of this name, at its commit. It ends the stream; newValuesOf goes on.',
    value: NAME,
    keys: {
      state: key('stateFactory', 'The state; goes with updater.'),
      updater: key('updater', 'Writes tuples into the state.', FUNCTION),
      fileSink: together('fileSink', 'A file that the tuples are appended to; in place of state and updater.'),
      input: INPUT,
      fields: key('fields', 'What the updater emits; nothing unless given.', { unless: 'none' }),
    },
    keeps: 'state',
  },
  stateQuery: {
    doc: 'Asks the state of this name for each tuple, and appends what it answers.',
    value: { kind: 'state', as: 'state' },
    keys: {
      groupBy: key('fields', 'Sends each tuple to the partition of its group first; a map is asked by these fields.'),
      query: required('query', 'What is asked.', FUNCTION),
      input: key('fields', 'Fields that are asked by; those of groupBy, or else all, unless given.', {
        unless: 'groups',
      }),
      fields: required('fields', 'Names of what is appended.'),
    },
    appends: true,
  },
  window: {
    doc: 'Aggregates windows over each partition, or group, kept under this name. Give its length by one of the four keys.',
    value: NAME,
    keys: {
      tumblingCount: together('count', 'Each so many tuples.'),
      slidingCount: together('countPair', '[length, slide]: after each slide tuples, the last length ones.'),
      tumblingDuration: together('duration', 'The tuples of each such time: 10s, 1m.'),
      slidingDuration: together('durationPair', '[length, slide]: after each slide, the tuples of the time before it.'),
      groupBy: GROUP_BY,
      ...PARTS.aggregators,
      store: key('windowStore', 'Where tuples are kept until their windows are over; the embedded store unless given.'),
    },
    keeps: 'window',
  },
  partitionBy: {
    doc: 'The same values of these fields to the same partition.',
    value: { kind: 'fields', as: 'input' },
    keys: {},
    repartitions: true,
  },
  partition: {
    doc: 'To partitions as this custom grouping chooses.',
    value: fn('customGrouping'),
    keys: {},
    repartitions: true,
  },
} as const satisfies Readonly<Record<Exclude<OperatorName, JointOperator['op'] | BareRepartitioning>, WordRow>>

/** Those that make one stream of several. In a file a stream begins with them. */
export const JOINTS = {
  merge: { doc: 'All tuples of these streams, which have the same fields.', value: { kind: 'streams' }, keys: {} },
  join: {
    doc: 'Joins streams, within each batch.',
    value: { kind: 'joined' },
    keys: {
      fields: key('fields', 'Names of the output; those of the streams unless given.'),
      mode: key('joinMode', 'compact: the join fields once; preserve: those of each stream.'),
    },
    moves: true,
  },
  multiReduce: {
    doc: 'Reduces several streams into one, within each batch.',
    value: { kind: 'reduced' },
    keys: { reducer: required('multiReducer', 'What reduces them.', FUNCTION), fields: RESULTS },
  },
} as const satisfies Readonly<Record<JointOperator['op'], WordRow>>

/** Changes of partitions that are a mere word, and what each does. */
export const REPARTITIONINGS = {
  shuffle: { doc: 'evenly over the partitions of what comes next', repartitions: true },
  localOrShuffle: { doc: 'to partitions in the same worker, or else as shuffle', repartitions: true },
  broadcast: { doc: 'to all partitions', repartitions: true },
  global: { doc: 'all to the first partition', repartitions: true },
  batchGlobal: { doc: 'each batch to one partition', repartitions: true },
  identityPartition: { doc: 'to the partition of the same number', repartitions: true },
} as const satisfies Readonly<Record<BareRepartitioning, OperatorRow>>

const OPERATORS: Readonly<Record<OperatorName, OperatorRow & Partial<Arguments>>> = {
  ...WORDS,
  ...JOINTS,
  ...REPARTITIONINGS,
}

/** Whether it is a change of partitions and nothing else. */
export function isRepartitioning({ op }: Operator): boolean {
  return OPERATORS[op].repartitions === true
}

/** Whether tuples, or what is made of them, leave their partitions. */
export function moves(operator: Operator): boolean {
  const isGrouped = 'groupBy' in operator && operator.groupBy !== undefined
  return OPERATORS[operator.op].moves === true || isRepartitioning(operator) || isGrouped
}

/** What the function of an operator is for; undefined where it has none, or one that nothing can be said of. */
export function roleOf(operator: Operator): Role | undefined {
  const { value, keys = {}, repartitions } = OPERATORS[operator.op]
  if (value === undefined || repartitions === true) return undefined
  if (value.withFields !== undefined && 'fields' in operator && operator.fields !== undefined) return value.withFields
  const given = [value, ...Object.values(keys)].find(({ as }) => as === FUNCTION.as)
  return given?.kind as Role | undefined
}
