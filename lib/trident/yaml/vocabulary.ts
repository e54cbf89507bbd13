/**
 * The words of Trident in YAML: where a stream comes from, what can be done with it, and what each operation is given.
 * Data and nothing else, so that the check of a file, the JSON Schema and the calls of the DSL follow from one table,
 * and reading it loads no store. The operators are those of `program/operators.ts`.
 */
import { BUILTINS, type Builtin } from '../builtin/index.ts'
import { type Role, ROLES as RULES } from '../operation/roles.ts'
import { type Arguments, type Keys, key, required } from '../program/operator-arguments.ts'
import { type BareRepartitioning, JOINTS, WORDS, type WordRow } from '../program/operators.ts'

export type { Role } from '../operation/roles.ts'
export { type Key, type Keys, type Kind, PARTS, type PartsKind } from '../program/operator-arguments.ts'
export { REPARTITIONINGS } from '../program/operators.ts'

/** What a value that the user has programmed is for, with the name of that. */
export const ROLES = Object.fromEntries(Object.entries(RULES).map(([role, { name }]) => [role, name])) as Readonly<
  Record<Role, string>
>

/** An operation, or a beginning of a stream. */
export type Word = Arguments & { readonly doc: string }

const PARALLELISM = key('count', 'In how many tasks it runs, back to the last change of partitions.')

/** Keys of every operation that is not a change of partitions. */
const COMMON: Keys = {
  name: key('text', 'Names the component that this becomes a part of.'),
  parallelism: PARALLELISM,
  cpuLoad: key('load', 'Percent of a core that it needs; those of a component are added up.'),
  memoryLoad: key('load', 'MB that it needs; those of a component are added up.'),
}

/** Name of an operation that a map names by its key. */
export type OperationName = keyof typeof WORDS

/** The operations by name. */
export const OPERATIONS = Object.fromEntries(
  Object.entries<WordRow>(WORDS).map(([name, row]) => [
    name,
    row.repartitions === true ? row : { ...row, keys: { ...row.keys, ...COMMON } },
  ]),
) as Readonly<Record<OperationName, WordRow>>

/** Changes of partitions that stand alone, as a text. */
export type Repartitioning = BareRepartitioning

const STREAM = key('text', 'Name of the stream at the end of its list, for others.')

/**
 * Where a stream comes from; each entry of the section has one of these keys. `do` goes with all but a static state.
 */
export const SOURCES = {
  spout: {
    doc: 'Batches of a spout: of Trident, or any of the core.',
    value: { kind: 'spout' },
    keys: {
      stream: required('text', 'Name of the stream. How far the spout has got is kept under it, so keep it too.'),
      parallelism: PARALLELISM,
    },
  },
  drpc: {
    doc: 'Requests of this DRPC function: tuples of one field, args. What the stream ends with goes back to who asked.',
    value: { kind: 'text' },
    keys: { stream: STREAM, parallelism: PARALLELISM },
  },
  from: { doc: 'Goes on from the end of another stream.', value: { kind: 'stream' }, keys: { stream: STREAM } },
  newValuesOf: { doc: 'What each commit writes into this state.', value: { kind: 'state' }, keys: { stream: STREAM } },
  merge: joint('merge'),
  join: joint('join'),
  multiReduce: joint('multiReduce'),
  staticState: {
    doc: 'A state of this name that is asked, and not written here.',
    value: { kind: 'text' },
    keys: { state: required('stateFactory', 'Where it is kept.'), parallelism: key('count', 'In how many tasks.') },
  },
} as const satisfies Record<string, Word>

/** Name of one of them. */
export type SourceName = keyof typeof SOURCES

function joint(name: keyof typeof JOINTS): Word {
  const { doc, value, keys }: Word = JOINTS[name]
  return { doc, value, keys: { stream: STREAM, ...keys, parallelism: PARALLELISM } }
}

/** Words that make a state of the name behind them, or what is kept as one. */
export function keepsUnderName(word: string): 'state' | 'window' | undefined {
  if (word === 'staticState') return 'state'
  return Object.hasOwn(OPERATIONS, word) ? OPERATIONS[word as OperationName].keeps : undefined
}

/** States that come with Typhoon. */
export const STATES = ['embedded', 'memory', 'redis'] as const

/** Where windows can be kept. */
export const WINDOW_STORES = ['embedded', 'memory'] as const

/** Which kind of built-in operation fits a role. */
const BUILTIN_KINDS: Partial<Record<Role, Builtin['kind']>> = {
  filter: 'filter',
  aggregator: 'aggregator',
  accumulator: 'aggregator',
  query: 'query',
}

/** Built-in operations for a role. What lasts over all batches is a combiner or a reducer. */
export function builtinsFor(role: Role): readonly (keyof typeof BUILTINS)[] {
  return Object.entries<Builtin>(BUILTINS)
    .filter(([, { kind, accumulates }]) => kind === BUILTIN_KINDS[role] && (role !== 'accumulator' || accumulates))
    .map(([name]) => name as keyof typeof BUILTINS)
}

/** Which arguments of a built-in operation are filters themselves. */
export function filterArguments(name: string): readonly boolean[] {
  const builtin = Object.hasOwn(BUILTINS, name) ? BUILTINS[name as keyof typeof BUILTINS] : undefined
  return (builtin?.args ?? []).map(({ type }) => type === 'filter')
}
