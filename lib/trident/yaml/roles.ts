/**
 * Whether a value can do what an operation wants of it; and the built-in operations by their names, with their
 * arguments.
 */
import { plural, withArticle } from '../../errors/plural.ts'
import { TyphoonError } from '../../index.ts'
import { BUILTINS, type BuiltinArgument } from '../builtin/index.ts'
import { ROLES, type Role } from './vocabulary.ts'

/** What a role asks for. */
interface Rule {
  /** How it looks. */
  readonly shape: string
  /** A function is the thing itself, and not what makes it. */
  readonly isFunction: boolean
  fits(value: any): boolean
}

const has =
  (...methods: readonly string[]) =>
  (value: any): boolean =>
    methods.every((method) => typeof value[method] === 'function')
const reduces = (value: any): boolean => has('init', 'combine', 'zero')(value) || has('init', 'reduce')(value)
const isCallable = (value: unknown): boolean => typeof value === 'function'
const callable = (shape: string): Rule => ({ shape, isFunction: true, fits: isCallable })

const SPOUT_KINDS: readonly unknown[] = ['spout', 'non-transactional', 'transactional', 'opaque']

const RULES: Readonly<Record<Role, Rule>> = {
  function: callable('(tuple, collector) => …, which emits what is appended'),
  filter: callable('(tuple) => true or false'),
  mapper: callable('(tuple) => [values]'),
  flatMapper: callable('(tuple) => [[values], …]'),
  consumer: callable('(tuple) => …'),
  tupleComparator: callable('(tuple, tuple) => a number'),
  comparator: callable('(value, value) => a number'),
  updater: callable('(state, tuples, collector) => …'),
  aggregator: {
    shape: 'an object with init, combine and zero; with init and reduce; or with init, aggregate and complete',
    isFunction: false,
    fits: (value) => reduces(value) || has('init', 'aggregate', 'complete')(value),
  },
  accumulator: {
    shape: 'an object with init, combine and zero, or with init and reduce',
    isFunction: false,
    fits: reduces,
  },
  query: {
    shape: 'an object with batchRetrieve and execute',
    isFunction: false,
    fits: has('batchRetrieve', 'execute'),
  },
  multiReducer: {
    shape: 'an object with init, execute and complete',
    isFunction: false,
    fits: has('init', 'execute', 'complete'),
  },
  customGrouping: { shape: 'an object with chooseTasks', isFunction: false, fits: has('chooseTasks') },
  spout: {
    shape: 'an object with a kind and outputs: a spout of Trident, or one of the core',
    isFunction: false,
    fits: ({ kind, outputs }) => SPOUT_KINDS.includes(kind) && Object(outputs) === outputs,
  },
}

/** Roles whose values are used as they are; nothing is made for each task. */
const AS_IT_IS: readonly Role[] = ['tupleComparator', 'comparator', 'customGrouping', 'spout']

/** Whether a function that is named is the thing itself, and not what makes it. */
export function isFunctionRole(role: Role): boolean {
  return RULES[role].isFunction
}

/** Name of a role, for messages. */
export function nameOfRole(role: Role): string {
  return ROLES[role]
}

/** @throws NOT_AN_OPERATION where the value is not what the role wants */
export function checkRole(value: unknown, role: Role): any {
  const { shape, fits } = RULES[role]
  const what = ROLES[role]
  if ((typeof value === 'object' || typeof value === 'function') && value !== null) {
    if (fits(value) || (!AS_IT_IS.includes(role) && has('prepare')(value))) return value
  }
  throw new TyphoonError(
    role === 'spout' ? 'NOT_A_COMPONENT' : 'NOT_AN_OPERATION',
    `this is not ${withArticle(what)}`,
    {
      hint: `${withArticle(what)} is ${shape}${AS_IT_IS.includes(role) ? '' : '; or an object whose prepare(context) gives it, for each task'}`,
    },
  )
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
    throw new TyphoonError(
      'BAD_ARGUMENT',
      `${name} takes ${countsOf(least, wanted.length)}, and gets ${args.length}`,
      usage,
    )
  for (const [index, { name: what, type }] of wanted.entries()) {
    if (index >= args.length || isOf(type, args[index])) continue
    throw new TyphoonError(
      'BAD_ARGUMENT',
      `${what} of ${name} must be ${inWords(type)}, and is ${JSON.stringify(args[index])}`,
      usage,
    )
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

function isOf(type: BuiltinArgument['type'], value: unknown): boolean {
  if (type === 'integer') return Number.isSafeInteger(value)
  if (type === 'text') return typeof value === 'string'
  return type === 'filter' || typeof value === 'boolean'
}

function inWords(type: BuiltinArgument['type']): string {
  if (type === 'integer') return 'a whole number'
  return type === 'boolean' ? 'true or false' : `a ${type}`
}
