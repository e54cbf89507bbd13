/**
 * What is said where a function that makes something is wanted, one for each task, and the thing itself was given, or
 * its class: Storm takes instances, which it copies by serializing them, so its users try them first.
 */
import { TyphoonError, type Where } from '../errors/typhoon-error.ts'

/**
 * The error for what is not such a function; undefined where it is one.
 * @param taker who was given it, as the beginning of a sentence
 * @param wanted what the function is to make
 */
export function notAFactory(
  given: unknown,
  taker: string,
  wanted: string,
  where: Where = {},
): TyphoonError | undefined {
  const isClass = typeof given === 'function' && /^class\b/.test(Function.prototype.toString.call(given))
  if (typeof given === 'function' && !isClass) return undefined
  const name = isClass ? (given as { name: string }).name : classOf(given)
  const what = isClass ? `the class ${name}` : name === undefined ? shown(given) : `a ${name} itself`
  return new TyphoonError(
    'NOT_A_COMPONENT',
    `${taker} takes a function that makes ${wanted}, a new one for each task, not ${what}`,
    { where, hint: `() => new ${name || 'MyClass'}(…)` },
  )
}

function classOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const made: unknown = value.constructor
  return typeof made === 'function' && made !== Object && made.name !== '' ? made.name : undefined
}

function shown(value: unknown): string {
  if (typeof value === 'object') return value === null ? 'null' : 'an object'
  return value === undefined ? 'nothing' : `a ${typeof value}`
}
