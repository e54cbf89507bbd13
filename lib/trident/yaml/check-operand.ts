/**
 * Whether a value can do what an operation wants of it; and the built-in operations by their names, with their
 * arguments.
 */

import { TyphoonError } from '../../index.ts'
import { fits, inWords } from '../../shape/constraint.ts'
import { quoted } from '../../shape/quoted.ts'
import { plural, withArticle } from '../../words/plural.ts'
import { BUILTINS, type BuiltinArgument } from '../builtin/index.ts'
import { fitsRole, ROLES, type Role, shapeOf } from '../operation/roles.ts'

/** Whether a function that is named is the thing itself, and not what makes it. */
export function isFunctionRole(role: Role): boolean {
  return ROLES[role].isFunction
}

/** Name of a role, for messages. */
export function nameOfRole(role: Role): string {
  return ROLES[role].name
}

/** @throws NOT_AN_OPERATION where the value is not what the role wants */
export function checkRole(value: unknown, role: Role): any {
  if (fitsRole(value, role)) return value
  const what = withArticle(nameOfRole(role))
  throw new TyphoonError(role === 'spout' ? 'NOT_A_COMPONENT' : 'NOT_AN_OPERATION', `this is not ${what}`, {
    hint: `${what} is ${shapeOf(role)}`,
  })
}

/** A state factory, of the user. @throws NOT_A_STATE */
export function checkStateFactory(value: unknown): any {
  if (typeof Object(value).makeState === 'function') return value
  throw new TyphoonError('NOT_A_STATE', 'this is not a state factory', {
    hint: 'a state factory is an object with label, kind, survives and makeState, such as mapState({…}) gives',
  })
}

/** Whether there is a built-in operation of that name. */
export function isBuiltin(name: string): name is keyof typeof BUILTINS {
  return Object.hasOwn(BUILTINS, name)
}

/** @param args of which those that are filters are made already @throws BAD_ARGUMENT */
export function makeBuiltin(name: keyof typeof BUILTINS, args: readonly unknown[]): any {
  const wanted: readonly BuiltinArgument[] = BUILTINS[name].args
  const least = wanted.filter(({ optional }) => optional !== true).length
  const usage = { hint: usageOf(name) }
  if (args.length < least || args.length > wanted.length)
    throw new TyphoonError('BAD_ARGUMENT', `${name} takes ${countsOf(least, wanted.length)}, not ${args.length}`, usage)
  for (const [index, { name: what, type }] of wanted.entries()) {
    if (index >= args.length || type === 'filter' || fits(args[index], { type })) continue
    const message = `${what} of ${name} must be ${inWords({ type })}, not ${quoted(args[index])}`
    throw new TyphoonError('BAD_ARGUMENT', message, usage)
  }
  return (BUILTINS[name].make as (...args: readonly unknown[]) => unknown)(...args)
}

function usageOf(name: keyof typeof BUILTINS): string {
  const args = (BUILTINS[name].args as readonly BuiltinArgument[]).map((one) =>
    one.optional === true ? `${one.name}?` : one.name,
  )
  return args.length === 0 ? `write ${name}` : `write {${name}: [${args.join(', ')}]}`
}

function countsOf(least: number, most: number): string {
  const number = least === most ? String(most) : `${least} to ${most}`
  return most === 0 ? 'no arguments' : plural(most, 'argument', number)
}
