/**
 * What came out at the sinks, counted: so many of each row. Two of them show what was lost and what came twice.
 *
 * The order of rows counts for nothing: no guarantee says anything of it.
 */

/** How often each row came, by the row as text. */
export type Tally = ReadonlyMap<string, number>

/** How what came differs from what was to come. */
export interface Difference {
  /** So many rows are missing. */
  readonly lost: number
  /** So many rows came that were there already. */
  readonly doubled: number
  /** So many rows came that were never to come: a sum that began anew, for instance. */
  readonly strange: number
  /** The first of them, as text. */
  readonly examples: Readonly<Record<'lost' | 'doubled' | 'strange', readonly string[]>>
}

const EXAMPLES = 3

/** Counts rows. */
export function tallyOf(rows: Iterable<string>): Map<string, number> {
  const tally = new Map<string, number>()
  for (const row of rows) tally.set(row, (tally.get(row) ?? 0) + 1)
  return tally
}

/** @param expected of a run that nothing has happened to */
export function difference(expected: Tally, found: Tally): Difference {
  const counts = { lost: 0, doubled: 0, strange: 0 }
  const examples: Record<keyof typeof counts, string[]> = { lost: [], doubled: [], strange: [] }
  const add = (what: keyof typeof counts, row: string, times: number): void => {
    counts[what] += times
    if (examples[what].length < EXAMPLES) examples[what].push(row)
  }
  for (const [row, times] of expected) {
    const came = found.get(row) ?? 0
    if (came < times) add('lost', row, times - came)
    else if (came > times) add('doubled', row, came - times)
  }
  for (const [row, times] of found) if (!expected.has(row)) add('strange', row, times)
  return { ...counts, examples }
}
