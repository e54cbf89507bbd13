/**
 * Joins lists of rows by the values of fields, one list after the other. Pure.
 *
 * The laws: a null is equal to nothing, as in SQL; a left join keeps each row of what was joined before whose key is no
 * null, a right join each row of the new list. Rules: apache/storm `storm-client/.../bolt/JoinBolt.java`
 * (`doInnerJoin`, `doLeftJoin`), which has the first two kinds.
 */
import { mapKeyOf } from '../values/key.ts'
import { type Row, valueAt } from './selection.ts'

/** What becomes of rows that have no counterpart. */
export type JoinKind = 'inner' | 'left' | 'right' | 'full'

/** One list that is joined to those before it. */
export interface JoinStep {
  readonly side: string
  readonly path: readonly string[]
  /** The side before it that it is compared with, and where its key is. */
  readonly prior: string
  readonly kind: JoinKind
}

/** Where the first list, or one that others are compared with, has its key. */
export interface FirstSide {
  readonly side: string
  readonly path: readonly string[]
}

/** Rows side by side. */
export type Joined = ReadonlyMap<string, Row | undefined>

/** @param rows by side; a side without any may be missing */
export function joinRows(
  first: FirstSide,
  steps: readonly JoinStep[],
  rows: ReadonlyMap<string, readonly Row[]>,
): Joined[] {
  const paths = new Map([first, ...steps].map(({ side, path }) => [side, path]))
  let joined: Joined[] = (rows.get(first.side) ?? []).map((row) => new Map([[first.side, row]]))
  const before = [first.side]
  for (const step of steps) {
    const priorPath = paths.get(step.prior)!
    joined = joinOne(joined, before, step, priorPath, rows.get(step.side) ?? [])
    before.push(step.side)
  }
  return joined
}

function joinOne(
  joined: readonly Joined[],
  before: readonly string[],
  { side, path, prior, kind }: JoinStep,
  priorPath: readonly string[],
  rows: readonly Row[],
): Joined[] {
  const byKey = new Map<string | number, Row[]>()
  for (const row of rows) {
    const key = keyAt(row, path)
    if (key === undefined) continue
    const same = byKey.get(key)
    if (same === undefined) byKey.set(key, [row])
    else same.push(row)
  }
  const found = new Set<Row>()
  const results: Joined[] = []
  for (const one of joined) {
    const row = one.get(prior)
    const key = row === undefined ? undefined : keyAt(row, priorPath)
    if (key === undefined) continue
    const matching = byKey.get(key) ?? []
    for (const match of matching) {
      found.add(match)
      results.push(new Map([...one, [side, match]]))
    }
    if (matching.length === 0 && (kind === 'left' || kind === 'full'))
      results.push(new Map([...one, [side, undefined]]))
  }
  if (kind === 'inner' || kind === 'left') return results
  const nothing = before.map((name) => [name, undefined] as const)
  for (const row of rows) if (!found.has(row)) results.push(new Map([...nothing, [side, row]]))
  return results
}

/** Undefined for a null, which is equal to nothing. */
function keyAt(row: Row, path: readonly string[]): string | number | undefined {
  const value = valueAt(row, path)
  return value === undefined || value === null ? undefined : mapKeyOf(value)
}
