/**
 * What can be set of a component, as a table beside the interface that users write against: `satisfies OptionTable`
 * lets the compiler hold the two against each other. From the table come the checks (options may come out of a YAML
 * file that no compiler has read), the defaults, the shape in YAML with its JSON Schema, and the table in docs/.
 *
 *     const OPTIONS = { rows: count({ default: 10 }) } satisfies OptionTable<ThingOptions>
 *     const { rows } = checkOptions('Thing', options, OPTIONS)
 */

import type { ErrorCode } from '../errors/catalogue.ts'
import { TyphoonError, toFinding } from '../errors/typhoon-error.ts'
import { withArticle } from '../words/plural.ts'
import { suggest } from '../words/suggest.ts'
import { wrongArgument } from './check-argument.ts'
import { type Constraint, fits, inWords } from './constraint.ts'
import { isMap } from './guards.ts'

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
export type Option<V = unknown> = Constraint & Facts<V>

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
  if (!isMap(given)) throw wrongArgument(`the options of ${taker}`, given, 'a map', { path: under, code })
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

function wrongOption(what: string, value: unknown, option: Option, path: string, code: ErrorCode): TyphoonError {
  if (option.type !== 'secret') return wrongArgument(what, value, inWords(option), { path, code })
  return new TyphoonError(code, `${what} must be ${inWords(option)}`, { where: { path } })
}
