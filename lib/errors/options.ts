/**
 * What can be set of a component, as a table beside the interface that users write against: `satisfies OptionTable`
 * lets the compiler hold the two against each other. From the table come the checks (options may come out of a YAML
 * file that no compiler has read), the defaults, the shape in YAML with its JSON Schema, and the table in docs/.
 *
 *     const OPTIONS = { rows: count({ default: 10 }) } satisfies OptionTable<ThingOptions>
 *     const { rows } = checkOptions('Thing', options, OPTIONS)
 */
import { wrongArgument } from './arguments.ts'
import type { ErrorCode } from './catalogue.ts'
import { withArticle } from './plural.ts'
import { suggest } from './suggest.ts'
import { TyphoonError, toFinding } from './typhoon-error.ts'

/** For each type its description, which values it has, and its name in JSON Schema. */
const TYPES = {
  text: { inWords: 'a text', has: isText, schema: 'string' },
  /** A text that no error shows. An empty one would be left out. */
  secret: { inWords: 'a text that is not empty', has: (value) => isText(value) && value !== '', schema: 'string' },
  texts: { inWords: 'a list of texts', has: (value) => Array.isArray(value) && value.every(isText), schema: 'array' },
  integer: { inWords: 'a whole number', has: Number.isSafeInteger, schema: 'integer' },
  /** A whole number, or Infinity. */
  count: {
    inWords: 'a whole number',
    has: (value) => isEndless(value) || Number.isSafeInteger(value),
    schema: 'integer',
  },
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
  signal: { inWords: 'an AbortSignal', has: isSignal, schema: undefined },
  /** Who uses it checks it. */
  any: { inWords: 'what its component takes', has: () => true, schema: undefined },
} as const satisfies Readonly<Record<string, TypeOfOption>>

interface TypeOfOption {
  readonly inWords: string
  readonly has: (value: unknown) => boolean
  readonly schema: string | undefined
}

/** What may be said of an option. */
interface Facts<V> {
  /** What it is where it is left out. */
  readonly default?: V
  /** Cannot be left out. */
  readonly required?: true
  /** What it is for, in YAML: the first words of its doc comment. */
  readonly doc?: string
}

/** One option whose values are `V`. */
export interface Option<V = unknown> extends Facts<V> {
  readonly type: keyof typeof TYPES
  /** All that it may be, or that may stand in its list. */
  readonly choices?: readonly unknown[]
  /** The least value of an integer or a count. */
  readonly least?: number
}

/** The table of options that an interface has. */
export type OptionTable<O extends object = Readonly<Record<string, any>>> = {
  readonly [K in keyof O]-?: Option<Exclude<O[K], undefined>>
}

/** What there is of options once defaults are filled in. */
export type Chosen<O, T> = {
  readonly [K in keyof O]-?: K extends keyof T
    ? T[K] extends { readonly default: unknown }
      ? Exclude<O[K], undefined>
      : O[K]
    : never
}

type Texts = Readonly<Record<string, string>>
type Numeric = Facts<number> & { readonly least?: number }

/** A text. */
export function text<F extends Facts<string>>(facts = {} as F): Option<string> & F {
  return { type: 'text', ...facts }
}

/** One of a few texts. */
export function choice<const V extends string, const F extends Facts<V>>(
  choices: readonly V[],
  facts = {} as F,
): Option<V> & F {
  return { type: 'text', choices, ...facts }
}

/** A text that no error shows. */
export function secret<F extends Facts<string>>(facts = {} as F): Option<string> & F {
  return { type: 'secret', ...facts }
}

/** A list of texts, each of them one of `choices` where these are given. */
export function texts<V extends string = string>(choices?: readonly V[]): Option<readonly V[]> {
  return { type: 'texts', ...(choices === undefined ? {} : { choices }) }
}

/** A whole number. */
export function integer<F extends Numeric>(facts = {} as F): Option<number> & F {
  return { type: 'integer', ...facts }
}

/** A whole number from `least` up, 0 unless given; or Infinity. */
export function count<F extends Numeric>(facts = {} as F): Option<number> & F {
  return { type: 'count', least: 0, ...facts }
}

/** A number above 0, or Infinity. */
export function positive<F extends Facts<number>>(facts = {} as F): Option<number> & F {
  return { type: 'positive', ...facts }
}

/** A number from 0 up, or Infinity. */
export function amount<F extends Facts<number>>(facts = {} as F): Option<number> & F {
  return { type: 'amount', ...facts }
}

/** True or false. What can be left out is false then. */
export function flag(facts: Omit<Facts<boolean>, 'default'> = {}): Option<boolean> & { readonly default: boolean } {
  return { type: 'flag', default: false, ...facts }
}

/** Values by name, which the component checks. */
export function map<V extends object>(facts: Facts<V> = {}): Option<V> {
  return { type: 'map', ...facts }
}

/** Texts by name. */
export function textMap<F extends Facts<Texts>>(facts = {} as F): Option<Texts> & F {
  return { type: 'textMap', ...facts }
}

/** A function. */
export function call<V extends (...args: any[]) => unknown>(): Option<V> {
  return { type: 'call' }
}

/** What can be aborted: an AbortSignal, a type that is there only with those of Node.js or of a browser. */
export function signal<S extends object>(): Option<S> {
  return { type: 'signal' }
}

/** What the component checks by itself. */
export function any<F extends Facts<any>>(facts = {} as F): Option<any> & F {
  return { type: 'any', ...facts }
}

/**
 * The options with their defaults.
 * @param component names it in errors
 * @param under the option that holds these, where they are those of an option
 * @throws `code` for an option that there is not, or for a value that it cannot have
 */
export function checkOptions<O extends object, T extends OptionTable<O>>(
  component: string,
  given: O,
  table: T,
  code: ErrorCode = 'CONSTRUCTOR_FAILED',
  under?: string,
): Chosen<O, T> {
  const taker = withArticle(component)
  if (!isMap(given)) throw wrongArgument(`the options of ${taker}`, given, 'a map', under, code)
  const pathOf = (name: string): string => (under === undefined ? name : `${under}.${name}`)
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(table, name))
  if (unknown !== undefined)
    throw new TyphoonError(code, `"${unknown}" is not an option of ${taker}`, {
      where: { path: pathOf(unknown) },
      hint: suggest(unknown, Object.keys(table)),
    })
  const chosen = Object.entries<Option>(table).map(([name, option]) => {
    const value = given[name]
    if (value === undefined && option.required !== true) return [name, option.default]
    if (fits(value, option)) return [name, value]
    throw wrongOption(`${name} of ${taker}`, value, option, pathOf(name), code)
  })
  return Object.fromEntries(chosen) as Chosen<O, T>
}

/** Checks the value of one option further: what is thrown names that option. */
export function inOption<T>(path: string, check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof TyphoonError)) throw error
    const { code, message, where, hint } = toFinding(error)
    throw new TyphoonError(code, message, { where: { path, ...where }, hint, cause: error })
  }
}

/** What an option may be, for people. */
export function inWords({ type, choices, least }: Option): string {
  const words = TYPES[type].inWords
  if (least !== undefined) return `${words} from ${least} up`
  if (choices === undefined) return words
  const known = choices.map((one) => `"${String(one)}"`).join(' or ')
  return type === 'texts' ? `a list of ${known}` : known
}

/** How JSON Schema calls its type; undefined: it is not said. */
export function schemaTypeOf({ type }: Option): (typeof TYPES)[keyof typeof TYPES]['schema'] {
  return TYPES[type].schema
}

function fits(value: unknown, { type, choices, least }: Option): boolean {
  if (!TYPES[type].has(value)) return false
  if (choices !== undefined) return [value].flat().every((one) => choices.includes(one))
  return least === undefined || (value as number) >= least
}

function wrongOption(what: string, value: unknown, option: Option, path: string, code: ErrorCode): TyphoonError {
  if (option.type !== 'secret') return wrongArgument(what, value, inWords(option), path, code)
  return new TyphoonError(code, `${what} must be ${inWords(option)}`, { where: { path } })
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isSignal(value: unknown): boolean {
  return value instanceof AbortSignal
}

function isEndless(value: unknown): boolean {
  return value === Number.POSITIVE_INFINITY
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
