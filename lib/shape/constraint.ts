/**
 * What a value may be, as data: a type, its limits, or the few values that there are. Options, configuration keys,
 * arguments of built-in operations and the scalars of a topology's YAML are all said in this one language. So each is
 * checked, put into words and written into a JSON Schema in the same way.
 *
 * Messages, whose types the compiler is to know, have `guards.ts`.
 */
import { isMap } from './guards.ts'

/** For each type its description, which values it has, and its name in JSON Schema. */
const TYPES = {
  text: { inWords: 'a text', has: isText, schema: 'string' },
  /** A text that no error shows. An empty one would be left out. */
  secret: { inWords: 'a text that is not empty', has: (value) => isText(value) && value !== '', schema: 'string' },
  texts: { inWords: 'a list of texts', has: (value) => Array.isArray(value) && value.every(isText), schema: 'array' },
  list: { inWords: 'a list', has: Array.isArray, schema: 'array' },
  integer: { inWords: 'a whole number', has: Number.isSafeInteger, schema: 'integer' },
  /** A whole number, or Infinity. */
  count: {
    inWords: 'a whole number',
    has: (value) => value === Number.POSITIVE_INFINITY || Number.isSafeInteger(value),
    schema: 'integer',
  },
  number: { inWords: 'a number', has: Number.isFinite, schema: 'number' },
  /** Infinity too. */
  positive: { inWords: 'a number above 0', has: (value) => typeof value === 'number' && value > 0, schema: 'number' },
  /** Infinity too. */
  amount: { inWords: 'a number from 0 up', has: (value) => typeof value === 'number' && value >= 0, schema: 'number' },
  flag: { inWords: 'true or false', has: (value) => typeof value === 'boolean', schema: 'boolean' },
  map: { inWords: 'a map', has: isMap, schema: 'object' },
  textMap: {
    inWords: 'a map of texts',
    has: (value) => isMap(value) && Object.values(value).every(isText),
    schema: 'object',
  },
  call: { inWords: 'a function', has: (value) => typeof value === 'function', schema: undefined },
  signal: { inWords: 'an AbortSignal', has: (value): boolean => value instanceof AbortSignal, schema: undefined },
  /** Who uses it checks it. */
  any: { inWords: 'what its component takes', has: () => true, schema: undefined },
} as const satisfies Readonly<Record<string, TypeOfValue>>

interface TypeOfValue {
  readonly inWords: string
  readonly has: (value: unknown) => boolean
  readonly schema: string | undefined
}

/** Name of a type. */
export type TypeName = keyof typeof TYPES

/** What a value may be. */
export interface Constraint {
  readonly type: TypeName
  /** All that it may be, or that may stand in its list. */
  readonly choices?: readonly unknown[] | undefined
  /** The least that a number may be. */
  readonly least?: number | undefined
  /** The most. */
  readonly most?: number | undefined
}

/** What JSON Schema says of a value. */
export interface ValueSchema {
  readonly type?: 'string' | 'array' | 'integer' | 'number' | 'boolean' | 'object'
  readonly enum?: readonly string[]
  readonly items?: ValueSchema
  readonly minimum?: number
  readonly maximum?: number
}

/** Whether a value is what it may be. */
export function fits(value: unknown, { type, choices, least, most }: Constraint): boolean {
  if (!TYPES[type].has(value)) return false
  if (choices !== undefined) return [value].flat().every((one) => choices.includes(one))
  return (least === undefined || (value as number) >= least) && (most === undefined || (value as number) <= most)
}

/** What a value may be, for people: `a whole number from 1 to 1024`, `"commit" or "none"`. */
export function inWords({ type, choices, least, most }: Constraint): string {
  const words = TYPES[type].inWords
  if (choices !== undefined) return type === 'texts' ? `a list of ${anyOf(choices)}` : anyOf(choices)
  if (least !== undefined) return `${words} from ${least} ${most === undefined ? 'up' : `to ${most}`}`
  return most === undefined ? words : `${words} of at most ${most}`
}

/** The same as JSON Schema. Infinity is not said in it, and nothing of what is no data. */
export function schemaOf({ type, choices, least, most }: Constraint): ValueSchema {
  const { schema } = TYPES[type]
  const known = choices === undefined ? {} : { enum: choices as readonly string[] }
  if (type === 'texts') return { type: 'array', items: { type: 'string', ...known } }
  return {
    ...(schema === undefined ? {} : { type: schema }),
    ...known,
    ...(least === undefined ? {} : { minimum: least }),
    ...(most === undefined ? {} : { maximum: most }),
  }
}

/** `"a"`, `"a" or "b"`, `"a", "b" or "c"` */
function anyOf(choices: readonly unknown[]): string {
  const quoted = choices.map((one) => `"${String(one)}"`)
  const last = quoted.pop() ?? ''
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
