/**
 * What a user says of what came out, in the place of a comparison: where rows differ from run to run, or where a sink
 * has written what its input does not show.
 */
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { ComponentId } from '../index.ts'
import { decode } from '../values/text.ts'
import { difference, tallyOf } from './tally.ts'
import type { Deviation } from './verdict.ts'

/** What came to each sink: the values of its tuples. */
export type SinkRows = Readonly<Record<ComponentId, readonly (readonly unknown[])[]>>

/** What an oracle is asked about. */
export interface CameOut {
  /** Of the disturbed run. */
  readonly found: SinkRows
  /** Of the run that nothing has happened to. */
  readonly expected: SinkRows
}

/** Says how many rows are lost, doubled, and not to be expected; what it leaves out is 0. */
export type Oracle = (came: CameOut) => Partial<Deviation> | Promise<Partial<Deviation>>

const NUMBERS = ['lost', 'doubled', 'strange'] as const

/** @throws BAD_ARGUMENT (rejects) where an oracle says what is no number */
export async function deviationOf(
  expected: readonly string[],
  found: readonly string[],
  oracle: Oracle | undefined,
): Promise<Deviation> {
  if (oracle === undefined) return difference(tallyOf(expected), tallyOf(found))
  const said: Partial<Deviation> = (await oracle({ expected: rowsOf(expected), found: rowsOf(found) })) ?? {}
  const [lost, doubled, strange] = NUMBERS.map((what) => numberOf(what, said[what] ?? 0)) as [number, number, number]
  return { lost, doubled, strange }
}

function numberOf(what: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0) return value
  const hint = 'return { lost, doubled, strange }, each a number from 0 up, or left out'
  throw new TyphoonError('BAD_ARGUMENT', `verify says that ${what} is ${String(value)}`, { hint })
}

/** @param texts as `rowOf` makes them */
function rowsOf(texts: readonly string[]): SinkRows {
  const rows: Record<ComponentId, (readonly unknown[])[]> = {}
  for (const text of texts) {
    const [sink, values] = parts(text)
    rows[sink] ??= []
    rows[sink].push(decode(values) as readonly unknown[])
  }
  return rows
}

/** The values are a list. */
function parts(text: string): [string, string] {
  const at = text.indexOf(' [')
  return [text.slice(0, at), text.slice(at + 1)]
}
