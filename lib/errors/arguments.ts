/** Checks of constructor arguments, which may come out of a YAML file that no compiler has read. */
import { suggest } from './suggest.ts'
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

/** @throws CONSTRUCTOR_FAILED unless `value` is one of `known` */
export function checkChoice<T extends string>(what: string, value: T, known: readonly T[]): T {
  if (known.includes(value)) return value
  throw wrongArgument(what, value, known.map((choice) => `"${choice}"`).join(' or '))
}

/** @throws CONSTRUCTOR_FAILED unless `options` is a map that has none but the known keys */
export function checkOptions<T extends object>(component: string, options: T, known: readonly (keyof T & string)[]): T {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw wrongArgument(`the options of a ${component}`, options, 'a map')
  const unknown = Object.keys(options).find((key) => !known.includes(key as keyof T & string))
  if (unknown === undefined) return options
  throw new TyphoonError('CONSTRUCTOR_FAILED', `a ${component} has no option "${unknown}"`, {
    hint: suggest(unknown, known),
  })
}

/** The error of a constructor argument that is not what was wanted. */
export function wrongArgument(what: string, value: unknown, wanted: string): TyphoonError {
  const shown = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return new TyphoonError('CONSTRUCTOR_FAILED', `${what} must be ${wanted}, and is ${shown}`)
}
