/** Dead letters of Trident: one for each row that its batch fails for; or one for a whole batch, of spouts whose rows cannot be told apart. */
import { byField, type GivenUp, letterOf, toLine } from '../../components/reliability/dead-letter.ts'
import type { FailReason, TaskContext } from '../../index.ts'
import type { RowPlace } from './hunt.ts'
import type { EmissionOf, RowWithout } from './metadata.ts'
import type { ListedSpout } from './partition-lists.ts'

/** Why something was given up. */
export interface Cause {
  readonly reason: FailReason
  readonly lastError: string | undefined
  readonly attempts: number
}

/** The letter of a whole batch: what its spouts remember of it. */
export function batchLetter(
  context: TaskContext,
  txid: number,
  cause: Cause,
  emissions: readonly EmissionOf[],
): string {
  const emitted = emissions.map(({ rows, partitions }) => ({ rows, partitions }))
  return letter(context, cause, { stream: 'batch', messageId: txid, values: { txid, emitted } })
}

/** The letters of the rows that a batch was committed without. */
export function rowLetters(
  context: TaskContext,
  txid: number,
  emissions: readonly EmissionOf[],
  spouts: readonly ListedSpout[],
  causeOf: (row: RowPlace) => Cause,
): string[] {
  return emissions.flatMap(({ spout, without = [] }) => {
    const { component, fields } = spouts.find(({ txId }) => txId === spout)!
    return without.map((row) => {
      const messageId = idOf(txid, row)
      const cause = causeOf({ spout, partition: row.partition, index: row.index })
      return letter(context, cause, { component, stream: spout, messageId, values: byField(row.values, fields) })
    })
  })
}

/** Where the row stands, as its spout tells it, `{ file, offset }` of files; and in which batch it was. */
function idOf(txid: number, { place = {}, partition, index }: RowWithout): Record<string, unknown> {
  return { ...place, txid, partition, index }
}

function letter(
  context: TaskContext,
  { reason, lastError, attempts }: Cause,
  what: Pick<GivenUp, 'component' | 'stream' | 'messageId' | 'values'>,
): string {
  return toLine(letterOf(context, { ...what, reason, lastError: lastError ?? null, attempts }))
}
