/**
 * The table of operators: what each does, what its function is for, and whether tuples leave their partitions. Streams
 * in TypeScript check by it what they are given, and YAML has its words from it.
 */
import type { Role } from '../operation/roles.ts'
import type { Operator, OperatorName } from './operator.ts'

interface Entry {
  /** The description for users. */
  readonly doc: string
  /** What its `function` is for. */
  readonly role?: Role
  /** What is made of tuples comes to other partitions. */
  readonly moves?: true
  /** Tuples come to other partitions, and nothing is made of them. */
  readonly repartitions?: true
}

/** The operators by name. */
export const OPERATORS = {
  each: {
    doc: 'Without fields: keeps the tuples that pass the filter. With fields: appends them to each tuple, as often as the function emits.',
    role: 'function',
  },
  filter: { doc: 'Keeps the tuples that pass the filter.', role: 'filter' },
  map: { doc: 'One tuple for each.', role: 'mapper' },
  flatMap: { doc: 'Any number of tuples for each.', role: 'flatMapper' },
  peek: { doc: 'Looks at each tuple.', role: 'consumer' },
  project: { doc: 'Keeps these fields alone.' },
  partitionAggregate: { doc: 'Aggregates what each partition has of a batch.', role: 'aggregator' },
  aggregate: { doc: 'Aggregates each batch, or each group of it.', role: 'aggregator', moves: true },
  chainedAgg: {
    doc: 'Several aggregators over the same tuples, their results side by side.',
    role: 'aggregator',
    moves: true,
  },
  min: { doc: 'The least tuple of each batch.', role: 'tupleComparator', moves: true },
  max: { doc: 'The greatest tuple of each batch.', role: 'tupleComparator', moves: true },
  minBy: { doc: 'The tuple with the least value of a field, in each batch.', role: 'comparator', moves: true },
  maxBy: { doc: 'The tuple with the greatest value of a field, in each batch.', role: 'comparator', moves: true },
  persistentAggregate: {
    doc: 'Aggregates over all batches, into a state of this name: a map with groupBy, one value without. It ends the stream; newValuesOf goes on.',
    role: 'accumulator',
    moves: true,
  },
  partitionPersist: {
    doc: 'Writes the tuples of each batch into a state of this name, at its commit. It ends the stream; newValuesOf goes on.',
    role: 'updater',
  },
  stateQuery: { doc: 'Asks the state of this name for each tuple, and appends what it answers.', role: 'query' },
  window: {
    doc: 'Aggregates windows over each partition, or group, kept under this name. Give its length by one of the four keys.',
    role: 'aggregator',
  },
  merge: { doc: 'All tuples of these streams, which have the same fields.' },
  join: { doc: 'Joins streams, within each batch.', moves: true },
  multiReduce: { doc: 'Reduces several streams into one, within each batch.', role: 'multiReducer' },
  partitionBy: { doc: 'The same values of these fields to the same partition.', repartitions: true },
  partition: { doc: 'To partitions as this custom grouping chooses.', repartitions: true },
  shuffle: { doc: 'evenly over the partitions of what comes next', repartitions: true },
  localOrShuffle: { doc: 'to partitions in the same worker, or else as shuffle', repartitions: true },
  broadcast: { doc: 'to all partitions', repartitions: true },
  global: { doc: 'all to the first partition', repartitions: true },
  batchGlobal: { doc: 'each batch to one partition', repartitions: true },
  identityPartition: { doc: 'to the partition of the same number', repartitions: true },
} as const satisfies Record<OperatorName, Entry>

/** Whether it is a change of partitions and nothing else. */
export function isRepartitioning({ op }: Operator): boolean {
  const { repartitions }: Entry = OPERATORS[op]
  return repartitions === true
}

/** Whether tuples, or what is made of them, leave their partitions. */
export function moves(operator: Operator): boolean {
  const { moves }: Entry = OPERATORS[operator.op]
  return moves === true || isRepartitioning(operator) || ('groupBy' in operator && operator.groupBy !== undefined)
}

/** What the function of an operator is for; undefined where it has none, or one that nothing can be said of. */
export function roleOf(operator: Operator): Role | undefined {
  if (operator.op === 'each' && operator.fields === undefined) return 'filter'
  const { role }: Entry = OPERATORS[operator.op]
  return role
}
