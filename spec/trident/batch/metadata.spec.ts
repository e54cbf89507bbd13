/** What is remembered of batches: nothing is taken twice from a spout, and nothing is passed over. */
import { join } from 'node:path'
import test from 'ava'
import { openStore } from '../../../lib/store/store.ts'
import type { EmissionOf } from '../../../lib/trident/batch/exchange/emission-record.ts'
import { Metadata } from '../../../lib/trident/batch/metadata/metadata.ts'
import { sharedFolder } from '../../folder.ts'

const folder = sharedFolder()
let stores = 0

const open = () => openStore(join(folder, String(++stores)), { sync: 'none' })
const took = (partitions: Record<string, unknown[]>, task = 0, spout = 'spout'): EmissionOf => {
  return { spout, task, rows: 1, exhausted: false, partitions }
}

test('92: there is no record at first, then the one that was made; what is committed is cleaned up (test-rotating-transactional-state)', (t) => {
  const metadata = new Metadata(open(), 'group')
  t.deepEqual(metadata.recordsOf(1), [])
  const records = [took({ a: [1] }, 0), took({}, 1)]
  metadata.record(1, records)
  t.deepEqual(metadata.recordsOf(1), records)
  metadata.succeed(1)
  t.is(metadata.current, 2)
  t.deepEqual(metadata.recordsOf(1), [])
})

test('what is recorded of a spout in a batch takes the place of all that was recorded of it there before', (t) => {
  const metadata = new Metadata(open(), 'group')
  metadata.record(1, [took({ a: ['a1'] }, 0), took({ b: ['b1'] }, 1), took({ c: ['c1'] }, 2)])
  metadata.record(1, [took({ z: ['z1'] }, 0, 'another')])
  metadata.record(1, [took({ a: ['a2'], b: ['b2'] }, 0)])
  const records = metadata.recordsOf(1)
  t.deepEqual(records, [took({ z: ['z1'] }, 0, 'another'), took({ a: ['a2'], b: ['b2'] }, 0)])
})

test('the last meta of each partition becomes its position when the batch is over', (t) => {
  const metadata = new Metadata(open(), 'group')
  metadata.record(1, [took({ a: ['a1', 'a2'] }, 0), took({ b: ['b1'] }, 1)])
  t.deepEqual(metadata.positions('spout'), new Map())
  metadata.succeed(1)
  const after = [
    ['a', 'a2'],
    ['b', 'b1'],
  ] as const
  t.deepEqual(metadata.positions('spout'), new Map<string, unknown>(after))
  t.deepEqual(
    metadata.positions('spout', ['b', 'c']),
    new Map<string, unknown>([
      ['b', 'b1'],
      ['c', undefined],
    ]),
  )
})

test('what is written together is written whole or not at all', (t) => {
  const metadata = new Metadata(open(), 'group')
  metadata.record(1, [took({ a: [1] })])
  t.throws(() =>
    metadata.together(() => {
      metadata.succeed(1)
      metadata.record(2, [took({ a: [2] })])
      throw new Error('the disk is full')
    }),
  )
  t.is(metadata.current, 1)
  t.deepEqual([metadata.recordsOf(1).length, metadata.recordsOf(2).length], [1, 0])
  metadata.together(() => {
    metadata.succeed(1)
    metadata.record(2, [took({ a: [2] })])
  })
  t.is(metadata.current, 2)
  t.deepEqual([metadata.recordsOf(1).length, metadata.recordsOf(2).length], [0, 1])
})

test('names of groups, spouts and partitions may hold any characters, and none is taken for another', (t) => {
  const store = open()
  const [group, other] = [new Metadata(store, 'a'), new Metadata(store, 'a/b')]
  group.record(1, [took({ 'y/p': ['x'] }, 0, 'x'), took({ p: ['x/y'] }, 0, 'x/y')])
  other.record(1, [took({ q: ['other'] }, 0, 'x')])
  t.deepEqual(
    group
      .recordsOf(1)
      .map(({ spout }) => spout)
      .sort(),
    ['x', 'x/y'],
  )
  group.succeed(1)
  t.deepEqual(group.positions('x'), new Map([['y/p', 'x']]))
  t.deepEqual(group.positions('x/y'), new Map([['p', 'x/y']]))
  group.forgetUnlessOf('another run')
  t.is(group.current, 1)
  t.deepEqual(other.recordsOf(1), [took({ q: ['other'] }, 0, 'x')])
})

test('each coordinator has a greater epoch than those before it', (t) => {
  const store = open()
  t.deepEqual(
    [1, 2, 3].map(() => new Metadata(store, 'group').beginEpoch()),
    [1, 2, 3],
  )
})

test('what does not outlive its run is forgotten by another run, and kept by the same', (t) => {
  const metadata = new Metadata(open(), 'group')
  metadata.forgetUnlessOf('one')
  metadata.record(1, [took({ a: [1] })])
  metadata.succeed(1)
  metadata.forgetUnlessOf('one')
  t.is(metadata.current, 2)
  metadata.forgetUnlessOf('other')
  t.is(metadata.current, 1)
  t.deepEqual(metadata.positions('spout'), new Map())
})
