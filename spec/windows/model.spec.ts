import test from 'ava'
import fc from 'fast-check'
import {
  type AlignedWindows,
  checkAssigner,
  firstEndAfter,
  global,
  lastEndOf,
  paneMs,
  paneOf,
  session,
  sliding,
  tumbling,
  windowsOf,
} from '../../lib/windows/model/assigner.ts'
import { addToSessions } from '../../lib/windows/model/sessions.ts'
import {
  afterCount,
  afterProcessingTime,
  afterWatermark,
  allOf,
  anyOf,
  checkTrigger,
  counted,
  delaysOf,
  fired,
  isDue,
  NO_PROGRESS,
  type Progress,
  type Trigger,
  together,
} from '../../lib/windows/model/trigger.ts'
import { ALL_OF_TIME, type Window } from '../../lib/windows/model/window.ts'

const time = fc.integer({ min: -1_000_000, max: 1_000_000 })
const aligned = fc
  .record({
    lengthMs: fc.integer({ min: 1, max: 500 }),
    slide: fc.double({ min: 0, max: 1, noNaN: true }),
    offsetMs: fc.integer({ min: -100, max: 100 }),
  })
  .map(({ lengthMs, slide, offsetMs }) => sliding(lengthMs, 1 + Math.floor(slide * (lengthMs - 1)), offsetMs))

const contains = ({ start, end }: Window, at: number): boolean => start <= at && at < end
const lies = ({ slideMs, offsetMs, lengthMs }: AlignedWindows, { start, end }: Window): boolean =>
  end - start === lengthMs && Math.abs((start - offsetMs) % slideMs) === 0

test('a tumbling window holds each time once, before 1970 too', (t) => {
  t.deepEqual(windowsOf(tumbling(10), 25), [{ start: 20, end: 30 }])
  t.deepEqual(windowsOf(tumbling(10), 20), [{ start: 20, end: 30 }])
  t.deepEqual(windowsOf(tumbling(10), -1), [{ start: -10, end: 0 }])
  t.deepEqual(windowsOf(tumbling(10), -10), [{ start: -10, end: 0 }])
  t.deepEqual(windowsOf(tumbling(10, 3), 2), [{ start: -7, end: 3 }])
  t.deepEqual(windowsOf(tumbling(10, -3), 2), [{ start: -3, end: 7 }])
})

test('a time lies in every window that slides over it, and in no other', (t) => {
  t.deepEqual(windowsOf(sliding(20, 10), 603), [
    { start: 590, end: 610 },
    { start: 600, end: 620 },
  ])
  fc.assert(
    fc.property(aligned, time, (assigner, at) => {
      const windows = windowsOf(assigner, at)
      t.true(windows.length > 0)
      for (const window of windows) t.true(contains(window, at) && lies(assigner, window))
      const [first, last] = [windows[0]!, windows.at(-1)!]
      t.is(windows.length, (last.start - first.start) / assigner.slideMs + 1)
      t.false(contains({ start: first.start - assigner.slideMs, end: first.end - assigner.slideMs }, at))
      t.false(contains({ start: last.start + assigner.slideMs, end: last.end + assigner.slideMs }, at))
      t.is(lastEndOf(assigner, at), last.end)
      t.is(firstEndAfter(assigner, at, Number.NEGATIVE_INFINITY), first.end)
    }),
  )
})

test('all times of a pane lie in the same windows, and the panes of a window make it up', (t) => {
  fc.assert(
    fc.property(aligned, time, (assigner, at) => {
      const pane = paneOf(assigner, at)
      t.true(pane <= at && at < pane + paneMs(assigner))
      t.deepEqual(windowsOf(assigner, pane), windowsOf(assigner, at))
      t.deepEqual(windowsOf(assigner, pane + paneMs(assigner) - 1), windowsOf(assigner, at))
      for (const { start, end } of windowsOf(assigner, at)) {
        t.is(paneOf(assigner, start), start)
        t.is((end - start) % paneMs(assigner), 0)
      }
    }),
  )
})

test('a window has a length and a slide that leaves nothing out', (t) => {
  for (const wrong of [
    () => tumbling(0),
    () => tumbling(-5),
    () => tumbling(1.5),
    () => tumbling(Number.NaN),
    () => tumbling(Number.POSITIVE_INFINITY),
    () => sliding(10, 0),
    () => sliding(10, 11),
    () => tumbling(10, 0.5),
    () => session(0),
    () => afterCount(0),
    () => afterProcessingTime(-1),
    () => checkAssigner({ tumbling: '1m' } as never),
    () => checkAssigner({} as never),
    () => checkAssigner({ tumbling: 1, session: 1 } as never),
    () => checkTrigger({ never: true } as never),
    () => checkTrigger({ any: [] }),
  ])
    t.throws(wrong, { code: 'BAD_WINDOW' })
})

test('words stand for windows and triggers in a file', (t) => {
  t.deepEqual(checkAssigner({ tumbling: 10, offset: 3 }), tumbling(10, 3))
  t.deepEqual(checkAssigner({ sliding: [10, 5] }), sliding(10, 5))
  t.deepEqual(checkAssigner({ session: 30 }), session(30))
  t.deepEqual(checkAssigner({ global: true }), global())
  for (const made of [tumbling(10, 3), session(30), global()]) t.deepEqual(checkAssigner(made), made)
  const words = { watermark: { early: { any: [{ count: 3 }, { processingTime: 100 }] }, late: { count: 1 } } } as const
  const made = afterWatermark({ early: anyOf(afterCount(3), afterProcessingTime(100)), late: afterCount(1) })
  t.deepEqual(checkTrigger(words), made)
  t.deepEqual(checkTrigger(made), made)
})

test('sessions are the elements in order, cut at each gap, whatever order they come in', (t) => {
  const gap = 10
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -200, max: 200 }), { minLength: 1, maxLength: 40 }), (times) => {
      let sessions: readonly Window[] = []
      for (const at of times) {
        const { window, others } = addToSessions(sessions, windowsOf(session(gap), at)[0]!)
        sessions = [...others, window]
      }
      const sorted = [...times].sort((a, b) => a - b)
      const expected: Window[] = []
      for (const at of sorted) {
        const last = expected.at(-1)
        if (last !== undefined && at < last.end) expected[expected.length - 1] = { start: last.start, end: at + gap }
        else expected.push({ start: at, end: at + gap })
      }
      t.deepEqual(
        [...sessions].sort((a, b) => a.start - b.start),
        expected,
      )
    }),
  )
})

test('an element that joins two sessions makes them one', (t) => {
  const [a, b] = [
    { start: 0, end: 10 },
    { start: 15, end: 25 },
  ]
  const { window, absorbed, others } = addToSessions([a, b], { start: 8, end: 18 })
  t.deepEqual([window, absorbed, others], [{ start: 0, end: 25 }, [a, b], []])
})

test('there is one global window', (t) => {
  t.deepEqual(windowsOf(global(), -5), [ALL_OF_TIME])
})

// ── triggers ──

const before = { ms: 0, isPast: false }
const past = { ms: 0, isPast: true }
const withTuples = (count: number, since = 0): Progress => ({ ...NO_PROGRESS, count, since })

test('the watermark fires a window once, and each late tuple fires it again', (t) => {
  const trigger = afterWatermark()
  t.false(isDue(trigger, withTuples(5), before))
  t.true(isDue(trigger, withTuples(5), past))
  const after = fired(withTuples(5), past)
  t.false(isDue(trigger, after, past))
  t.true(isDue(trigger, counted(after, 0), past))
})

test('early and late firings have triggers of their own', (t) => {
  const trigger = afterWatermark({ early: afterCount(2), late: afterCount(3) })
  t.false(isDue(trigger, withTuples(1), before))
  t.true(isDue(trigger, withTuples(2), before))
  const onTime = fired(withTuples(2), past)
  t.false(isDue(trigger, { ...onTime, count: 2 }, past))
  t.true(isDue(trigger, { ...onTime, count: 3 }, past))
})

test('time by the clock is counted from the first tuple since the last firing', (t) => {
  const trigger = afterProcessingTime(100)
  const progress = counted(counted(NO_PROGRESS, 1000), 1050)
  t.false(isDue(trigger, progress, { ms: 1099, isPast: false }))
  t.true(isDue(trigger, progress, { ms: 1100, isPast: false }))
  t.false(isDue(trigger, fired(progress, before), { ms: 9999, isPast: false }))
  t.deepEqual(delaysOf(afterWatermark({ early: allOf(trigger, afterCount(2)) })), [100])
})

const simple: fc.Arbitrary<Trigger> = fc.oneof(
  fc.integer({ min: 1, max: 5 }).map(afterCount),
  fc.integer({ min: 1, max: 50 }).map(afterProcessingTime),
  fc.constant(afterWatermark()),
)
const progress: fc.Arbitrary<Progress> = fc.record({
  count: fc.nat(8),
  since: fc.option(fc.nat(100), { nil: undefined }),
  isOnTimeDone: fc.boolean(),
})
const now = fc.record({ ms: fc.nat(200), isPast: fc.boolean() })

test('anyOf is due where one is, allOf where all are', (t) => {
  fc.assert(
    fc.property(fc.array(simple, { minLength: 1, maxLength: 4 }), progress, now, (triggers, of, at) => {
      const due = triggers.map((trigger) => isDue(trigger, of, at))
      t.is(isDue(anyOf(...triggers), of, at), due.includes(true))
      t.is(isDue(allOf(...triggers), of, at), !due.includes(false))
    }),
  )
})

test('what has fired does not fire again before something comes, but when its end is passed', (t) => {
  fc.assert(
    fc.property(simple, progress, now, (trigger, of, at) => {
      const after = fired(of, at)
      t.false(isDue(trigger, after, at) && !(trigger.kind === 'watermark' && at.isPast && !after.isOnTimeDone))
    }),
  )
})

test('windows that have become one count the tuples of both', (t) => {
  t.deepEqual(together(withTuples(2, 50), withTuples(3, 20)), withTuples(5, 20))
  t.deepEqual(together(fired(withTuples(2), past), withTuples(3, 20)), withTuples(3, 20))
})
