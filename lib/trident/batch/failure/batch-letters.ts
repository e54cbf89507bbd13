/**
 * Dead letters of Trident: one for each row that its batch fails for, and for each part of the input that a spout could
 * not emit.
 */
import { byField, letterOf, toLine } from '../../../components/reliability/dead-letter.ts'
import type { FailReason, TaskContext } from '../../../index.ts'
import type { EmissionOf, KnownRow } from '../exchange/emission-record.ts'
import type { RowPlace } from './hunt.ts'

/** Why a row was given up. */
export interface Cause {
  readonly reason: FailReason
  readonly lastError: string | undefined
  readonly attempts: number
}

/** A spout of a batch group, as far as its letters name it. */
export interface SpoutOfLetters {
  readonly txId: string
  readonly component: string
  /** Names of the fields of its rows. */
  readonly fields: readonly string[]
}

/** The letters of the rows that a batch was committed without. */
export function rowLetters(
  context: TaskContext,
  txid: number,
  emissions: readonly EmissionOf[],
  spouts: readonly SpoutOfLetters[],
  causeOf: (row: RowPlace) => Cause,
): string[] {
  return emissions.flatMap(({ spout, without = [] }) => {
    const { component, fields } = spouts.find(({ txId }) => txId === spout)!
    return without.map((row) => {
      const { reason, lastError, attempts } = causeOf({ spout, partition: row.partition, index: row.index })
      const what = { component, stream: spout, messageId: idOf(txid, row), values: byField(row.values, fields) }
      return toLine(letterOf(context, { ...what, reason, lastError: lastError ?? null, attempts }))
    })
  })
}

/** Where the row stands, as its spout tells it, `{ file, offset }` of files; and in which batch it was. */
export function idOf(txid: number, { place = {}, partition, index }: KnownRow): Record<string, unknown> {
  return { ...place, txid, partition, index }
}
