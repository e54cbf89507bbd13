/** What is remembered of batches: nothing is taken twice from a spout, and nothing is passed over. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { openStore } from '../../../lib/store/store.ts'
import { Metadata } from '../../../lib/trident/batch/metadata/metadata.ts'
import type { Emission } from '../../../lib/trident/batch/metadata/spout-memory.ts'

const folder = mkdtempSync(join(tmpdir(), 'typhoon-metadata-'))
let stores = 0
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const open = () => openStore(join(folder, String(++stores)), { sync: 'none' })
const took = (partitions: Record<string, unknown[]>, rows = 1): Emission => ({ rows, exhausted: false, partitions })

test('92: records of a task are made in order, and one that would pass over another is refused (test-rotating-transactional-state)', (t) => {
  const metadata = new Metadata(open(), 'group')
  metadata.record(1, 'spout', 0, took({ a: [1] }))
  const error = t.throws(() => metadata.record(3, 'spout', 0, took({ a: [3] })))
  t.is((error as { code?: string }).code, 'INTERNAL')
  metadata.record(2, 'spout', 0, took({ a: [2] }))
  metadata.record(3, 'spout', 0, took({ a: [3] }))
  t.deepEqual(metadata.emission(3, 'spout', 0), took({ a: [3] }))
})

test('92: there is no record at first, then the one that was made; what is committed is cleaned up, and the rest stays (test-rotating-transactional-state)', (t) => {
  const metadata = new Metadata(open(), 'group')
  t.is(metadata.emission(1, 'spout', 0), undefined)
  for (const txid of [1, 2, 3, 4]) metadata.record(txid, 'spout', 0, took({ a: [txid] }))
  metadata.succeed(1)
  metadata.succeed(2)
  t.is(metadata.current, 3)
  t.deepEqual(
    [1, 2, 3, 4].map((txid) => metadata.emissions(txid).length),
    [0, 0, 1, 1],
  )
})

test('the position before a transaction is what the last commit and the records after it say', (t) => {
  const metadata = new Metadata(open(), 'group')
  metadata.record(1, 'spout', 0, took({ a: ['a1', 'a2'] }))
  metadata.record(1, 'spout', 1, took({ b: ['b1'] }))
  metadata.record(2, 'spout', 0, took({ a: ['a3'] }))
  t.deepEqual(metadata.positionsBefore(1, 'spout'), new Map())
  metadata.succeed(1)
  t.deepEqual(
    metadata.positionsBefore(2, 'spout'),
    new Map([
      ['a', 'a2'],
      ['b', 'b1'],
    ]),
  )
  t.deepEqual(
    metadata.positionsBefore(3, 'spout'),
    new Map([
      ['a', 'a3'],
      ['b', 'b1'],
    ]),
  )
})

test('names of groups, spouts and partitions may hold any characters, and none is taken for another', (t) => {
  const store = open()
  const [group, other] = [new Metadata(store, 'a'), new Metadata(store, 'a/b')]
  group.record(1, 'x', 0, took({ 'y/p': ['x'] }))
  group.record(1, 'x/y', 0, took({ p: ['x/y'] }))
  other.record(1, 'x', 0, took({ q: ['other'] }))
  t.is(group.emissions(1, 'x').length, 1)
  group.succeed(1)
  t.deepEqual(group.positionsBefore(2, 'x'), new Map([['y/p', 'x']]))
  t.deepEqual(group.positionsBefore(2, 'x/y'), new Map([['p', 'x/y']]))
  group.forgetUnlessOf('another run')
  t.is(group.current, 1)
  t.deepEqual(other.emissions(1), [{ ...took({ q: ['other'] }), spout: 'x' }])
})

for (const [before, tasks] of [
  [2, 3],
  [3, 2],
  [2, 1],
] as const)
  test(`where ${before} tasks become ${tasks}, each finds what its partitions had in a batch, and no more`, (t) => {
    const metadata = new Metadata(open(), 'group')
    const names = ['0', '1', '2', '3', '4']
    for (const txid of [1, 2])
      for (let task = 0; task < before; task++) {
        const mine = names.filter((name) => Number(name) % before === task)
        metadata.record(
          txid,
          'spout',
          task,
          took(Object.fromEntries(mine.map((name) => [name, [`${name}@${txid}`]])), 5),
        )
      }
    const whole = [1, 2].map((txid) => metadata.emissions(txid).reduce((sum, { rows }) => sum + rows, 0))
    metadata.regroup('spout', tasks, (name) => Number(name) % tasks)
    for (const txid of [1, 2]) {
      t.is(metadata.emissions(txid).length, tasks)
      for (let task = 0; task < tasks; task++) {
        const mine = names.filter((name) => Number(name) % tasks === task)
        const expected = Object.fromEntries(mine.map((name) => [name, [`${name}@${txid}`]]))
        t.deepEqual(metadata.emission(txid, 'spout', task)?.partitions, expected)
      }
    }
    t.deepEqual(
      [1, 2].map((txid) => metadata.emissions(txid).reduce((sum, { rows }) => sum + rows, 0)),
      whole,
    )
  })

test('a batch that only some of the tasks had begun is nothing for the others when their number changes', (t) => {
  const metadata = new Metadata(open(), 'group')
  metadata.record(1, 'spout', 0, took({ a: [1] }))
  metadata.regroup('spout', 2, () => 0)
  t.deepEqual(metadata.emission(1, 'spout', 0)?.partitions, { a: [1] })
  t.deepEqual(metadata.emission(1, 'spout', 1)?.partitions, {})
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
  metadata.record(1, 'spout', 0, took({ a: [1] }))
  metadata.succeed(1)
  metadata.forgetUnlessOf('one')
  t.is(metadata.current, 2)
  metadata.forgetUnlessOf('other')
  t.is(metadata.current, 1)
  t.deepEqual(metadata.positionsBefore(1, 'spout'), new Map())
})
