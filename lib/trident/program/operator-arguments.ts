/**
 * How the arguments of an operator are said in a file: what stands behind each key, and which field of the operator
 * (`operator.ts`) it becomes. Data and nothing else, so that the check of a file, the JSON Schema and the calls of the
 * DSL follow from it.
 */
import type { Role } from '../operation/roles.ts'

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

/**
 * What is meant where a key is left out: all fields of the stream, none, those that make the groups or else all, or the
 * embedded store.
 */
export type Unless = 'all' | 'none' | 'groups' | 'embedded'

/** A value, and what becomes of it. */
export interface Argument {
  readonly kind: Kind
  /** The field of the operator; that of the same name unless given. Null: it means something with others alone. */
  readonly as?: string | null
  readonly unless?: Unless
}

/** A key of an operation. */
export interface Key extends Argument {
  readonly doc: string
  readonly required?: true
}

/** The keys by name. */
export type Keys = Readonly<Record<string, Key>>

/** What an operation, or a beginning of a stream, is given. */
export interface Arguments {
  /** What stands behind its name; another kind where `fields` are given, if there is one. */
  readonly value: Argument & { readonly withFields?: Role }
  readonly keys: Keys
}

/** A key that can be left out. */
export function key(kind: Kind, doc: string, more: Omit<Argument, 'kind'> = {}): Key {
  return { kind, doc, ...more }
}

/** One that cannot. */
export function required(kind: Kind, doc: string, more: Omit<Argument, 'kind'> = {}): Key {
  return { kind, doc, required: true, ...more }
}

/** What the user has programmed. */
export const FUNCTION = { as: 'function' } as const
/** The name that something is kept under. */
export const NAME: Argument = { kind: 'text', as: 'name' }
/** The fields that an operator sees. */
export const INPUT = key('fields', 'The fields that it sees; all of them unless given.', { unless: 'all' })
/** Those that make its groups. */
export const GROUP_BY = key('fields', 'Does it for each group of tuples with the same values of these fields.')
/** Those that come out of it. */
export const RESULTS = required('fields', 'Names of the fields that come out of it.')

/** The lists of maps, by the keys of an item. */
export const PARTS: Readonly<Record<PartsKind, Keys>> = {
  aggregators: {
    aggregator: required('aggregator', 'Combiner, reducer or aggregator.', FUNCTION),
    input: INPUT,
    fields: RESULTS,
  },
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
