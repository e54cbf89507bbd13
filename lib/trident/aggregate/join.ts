/**
 * Joins streams within a batch: rows whose join fields have the same values, one of each stream, side by side. A stream
 * that is joined `inner` must have such a row; one that is joined `outer` may lack it, and its fields are null then.
 * Null joins null. (Storm: `JoinerMultiReducer.java`.)
 */
import { Fields, TyphoonError } from '../../index.ts'
import type { GroupedMultiReducer } from '../model/operation.ts'
import type { ProcessorFactory, Row } from '../operation/processor.ts'
import { crossProduct } from './cross-product.ts'
import { groupedMultiReduce } from './multi-reduce.ts'

/** Whether a stream may lack rows. */
export type JoinType = 'inner' | 'outer'

/**
 * `compact`: the join fields once, then the other fields of each stream; `preserve`: all fields of each stream, in
 * their order.
 */
export type JoinOutFieldsMode = 'compact' | 'preserve'

/** What is joined, and how; a list has an item for each stream. */
export interface JoinSpec {
  readonly streams: readonly Fields[]
  /** The same number for each stream; the first of one is compared with the first of the others, and so on. */
  readonly joinFields: readonly (readonly string[])[]
  readonly types: readonly JoinType[]
  readonly outMode: JoinOutFieldsMode
  /** Names of the output; left out: those of the streams, which must all be different then. */
  readonly outFields?: readonly string[]
}

/** The names of the output fields. @throws UNKNOWN_FIELD, DUPLICATE_FIELD, BAD_JOIN */
export function joinFields(spec: JoinSpec): string[] {
  checkJoin(spec)
  const seen = seenFields(spec)
  const natural = spec.outMode === 'compact' ? [spec.joinFields[0]!, ...seen].flat() : seen.flat()
  const names = spec.outFields ?? natural
  if (names.length !== natural.length)
    throw new TyphoonError(
      'BAD_JOIN',
      `a join has ${natural.length} output fields (${natural.join(', ')}), and ${names.length} names are given for them (${names.join(', ')})`,
      { where: { operation: 'join' } },
    )
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    throw new TyphoonError('DUPLICATE_FIELD', `the output of a join has the field "${twice}" twice`, {
      where: { operation: 'join', field: twice },
      hint: `name its output fields, all different: they stand for ${natural.join(', ')}`,
    })
  return [...names]
}

/**
 * The reducer that joins; its groups are the join fields, what it sees of a stream are the other fields, or all (see
 * `JoinOutFieldsMode`).
 */
function joinReducer(spec: JoinSpec): GroupedMultiReducer<any, Row[][]> {
  const missing = seenFields(spec).map((names): Row => names.map(() => null))
  return {
    init: () => missing.map(() => []),
    execute(rows, stream, _, tuple) {
      rows[stream]!.push(tuple.values)
    },
    complete(rows, group, collector) {
      for (const [stream, found] of rows.entries())
        if (found.length === 0 && spec.types[stream] === 'outer') found.push(missing[stream]!)
      crossProduct(spec.outMode === 'compact' ? group : [], rows, (row) => collector.emit(row))
    },
  }
}

/**
 * Joins, within each partition: its rows are to be partitioned by the join fields.
 * @throws UNKNOWN_FIELD, DUPLICATE_FIELD, BAD_JOIN
 */
export function join(spec: JoinSpec): ProcessorFactory {
  const outFields = joinFields(spec)
  return groupedMultiReduce(spec.joinFields, seenFields(spec), joinReducer(spec), outFields)
}

/** The fields of each stream that stand in the output for that stream alone. */
function seenFields({ streams, joinFields, outMode }: JoinSpec): string[][] {
  return streams.map(({ names }, stream) =>
    names.filter((name) => outMode === 'preserve' || !joinFields[stream]!.includes(name)),
  )
}

function checkJoin({ streams, joinFields, types }: JoinSpec): void {
  const bad = (message: string): TyphoonError => new TyphoonError('BAD_JOIN', message, { where: { operation: 'join' } })
  if (streams.length < 2) throw bad(`a join needs at least two streams, not ${streams.length}`)
  if (joinFields.length !== streams.length)
    throw bad(`a join of ${streams.length} streams needs the join fields of each, not ${joinFields.length} lists`)
  if (types.length !== streams.length)
    throw bad(`a join of ${streams.length} streams needs the type of each, not ${types.length}`)
  for (const [stream, names] of joinFields.entries()) {
    for (const name of new Fields(names).names) streams[stream]!.indexOf(name)
    if (names.length !== joinFields[0]!.length)
      throw bad(
        `streams are joined by the same number of fields: (${joinFields[0]!.join(', ')}) and (${names.join(', ')})`,
      )
  }
  if (joinFields[0]!.length === 0) throw bad('a join needs one join field at least')
}
