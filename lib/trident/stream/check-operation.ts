/**
 * What users hand to a stream is checked where they hand it over: an error there names the line that is wrong, one in a
 * task of a worker only the batch that fails for it.
 */

import { Fields, TyphoonError } from '../../index.ts'
import { quoted } from '../../shape/quoted.ts'
import { withArticle } from '../../words/plural.ts'
import { fitsRole, ROLES, type Role, shapeOf } from '../operation/roles.ts'

/**
 * @throws NOT_AN_OPERATION where it is not what the operation wants, nor an object whose `prepare` makes it for each
 * task
 */
export function checkOperation(given: unknown, role: Role, operation: string): void {
  if (!fitsRole(given, role))
    throw new TyphoonError(
      'NOT_AN_OPERATION',
      `${operation}: ${described(given)} is not ${withArticle(ROLES[role].name)}`,
      { where: { operation }, hint: `it takes ${shapeOf(role)}` },
    )
  // A function that is given a collector wants to emit.
  if (role !== 'filter' || typeof given !== 'function' || given.length < 2) return
  throw new TyphoonError('NOT_AN_OPERATION', `${operation}: a filter takes a tuple, and this function takes more`, {
    where: { operation },
    hint: {
      code: 'a function that emits needs output fields: each(inputs, function, fields(…))',
      yaml: 'a function that emits needs output fields: { each: …, fields: […] }',
    },
  })
}

/** @throws NO_FIELDS where it does not declare any */
export function checkOutputs(given: unknown, operation: string): void {
  if (given instanceof Fields) return
  throw new TyphoonError('NO_FIELDS', `${operation}: ${described(given)} does not declare output fields`, {
    where: { operation },
    hint: "write fields('name', 'other')",
  })
}

/** @throws UNKNOWN_FIELD where the stream does not have them, NO_FIELDS where it is not a list */
export function checkFields(outputs: Fields, names: readonly string[], operation: string): void {
  if (!Array.isArray(names))
    throw new TyphoonError('NO_FIELDS', `${operation}: ${quoted(names)} is not a list of fields`, {
      where: { operation },
      hint: "write ['name', 'other']",
    })
  for (const name of names) {
    if (outputs.has(name)) continue
    throw new TyphoonError(
      'UNKNOWN_FIELD',
      `${operation}: there is no field "${name}"; the fields are ${outputs.names.join(', ') || '(none)'}`,
      { where: { operation, field: name } },
    )
  }
}

/** @throws NOT_A_STATE where it makes no state */
export function checkFactory(given: unknown, name: string): void {
  if (typeof Object(given).makeState === 'function') return
  const hint =
    typeof given === 'function'
      ? 'call it: memoryMap()'
      : 'take memoryMap(), embeddedMap(), redisMap() or mapState({…})'
  throw new TyphoonError('NOT_A_STATE', `the state "${name}": ${described(given)} is not a state factory`, {
    where: { state: name },
    hint,
  })
}

/** @throws BAD_PARALLELISM */
export function checkParallelism(hint: number): number {
  if (Number.isSafeInteger(hint) && hint >= 1) return hint
  throw new TyphoonError('BAD_PARALLELISM', `a parallelism hint must be a whole number from 1 up, not ${hint}`)
}

function described(given: unknown): string {
  if (given === null || given === undefined) return String(given)
  if (Array.isArray(given)) return 'a list'
  if (typeof given === 'string') return `the text ${JSON.stringify(given)}`
  return typeof given === 'object'
    ? `an object with ${Object.keys(given).join(', ') || 'nothing in it'}`
    : `a ${typeof given}`
}
