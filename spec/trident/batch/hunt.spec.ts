/**
 * The search for the rows that fail a batch: it finds just these, in few attempts, and what is left passes as a whole.
 */
import test from 'ava'
import fc from 'fast-check'
import { type Extent, Hunt, type Parts, type RowPlace } from '../../../lib/trident/batch/failure/hunt.ts'

const nameOf = ({ partition, index }: RowPlace): string => `${partition}${index}`

/** The rows that an attempt takes of those that there are. */
function taken(extents: readonly Extent[], parts: Parts): string[] {
  return extents.flatMap(({ spout, partition, rows }) => {
    const { first, without } = parts[spout]!
    const all = Array.from({ length: rows }, (_, index) => index)
    return all
      .filter((index) => !(without[partition] ?? []).includes(index))
      .filter((index) => first === undefined || index < (first[partition] ?? 0))
      .map((index) => nameOf({ spout, partition, index }))
  })
}

interface Hunted {
  readonly found: string[]
  readonly attempts: number
  readonly isHopeless: boolean
}

/** @param fails whether a batch of these rows fails; where it says a row, a step has thrown at it */
function hunt(
  extents: readonly Extent[],
  fails: (rows: readonly string[]) => boolean,
  throwsAt?: (row: string) => boolean,
): Hunted {
  const suspectIn = (rows: readonly string[]): RowPlace | undefined => {
    const row = rows.find((one) => throwsAt?.(one) === true)
    return row === undefined ? undefined : { spout: 's', partition: row[0]!, index: Number(row.slice(1)) }
  }
  const all = taken(extents, { s: { without: {} } })
  const hunted = new Hunt(suspectIn(all))
  for (let attempts = 1; ; attempts++) {
    const rows = taken(extents, hunted.parts(['s']))
    const suspect = suspectIn(rows)
    if (suspect !== undefined || fails(rows)) {
      if (!hunted.failed(extents, suspect)) return { found: hunted.found.map(nameOf), attempts, isHopeless: true }
    } else if (hunted.takesAll) return { found: hunted.found.map(nameOf), attempts, isHopeless: false }
    else hunted.passed(extents)
  }
}

const batches = fc
  .array(fc.nat(40), { minLength: 1, maxLength: 4 })
  .map((rows) => rows.map((count, n): Extent => ({ spout: 's', partition: 'abcd'[n]!, rows: count })))
  .filter((extents) => extents.some(({ rows }) => rows > 0))

const withPoison = batches.chain((extents) => {
  const all = taken(extents, { s: { without: {} } })
  return fc.record({
    extents: fc.constant(extents),
    poison: fc.subarray(all, { minLength: 1, maxLength: Math.min(all.length, 5) }),
  })
})

test('just the rows that fail are found, wherever they fail, in about two logarithms of attempts for each', (t) => {
  fc.assert(
    fc.property(withPoison, fc.constantFrom('later', 'in the task of the spout'), ({ extents, poison }, where) => {
      const bad = new Set(poison)
      const isBad = (row: string): boolean => bad.has(row)
      const { found, attempts, isHopeless } =
        where === 'later' ? hunt(extents, (rows) => rows.some(isBad)) : hunt(extents, () => false, isBad)
      t.false(isHopeless)
      t.deepEqual([...found].sort(), [...poison].sort())
      const rows = extents.reduce((sum, extent) => sum + extent.rows, 0)
      t.true(attempts <= 2 + poison.length * (Math.ceil(Math.log2(rows + 1)) + 3))
    }),
  )
})

test('rows that fail only together are left out as far as the rest passes', (t) => {
  fc.assert(
    fc.property(withPoison, ({ extents, poison }) => {
      const { found, isHopeless } = hunt(extents, (rows) => rows.filter((row) => poison.includes(row)).length > 1)
      t.false(isHopeless)
      t.is(found.length, poison.length - 1)
      t.true(found.every((row) => poison.includes(row)))
    }),
  )
})

test('a batch that fails without any row is no matter of rows', (t) => {
  fc.assert(
    fc.property(batches, (extents) => {
      t.deepEqual(
        hunt(extents, () => true),
        { found: [], attempts: 1, isHopeless: true },
      )
    }),
  )
})
