/** What a tap shows of the tuples that a worker emits, and that it takes no more than its share of the time. */
import test from 'ava'
import { condition } from '../../lib/expression/expression.ts'
import type { TapWanted } from '../../lib/messaging/control.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import { Fields } from '../../lib/tuple/fields.ts'
import type { TupleSource } from '../../lib/tuple/tuple.ts'
import { Prng } from '../../lib/util/prng.ts'
import { Tap, type Wanted } from '../../lib/worker/tap/tap.ts'

const SOURCE = {
  component: 'split',
  stream: 'default',
  task: 3,
  fields: new Fields(['word']),
} as unknown as TupleSource

function tapped(wanted: Partial<TapWanted>, holds?: Wanted, clock = new SimulatedClock()): Tap {
  return new Tap({ tap: 1, sample: 1, perSecond: 100, ...wanted }, holds, { clock, random: new Prng(1) })
}

function offered(tap: Tap, words: readonly unknown[], source = SOURCE): ReturnType<Tap['take']> {
  for (const word of words) tap.offer(3, source, [word], 5, 9)
  return tap.take()
}

test('tuples are shown with their stream, their root, and their values by field', (t) => {
  const { tuples, leftOut } = offered(tapped({}), ['storm'])
  t.is(leftOut, 0)
  t.deepEqual(tuples, [
    { task: 3, stream: 'default', time: 0, values: '{"word":"storm"}', isCut: false, root: '0000000500000009' },
  ])
})

test('only those of the component and the stream that are wanted, and of which the condition holds', (t) => {
  const words = ['a', 'b']
  t.is(offered(tapped({ component: 'count' }), words).tuples.length, 0)
  t.is(offered(tapped({ stream: 'errors' }), words).tuples.length, 0)
  const only = tapped({ component: 'split', stream: 'default' }, ({ tuple }) => tuple['word'] === 'b')
  t.deepEqual(
    offered(only, words).tuples.map(({ values }) => values),
    ['{"word":"b"}'],
  )
})

test('tuples of which the condition cannot be asked are counted, with why of the first of them', (t) => {
  const holds = condition('word > 3', ['word'])
  const tap = tapped({}, holds)
  const { tuples, failed, why } = offered(tap, ['storm', 7, null])
  t.deepEqual([tuples.map(({ values }) => values), failed], [['{"word":7}'], 2])
  t.regex(why!, /string/)
  t.is(tap.take().failed, undefined)
})

test('what is too much for an interval is counted, and the next interval begins anew', (t) => {
  const tap = tapped({ perSecond: 20 })
  for (let round = 0; round < 2; round++) {
    const { tuples, leftOut } = offered(tap, ['a', 'b', 'c', 'd', 'e'])
    t.deepEqual([tuples.length, leftOut], [2, 3])
  }
})

test('a condition that takes its time is asked of no more tuples than there is time for', (t) => {
  let asked = 0
  const clock = Object.assign(new SimulatedClock(), { now: () => asked })
  const slow = (): boolean => ++asked > 0
  const { tuples, leftOut } = offered(tapped({}, slow, clock), [...'abcdef'])
  t.deepEqual([asked, tuples.length, leftOut], [2, 2, 4])
})

test("a value that is too long, or that is nobody else's, is shown and cut", (t) => {
  const { tuples } = offered(tapped({}), ['x'.repeat(100_000), () => 1])
  for (const { values, isCut } of tuples) {
    t.true(isCut)
    t.true(values.length < 17_000)
  }
})

test('a sample is a part of the tuples, and what is not in it is not left out', (t) => {
  const { tuples, leftOut } = offered(tapped({ sample: 0.25, perSecond: 100_000 }), new Array(4000).fill('a'))
  t.is(leftOut, 0)
  t.true(tuples.length > 800 && tuples.length < 1200, String(tuples.length))
})
