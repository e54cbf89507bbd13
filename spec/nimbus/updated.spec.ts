/** What is wanted of a topology that is rebalanced, and gets other code then. */
import test from 'ava'
import type { Wanted } from '../../lib/nimbus/record/record.ts'
import { resized, updated } from '../../lib/nimbus/record/updated.ts'

const BEFORE: Wanted = { bundle: { entry: 'a.yaml', files: [] }, variables: {}, aliases: {}, config: { a: 1 } }
const AFTER: Wanted = { ...BEFORE, bundle: { entry: 'b.yaml', files: [] }, config: { b: 2 } }

test('a rebalance changes what it names, and what was set before stays', (t) => {
  const first = resized(BEFORE, { workers: 2, parallelism: { split: 2, count: 2 } })
  t.deepEqual(first, { ...BEFORE, workers: 2, parallelism: { split: 2, count: 2 } })
  const second = resized(first, { workers: undefined, parallelism: { count: 3 } })
  t.deepEqual(second, { ...BEFORE, workers: 2, parallelism: { split: 2, count: 3 } })
})

test('other code keeps what a rebalance has set, but for components that are gone', (t) => {
  const before = resized(BEFORE, { workers: 2, parallelism: { split: 2, count: 2 } })
  t.deepEqual(updated(before, AFTER, ['count']), { ...AFTER, workers: 2, parallelism: { split: 2 } })
})
