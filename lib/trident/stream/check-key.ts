/**
 * Whether a query that comes with Trident can find anything in the state that it asks. The keys of a state that an
 * aggregation writes are the values of its group's fields, in their order: who asks by others is answered null for
 * ever.
 */
import type { Wording } from '../../errors/wording.ts'
import { TyphoonError } from '../../index.ts'
import { asksFor } from '../builtin/queries.ts'
import type { OperatorOf } from '../program/operator.ts'

const OTHER_NAME = 'a field may have another name, as long as it holds the same'

/**
 * The names of fields may be others than those of the state, as long as there are so many: which of them mean the same,
 * only the user knows.
 * @throws WRONG_KEY where it never finds a key, or gives other fields than those that it finds
 */
export function checkKey({ state, function: query, input, fields: out }: OperatorOf<'stateQuery'>): void {
  const { name, keyFields } = state
  const asks = asksFor(query)
  if (keyFields === undefined || asks === 'anything') return
  const key = keyFields.join(', ')
  const list = keyFields.map((field) => `'${field}'`).join(', ')
  const yaml = `groupBy: [${key}]`
  const isOneValue = keyFields.length === 0
  if (isOneValue !== (asks === 'the one value'))
    throw isOneValue
      ? refused(name, `the state "${name}" is one value, without keys`, 'ask it with SnapshotGet')
      : refused(name, `the state "${name}" has a value for each ${key}`, {
          code: `ask it with groupBy([${list}]).stateQuery(…, MapGet, …)`,
          yaml: `add ${yaml}, and query: MapGet`,
        })
  if (asks === 'a key' && !canFind(input, keyFields))
    throw refused(
      name,
      `the keys of the state "${name}" are ${key}, in this order; a query by ${input.join(', ') || 'no field'} would never find anything`,
      {
        code: `group by what makes the key: groupBy([${list}]).stateQuery(…); ${OTHER_NAME}`,
        yaml: `group by what makes the key: ${yaml}; ${OTHER_NAME}`,
      },
    )
  if (asks === 'all keys' && out.names.length !== keyFields.length + 1)
    throw refused(
      name,
      `TupleCollectionGet gives the values of the key and the value behind them (${key}, and a value) of the state "${name}", and the output fields are ${out.names.length} (${out.names.join(', ')})`,
      {
        code: `name ${keyFields.length + 1} fields: fields(${list}, 'value')`,
        yaml: `name ${keyFields.length + 1} fields: [${key}, value]`,
      },
    )
}

/** So many fields as the key has; of the same names only in the same order. */
function canFind(input: readonly string[], keyFields: readonly string[]): boolean {
  if (input.length !== keyFields.length) return false
  return input.every((field, index) => field === keyFields[index] || !keyFields.includes(field))
}

function refused(state: string, message: string, hint: Wording): TyphoonError {
  return new TyphoonError('WRONG_KEY', `stateQuery: ${message}`, { where: { operation: 'stateQuery', state }, hint })
}
