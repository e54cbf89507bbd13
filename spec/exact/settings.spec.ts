/** What windows and joins keep means something by their settings alone: another one does not take it over. */
import test from 'ava'
import type { AnyBolt } from '../../lib/index.ts'
import { AsOfJoinBolt, DedupBolt, IntervalJoinBolt, TableJoinBolt } from '../../lib/joins/index.ts'
import {
  Count,
  counting,
  Duration,
  greatest,
  KeyedWindowBolt,
  type KeyedWindowOptions,
  session,
  sliding,
  summing,
  tumbling,
  WindowedBolt,
} from '../../lib/windows/index.ts'
import { TimedRun } from '../windows/kit.ts'

const input = ['key', 'time', 'value']
const timestamps = { field: 'time' }
const left = { stream: 'left', key: 'key' }
const right = { stream: 'right', key: 'key' }
const sides = { left, right, select: 'left:value', timestamps } as const

const keyed = (more: Partial<KeyedWindowOptions>) => () =>
  new KeyedWindowBolt({ keys: ['key'], window: tumbling(10), aggregates: { n: counting() }, timestamps, ...more })
const interval = (more: object) => () => new IntervalJoinBolt({ ...sides, afterMs: 1000, ...more })
const asOf = (more: object) => () => new AsOfJoinBolt({ ...sides, ...more })
const table = (more: object) => () => new TableJoinBolt({ left, right, select: 'left:value', ...more })
const dedup = (more: object) => () => new DedupBolt({ id: ['key'], fields: input, withinMs: 100, timestamps, ...more })

class Nothing extends WindowedBolt {
  execute(): void {}
}
const tuples =
  (length: Count | Duration, slide = length) =>
  () =>
    new Nothing().withWindow(length, slide).withTimestampField('time').toBolt()

type Make = () => AnyBolt

/** What is not taken over of a state that one bolt has written and another one finds. */
function leftBehind(before: Make, after: Make): string[] {
  const run = new TimedRun(before, { exact: true, input })
  for (const stream of ['right', 'left']) run.send(['a', 5, 1], { stream })
  const next = run.restored(after)
  return [...next.context.states.unclaimed()].map(({ name, difference }) => `${name}: ${difference.split(' ')[0]}`)
}

const CHANGED: Readonly<Record<string, readonly [Make, Make]>> = {
  length: [keyed({}), keyed({ window: tumbling(20) })],
  slide: [keyed({ window: sliding(20, 10) }), keyed({ window: sliding(20, 5) })],
  offset: [keyed({}), keyed({ window: tumbling(10, 3) })],
  'the gap of sessions': [keyed({ window: session(10) }), keyed({ window: session(20) })],
  lateness: [keyed({}), keyed({ latenessMs: 5 })],
  accumulation: [keyed({}), keyed({ accumulation: 'discarding' })],
  trigger: [keyed({}), keyed({ trigger: { count: 3 } })],
  'the keys of a window': [keyed({}), keyed({ keys: ['value'] })],
  'the kind of an aggregate': [
    keyed({ aggregates: { n: summing('value') } }),
    keyed({ aggregates: { n: greatest('value') } }),
  ],
  'the field of an aggregate': [
    keyed({ aggregates: { n: { sum: 'value' } } }),
    keyed({ aggregates: { n: { sum: 'time' } } }),
  ],
  'the order of aggregates': [
    keyed({ aggregates: { n: 'count', sum: { sum: 'value' } } }),
    keyed({ aggregates: { sum: { sum: 'value' }, n: 'count' } }),
  ],
  'the length of a window of tuples': [tuples(new Duration(10)), tuples(new Duration(20))],
  'the slide of a window of tuples': [tuples(new Count(10)), tuples(new Count(10), new Count(5))],
  'afterMs of a join': [interval({}), interval({ afterMs: 5000 })],
  'beforeMs of a join': [interval({}), interval({ beforeMs: 5 })],
  'the kind of a join': [interval({}), interval({ kind: 'left' })],
  'the key of a join': [interval({}), interval({ left: { ...left, key: 'value' } })],
  'the sides of a join': [asOf({}), asOf({ left: right, right: left })],
  'the key of a table': [table({}), table({ right: { ...right, key: 'value' } })],
  'the id of what comes once': [dedup({}), dedup({ id: ['value'] })],
  'the time of what comes once': [dedup({}), dedup({ timestamps: undefined })],
}

for (const [what, [before, after]] of Object.entries(CHANGED))
  test(`where it has changed, what was kept is not taken over, and said to be left behind: ${what}`, (t) => {
    t.deepEqual(leftBehind(before, before), [])
    t.not(leftBehind(before, after).length, 0)
  })

test('what does not decide what is kept may change', (t) => {
  t.deepEqual(leftBehind(keyed({}), keyed({ lateStream: 'late' })), [])
  t.deepEqual(leftBehind(asOf({}), asOf({ kind: 'left', withinMs: 7 })), [])
  t.deepEqual(leftBehind(table({}), table({ kind: 'left', left: { ...left, key: 'value' } })), [])
  t.deepEqual(leftBehind(dedup({}), dedup({ withinMs: 5000 })), [])
})

test('what is said to be left behind names the setting, as it was and as it is', (t) => {
  const run = new TimedRun(keyed({}), { exact: true, input })
  run.send(['a', 5, 1])
  const { states } = run.restored(keyed({ latenessMs: 7 })).context
  const found = [...states.unclaimed()].filter(({ name }) => name === 'panes')
  t.deepEqual(found, [{ name: 'panes', keys: 1, difference: 'latenessMs 7 instead of 0' }])
})

test('what is left behind is in no snapshot of the run that goes on, and fires no timer', (t) => {
  const run = new TimedRun(keyed({}), { exact: true, input })
  run.send(['a', 5, 1])
  const next = run.restored(keyed({ window: tumbling(20) }))
  next.send(['a', 15, 2])
  const then = next.restored()
  t.deepEqual([...then.context.states.unclaimed()], [])
  then.endOfInput()
  t.deepEqual(then.take(), [['a', 1, 0, 20]])
})

test('ids that are remembered are forgotten by the withinMs that there is', (t) => {
  const run = new TimedRun(dedup({ withinMs: 10 }), { exact: true, input })
  run.send(['a', 5, 1])
  const next = run.restored(dedup({ withinMs: 100 }))
  next.watermark(50)
  next.send(['a', 60, 1])
  t.deepEqual(next.take(), [])
  t.is(next.context.state('seen').size, 1)
  next.watermark(205)
  t.is(next.context.state('seen').size, 0)
})
