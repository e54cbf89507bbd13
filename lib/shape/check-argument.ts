/**
 * Checks of constructor arguments, which may come out of a YAML file that no compiler has read. Those of options:
 * `options.ts`.
 */
import type { ErrorCode } from '../errors/catalogue.ts'
import { TyphoonError } from '../errors/typhoon-error.ts'
import { fits, inWords } from './constraint.ts'
import { quoted } from './quoted.ts'

const COUNT = { type: 'count', least: 0 } as const

/**
 * @param path of the argument: `[0]` for the first one
 * @throws CONSTRUCTOR_FAILED unless `value` is a count: a whole number from 0 up, or Infinity
 */
export function checkCount(what: string, value: number, path: string): number {
  if (fits(value, COUNT)) return value
  throw wrongArgument(what, value, inWords(COUNT), { path })
}

/** @param path of the argument: `[0]` for the first one @throws CONSTRUCTOR_FAILED unless `value` is a string */
export function checkText(what: string, value: string, path: string): string {
  if (typeof value === 'string') return value
  throw wrongArgument(what, value, inWords({ type: 'text' }), { path })
}

/** @param path of the argument @throws CONSTRUCTOR_FAILED unless it is a text, or a list of at least one */
export function checkTexts(what: string, given: string | readonly string[], path: string): void {
  if (!Array.isArray(given)) checkText(what, given as string, path)
  else if (given.length === 0) throw wrongArgument(what, given, 'a text, or a list of at least one', { path })
  else for (const [index, one] of given.entries()) checkText(what, one, `${path}[${index}]`)
}

/** Which argument or option is meant, and what its error is called. */
interface Wrong {
  /** `[0]` for the first argument of a constructor, `existing` for an option; unless it has no place of its own. */
  readonly path?: string | undefined
  /** CONSTRUCTOR_FAILED unless given. */
  readonly code?: ErrorCode
}

/** The error of an argument or an option that is not what was wanted. */
export function wrongArgument(what: string, value: unknown, wanted: string, about: Wrong = {}): TyphoonError {
  const { path, code = 'CONSTRUCTOR_FAILED' } = about
  const where = path === undefined ? {} : { path }
  if (value === undefined) return new TyphoonError(code, `${what} is missing: it must be ${wanted}`, { where })
  return new TyphoonError(code, `${what} must be ${wanted}, not ${quoted(value)}`, { where })
}
