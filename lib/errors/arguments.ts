/**
 * Checks of constructor arguments, which may come out of a YAML file that no compiler has read. Those of options:
 * `options.ts`.
 */
import type { ErrorCode } from './catalogue.ts'
import { TyphoonError } from './typhoon-error.ts'

/** @throws CONSTRUCTOR_FAILED unless `value` is a count: a whole number from 0 up, or Infinity */
export function checkCount(what: string, value: number): number {
  if (Number.isInteger(value) && value >= 0) return value
  if (value === Number.POSITIVE_INFINITY) return value
  throw wrongArgument(what, value, 'a whole number from 0 up')
}

/** @throws CONSTRUCTOR_FAILED unless `value` is a string */
export function checkText(what: string, value: string): string {
  if (typeof value === 'string') return value
  throw wrongArgument(what, value, 'a text')
}

/** The error of a constructor argument that is not what was wanted. */
export function wrongArgument(
  what: string,
  value: unknown,
  wanted: string,
  code: ErrorCode = 'CONSTRUCTOR_FAILED',
): TyphoonError {
  const shown = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return new TyphoonError(code, `${what} must be ${wanted}, not ${shown}`)
}
