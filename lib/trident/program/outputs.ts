/** Which fields a stream has behind an operator. */
import { Fields } from '../../index.ts'
import { type JoinSpec, joinFields } from '../aggregate/join.ts'
import type { Operator, OperatorOf } from './operator.ts'

/**
 * @param inputs the fields of each stream that it is done with
 * @throws UNKNOWN_FIELD, DUPLICATE_FIELD, BAD_JOIN
 */
export function outputsOf(operator: Operator, inputs: readonly Fields[]): Fields {
  const before = inputs[0]!
  switch (operator.op) {
    case 'each':
      return operator.fields === undefined ? before : appended(before.names, operator.fields)
    case 'stateQuery':
      return appended(before.names, operator.fields)
    case 'map':
    case 'flatMap':
    case 'partitionAggregate':
    case 'partitionPersist':
    case 'multiReduce':
      return operator.fields
    case 'aggregate':
    case 'persistentAggregate':
    case 'window':
      return appended(operator.groupBy ?? [], operator.fields)
    case 'chainedAgg': {
      const names = operator.aggregations.flatMap(({ fields }) => fields.names)
      return appended(operator.groupBy ?? [], new Fields(names))
    }
    case 'project':
      return new Fields(operator.input)
    case 'join':
      return new Fields(joinFields(joinOf(operator, inputs)))
    default:
      return before
  }
}

/** What is joined. */
export function joinOf({ on, types, mode, names }: OperatorOf<'join'>, streams: readonly Fields[]): JoinSpec {
  return { streams, joinFields: on, types, outMode: mode, ...(names === undefined ? {} : { outFields: names }) }
}

/** Fields with more behind them. @throws DUPLICATE_FIELD */
function appended(names: readonly string[], more: Fields): Fields {
  return names.length === 0 ? more : new Fields([...names, ...more.names])
}
