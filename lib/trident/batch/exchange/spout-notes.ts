/**
 * What a task of a spout tells its coordinator of an attempt, with notes in the tree of the batch: what it has emitted,
 * and the row that a step has thrown at. So the coordinator has heard all of it before the batch is processed.
 *
 * A record may be larger than a frame, so it goes in pieces, numbered: one without those before it is void.
 */

import type { Emission, RowWithout, Suspect } from './emission-record.ts'
import { type Item, inPieces } from './pieces.ts'

/** A part of a record; the metas of a partition in their order. */
type RecordItem =
  | readonly ['meta', partition: string, meta: unknown]
  | readonly ['count', partition: string, rows: number]
  | readonly ['without', RowWithout]
  | readonly ['letter', string]

/** Whose a note is, and of which attempt. */
export interface NoteOf {
  readonly spout: string
  /** Number of the task among those of its spout. */
  readonly task: number
  readonly txid: number
  readonly attempt: number
}

/** A piece of a record. */
export interface RecordNote extends NoteOf {
  readonly kind: 'record'
  /** The number of the piece, from 0 up. */
  readonly piece: number
  readonly items: readonly RecordItem[]
  /** Comes with the last piece. */
  readonly end: Pick<Emission, 'rows' | 'exhausted'> | null
}

/** A step has thrown at a row of what was recorded. */
export interface SuspectNote extends NoteOf {
  readonly kind: 'suspect'
  readonly suspect: Suspect
}

/** What a task notes. */
export type SpoutNote = RecordNote | SuspectNote

/** @param frameBytes `topology.frame.max.bytes` */
export function recordNotes(of: NoteOf, emission: Emission, frameBytes: number): RecordNote[] {
  const { rows, exhausted } = emission
  const pieces = inPieces(itemsOf(emission), frameBytes)
  return pieces.map((items, piece) => {
    const end = piece === pieces.length - 1 ? { rows, exhausted } : null
    return { ...of, kind: 'record', piece, items, end }
  })
}

/** The record that all pieces of it make. */
export function emissionOf(
  items: readonly RecordItem[],
  { rows, exhausted }: NonNullable<RecordNote['end']>,
): Emission {
  const metas = new Map<string, unknown[]>()
  const counts: [string, number][] = []
  const without: RowWithout[] = []
  const letters: string[] = []
  for (const item of items)
    if (item[0] === 'count') counts.push([item[1], item[2]])
    else if (item[0] === 'without') without.push(item[1])
    else if (item[0] === 'letter') letters.push(item[1])
    else if (metas.get(item[1])?.push(item[2]) === undefined) metas.set(item[1], [item[2]])
  return {
    rows,
    exhausted,
    partitions: Object.fromEntries(metas),
    counts: Object.fromEntries(counts),
    ...(without.length === 0 ? {} : { without }),
    ...(letters.length === 0 ? {} : { letters }),
  }
}

function itemsOf({ partitions, counts = {}, without = [], letters = [] }: Emission): (RecordItem & Item)[] {
  return [
    ...Object.entries(partitions).flatMap(([name, metas]) => metas.map((meta) => ['meta', name, meta] as const)),
    ...Object.entries(counts).map(([name, rows]) => ['count', name, rows] as const),
    ...without.map((row) => ['without', row] as const),
    ...letters.map((letter) => ['letter', letter] as const),
  ]
}
