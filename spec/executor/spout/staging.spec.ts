import test from 'ava'
import { Trials } from '../../../lib/executor/spout/trials.ts'
import type { ConfigMap } from '../../../lib/topology/config/config.ts'
import { runHolding } from '../runs.ts'

const ROOM = 2

/** A spout in an inquest, and what it says to the nimbus; its bolt has room for two tuples that wait. */
async function runStaging(config: ConfigMap = {}) {
  const it = await runHolding({ 'topology.executor.receive.buffer.size': ROOM, ...config })
  const asked: string[][] = []
  const sent: [trial: number, roots: number][] = []
  const settled: number[] = []
  const trials = (): Trials =>
    new Trials({
      namesOf: (roots) => roots.map(({ messageId }) => [String(messageId)]),
      ask: (roots) => asked.push(roots.map(([name]) => name!)),
      sent: (trial, lows) => sent.push([trial, lows.length]),
      settled: (trial) => settled.push(trial),
    })
  const spout = it.spout('words')
  spout.staging.setTrials(trials())
  const waiting = (): number => it.bolt('bolt').inbox.size
  return { ...it, asked, sent, settled, trials, staging: spout.staging, executor: spout, waiting }
}

const valuesOf = (tuples: readonly { readonly values: readonly unknown[] }[]): unknown[] =>
  tuples.map(({ values }) => values[0])

test('of the roots that are let go as many leave as there is room for; the task asks again for the others', async (t) => {
  const { emit, settle, staging, asked, sent, settled, waiting, held, ack, executor } = await runStaging()
  emit('a', 'b', 'c', 'd', 'e')
  settle()
  t.deepEqual(asked, [['a', 'b', 'c', 'd', 'e']])
  staging.letGo(1, 5)
  t.deepEqual(sent, [[1, ROOM]])
  t.is(waiting(), ROOM)
  t.is(executor.pending, 5)
  settle()
  ack('a')
  ack('b')
  t.deepEqual(settled, [1])
  t.deepEqual(asked.at(-1), ['c', 'd', 'e'])
  staging.letGo(2, 1)
  settle()
  t.deepEqual(valuesOf(held), ['c'])
})

test('of what is let go while the task is held back one leaves, so that no trial is empty', async (t) => {
  const { emit, settle, staging, sent, executor } = await runStaging()
  emit('a', 'b')
  settle()
  executor.heldBy++
  staging.letGo(1, 2)
  t.deepEqual(sent, [[1, 1]])
})

test('a task that is held back does not ask', async (t) => {
  const { settle, source, asked, executor } = await runStaging()
  executor.heldBy++
  source.out.emit(['by a timer'], 'id')
  settle()
  t.deepEqual(asked, [])
  executor.heldBy--
  settle()
  t.deepEqual(asked, [['id']])
})

test('when the inquest is over, what is staged leaves as there is room, and before what is emitted then', async (t) => {
  const { emit, settle, staging, source, waiting, held, executor } = await runStaging()
  emit('a', 'b', 'c', 'd', 'e')
  settle()
  staging.setTrials(undefined)
  t.is(waiting(), ROOM)
  source.out.emit(['f'], 'f')
  t.is(waiting(), ROOM)
  t.is(executor.pending, 6)
  settle()
  t.deepEqual(valuesOf(held), ['a', 'b', 'c', 'd', 'e', 'f'])
  t.is(executor.pending, 6)
})

test('what has not left when the next inquest begins is staged in it, and first', async (t) => {
  const { emit, settle, staging, trials, source, asked, held } = await runStaging()
  emit('a', 'b', 'c')
  settle()
  staging.setTrials(undefined)
  staging.setTrials(trials())
  source.out.emit(['d'], 'd')
  settle()
  t.deepEqual(valuesOf(held), ['a', 'b'])
  t.deepEqual(asked.at(-1), ['c', 'd'])
})

test('what cannot be sent when the inquest is over fails, and the others leave', async (t) => {
  const { settle, staging, source, held, executor } = await runStaging({
    'topology.testing.always.try.serialize': true,
  })
  source.out.emit([(): void => {}], 'a')
  source.out.emit(['b'], 'b')
  staging.setTrials(undefined)
  settle()
  t.deepEqual(
    source.failed.map(([id]) => id),
    ['a'],
  )
  t.deepEqual(valuesOf(held), ['b'])
  t.is(executor.pending, 1)
})
