import test from 'ava'
import { makeGrouping } from '../../lib/grouping/make-grouping.ts'
import { portsOf } from './ports.ts'

test('all: every task gets a copy, and the list is the one that was given', (t) => {
  const targets = [2, 3, 7]
  const grouping = makeGrouping({ type: 'all' }, portsOf(targets))
  t.is(grouping.choose(['a', 1]), targets)
  t.deepEqual(grouping.choose(['b', 2]), [2, 3, 7])
})

test('global: everything goes to the task with the lowest id', (t) => {
  const grouping = makeGrouping({ type: 'global' }, portsOf([4, 5, 6], { localTargets: [6] }))
  for (let i = 0; i < 10; i++) t.deepEqual(grouping.choose([i, i]), [4])
})

test('direct: emit chooses nobody', (t) => {
  t.deepEqual(makeGrouping({ type: 'direct' }, portsOf([1, 2])).choose(['a', 1]), [])
})
