/**
 * The streams between the components of a compiled Trident topology, and what their tuples hold. Users never see them
 * but in plans.
 */
import { type DirectStream, direct, type Fields, fields } from '../../index.ts'

export { BATCH_STREAM, BRIEF_STREAM, COMMIT_STREAM, SUCCESS_STREAM } from '../../topology/batches.ts'

/** An emitter to itself: go on with the batch, after the others had their turn. */
export const MORE_STREAM = 'more'

/**
 * The fields of `batch`; `brief` is the number of the brief that it rests on, `takesNew` is false where only what is
 * owed is wanted, `parts` says which rows to take: null: all (`hunt.ts`).
 */
export const BATCH_FIELDS: Fields = fields('txid', 'attempt', 'startedAt', 'budgetMs', 'brief', 'takesNew', 'parts')
/** The fields of `commit`. */
export const COMMIT_FIELDS: Fields = fields('txid', 'attempt', 'startedAt')
/** The stream `brief`. */
export const BRIEF: DirectStream = direct(fields('number', 'piece', 'pieces', 'whole', 'again', 'items'))
/** The fields of `success`. */
export const SUCCESS_FIELDS: Fields = fields('txid')
/** The stream `more`. */
export const MORE: DirectStream = direct(fields('txid', 'attempt'))

/**
 * The spout of a DRPC stream → all tasks of its first segment: a request, of which the partition `chosen` has the row.
 */
export const REQUEST_FIELDS: Fields = fields('batch', 'startedAt', 'args', 'chosen')

/**
 * Rows of one edge of the plan. The last tuple that a task sends to another for a batch has their number as `count`,
 * the ones before have -1.
 */
export const ROWS: DirectStream = direct(fields('batch', 'attempt', 'startedAt', 'rows', 'count'))

/** Not the last tuple. */
export const MORE_FOLLOWS = -1

/** Name of the stream of an edge. */
export function edgeStream(edge: number): string {
  return `rows-${edge}`
}
