/**
 * What users hand to a stream is checked where they hand it over: an error there names the line that is wrong, one in a
 * task of a worker only the batch that fails for it.
 */
import { withArticle } from '../../errors/plural.ts'
import { Fields, TyphoonError } from '../../index.ts'
import type { Steadiness } from '../plan/graph.ts'

/** What an operation wants. */
export type Role = 'function' | 'aggregator' | 'accumulator' | 'query' | 'reducer'

interface Rule {
  readonly what: string
  readonly shape: string
  fits(given: any): boolean
}

const has =
  (...methods: readonly string[]) =>
  (given: any): boolean =>
    methods.every((method) => typeof given[method] === 'function')
const accumulates = (given: any): boolean => has('init', 'combine', 'zero')(given) || has('init', 'reduce')(given)
const isPrepared = has('prepare')

const RULES: Readonly<Record<Role, Rule>> = {
  function: {
    what: 'function',
    shape: 'a function',
    fits: (given) => typeof given === 'function',
  },
  aggregator: {
    what: 'aggregator',
    shape: 'an aggregator has init, combine and zero; init and reduce; or init, aggregate and complete',
    fits: (given) => accumulates(given) || has('init', 'aggregate', 'complete')(given),
  },
  accumulator: {
    what: 'combiner or reducer',
    shape: 'a combiner has init, combine and zero, a reducer init and reduce; others cannot go on from a stored value',
    fits: accumulates,
  },
  query: { what: 'query', shape: 'a query has batchRetrieve and execute', fits: has('batchRetrieve', 'execute') },
  reducer: {
    what: 'reducer of streams',
    shape: 'a reducer of streams has init, execute and complete',
    fits: has('init', 'execute', 'complete'),
  },
}

/**
 * @throws NOT_AN_OPERATION where it is not what the operation wants, nor an object whose `prepare` makes it for each
 * task
 */
export function checkOperation(given: unknown, role: Role, operation: string): void {
  const { what, shape, fits } = RULES[role]
  const isThere = given !== null && given !== undefined
  if (isThere && (fits(given) || isPrepared(given))) return
  throw new TyphoonError('NOT_AN_OPERATION', `${operation}: ${inWords(given)} is not ${withArticle(what)}`, {
    where: { operation },
    hint: `it takes ${shape}; or an object whose prepare(context) gives it, for each task`,
  })
}

/** @throws NOT_AN_OPERATION where it is not a filter: a function that is given a collector wants to emit */
export function checkFilter(given: unknown, operation: string): void {
  checkOperation(given, 'function', operation)
  if (typeof given !== 'function' || given.length < 2) return
  throw new TyphoonError('NOT_AN_OPERATION', `${operation}: a filter takes a tuple, and this function takes more`, {
    where: { operation },
    hint: 'a function that emits needs output fields: each(inputs, function, fields(…))',
  })
}

/** @throws NO_FIELDS where it does not declare any */
export function checkOutputs(given: unknown, operation: string): void {
  if (given instanceof Fields) return
  throw new TyphoonError('NO_FIELDS', `${operation}: ${inWords(given)} does not declare output fields`, {
    where: { operation },
    hint: "write fields('name', 'other')",
  })
}

/** @throws NOT_A_STATE where it makes no state */
export function checkFactory(given: unknown, name: string): void {
  if (given !== null && given !== undefined && has('makeState')(given)) return
  const hint =
    typeof given === 'function'
      ? 'call it: memoryMap()'
      : 'take memoryMap(), embeddedMap(), redisMap() or mapState({…})'
  throw new TyphoonError('NOT_A_STATE', `the state "${name}": ${inWords(given)} is not a state factory`, {
    where: { state: name },
    hint,
  })
}

function inWords(given: unknown): string {
  if (given === null || given === undefined) return String(given)
  if (Array.isArray(given)) return 'a list'
  if (typeof given === 'string') return `the text ${JSON.stringify(given)}`
  return typeof given === 'object'
    ? `an object with ${Object.keys(given).join(', ') || 'nothing in it'}`
    : `a ${typeof given}`
}

/**
 * A plain function sees the tuple and nothing else; what is prepared for each task may see the number of its partition.
 */
export function steadinessOf(operation: unknown): Steadiness {
  return typeof operation === 'function' ? 'always' : 'by partition'
}
