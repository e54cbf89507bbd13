/** The times of a lease, from the shortest to the longest that a nimbus may give. */
import test from 'ava'
import fc from 'fast-check'
import { beatMs, doubtMs } from '../../lib/cluster/lease-times.ts'

test('two beats may go unanswered before a nimbus is doubted, and it is doubted before half of the lease is over', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 3_600_000 }), (leaseMs) => {
      t.true(2 * beatMs(leaseMs) < doubtMs(leaseMs))
      t.true(doubtMs(leaseMs) < leaseMs / 2)
      t.true(beatMs(leaseMs) <= 1000)
    }),
  )
})
