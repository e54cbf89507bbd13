import test from 'ava'
import fc from 'fast-check'
import { isWorthWhole, recordsOf, toMerge } from '../../lib/snapshots/chains.ts'
import type { Segment } from '../../lib/snapshots/manifest.ts'
import { PartWriter } from '../../lib/snapshots/part-writer.ts'
import { readSegment } from '../../lib/snapshots/read-segment.ts'
import { SnapshotDirectory } from '../../lib/snapshots/snapshot-directory.ts'
import { folderOf } from '../folder.ts'

const segmentOf = (length: number): Segment => ({ file: 'f', offset: 0, length, records: 1 })

/** Adds segments as snapshots would, with those that are merged added up; the longest that the chain has been. */
function longest(lengths: Iterable<number>, whole: number): number {
  let chain = [segmentOf(whole)]
  let most = 0
  for (const length of lengths) {
    const count = toMerge(chain)
    const merged = chain.slice(chain.length - count).reduce((sum, one) => sum + one.length, 0)
    chain = [...chain.slice(0, chain.length - count), ...(count === 0 ? [] : [segmentOf(merged)]), segmentOf(length)]
    if (isWorthWhole(chain)) chain = [segmentOf(whole)]
    most = Math.max(most, chain.length)
  }
  return most
}

test('a chain stays short, however little changes in each snapshot, and however large the state is', (t) => {
  const sizes = fc.constantFrom(50, 1000, 5000, 30_000, 200_000)
  fc.assert(
    fc.property(fc.array(sizes, { minLength: 1, maxLength: 8 }), fc.constantFrom(50, 1e6, 1e8), (cycle, whole) => {
      const lengths = Array.from({ length: 3000 }, (_, i) => cycle[i % cycle.length]!)
      // Those that are too large to be merged are as many as their bytes allow.
      t.true(longest(lengths, whole) <= 3 * 8 * 3 + Math.max(whole, 256 * 1024) / (256 * 1024))
    }),
    { numRuns: 30 },
  )
})

test('a state is written whole when its changes have taken more than it did', (t) => {
  t.false(isWorthWhole([]))
  t.false(isWorthWhole([segmentOf(1e6), segmentOf(1e6)]))
  t.true(isWorthWhole([segmentOf(1e6), segmentOf(1e6), segmentOf(1)]))
  t.false(isWorthWhole([segmentOf(10), segmentOf(1000)]))
})

test('merged segments say what they said one after the other: the last of each key, and what was deleted', async (t) => {
  const store = new SnapshotDirectory(folderOf(t), { sync: 'none' })
  const key = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom('a', 'b', '1'))
  const change = fc.oneof(fc.tuple(fc.nat(127), key), fc.tuple(fc.nat(127), key, fc.nat()))
  let name = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(change, { maxLength: 20 }), { maxLength: 6 }), async (all) => {
      const part = new PartWriter(await store.create(`${name++}`), () => undefined)
      const segments: Segment[] = []
      for (const changes of all) segments.push(await part.section(changes))
      await part.finish()
      const model = new Map(all.flat().map((record) => [record[1], record] as const))
      const merged = new PartWriter(await store.create(`${name++}`), () => undefined)
      const one = await merged.section(await recordsOf(store, segments, () => undefined))
      await merged.finish()
      t.deepEqual(new Map([...(await readSegment(store, one))].map((record) => [record[1], record])), model as never)
    }),
    { numRuns: 30 },
  )
})
