/** Joins whose rows are a state, in event time: whatever the order, the pairs of all rows at once. */
import test from 'ava'
import fc from 'fast-check'
import { AsOfJoinBolt, DedupBolt, IntervalJoinBolt, TableJoinBolt } from '../../lib/joins/index.ts'
import { TimedRun } from '../windows/kit.ts'

const input = ['key', 'time', 'value']
const left = { stream: 'left', key: 'key' }
const right = { stream: 'right', key: 'key' }
const timestamps = { field: 'time' }
const select = 'left:value, right:value'

interface Arrival {
  readonly isLeft: boolean
  readonly key: string
  readonly forth: number
  readonly back: number
  readonly advances: boolean
  readonly restarts: boolean
}
const LAG = 30
const arrivals = fc.array(
  fc.record<Arrival>({
    isLeft: fc.boolean(),
    key: fc.constantFrom('a', 'b'),
    forth: fc.nat(12),
    back: fc.nat(LAG - 1),
    advances: fc.boolean(),
    restarts: fc.boolean(),
  }),
  { maxLength: 50 },
)

/** Sends all of it, with watermarks that nothing is behind. @returns what came, and what was emitted */
function runAll(make: ConstructorParameters<typeof TimedRun>[0], steps: readonly Arrival[]) {
  let run = new TimedRun(make, { exact: true, input })
  const came: { isLeft: boolean; key: string; time: number; value: number }[] = []
  const emitted: unknown[][] = []
  let newest = 0
  for (const [value, { isLeft, key, forth, back, advances, restarts }] of steps.entries()) {
    newest += forth
    const time = newest - back
    came.push({ isLeft, key, time, value })
    run.send([key, time, value], { stream: isLeft ? 'left' : 'right' })
    if (advances) run.watermark(newest - LAG)
    emitted.push(...run.take())
    if (restarts) run = run.restored()
  }
  run.endOfInput()
  emitted.push(...run.take())
  return { came, emitted, run }
}

const sorted = (rows: readonly unknown[][]) => rows.map((row) => JSON.stringify(row)).sort()

for (const kind of ['inner', 'left'] as const) {
  test(`an interval join has each pair whose times are near enough once: ${kind}`, (t) => {
    const interval = fc.record({ beforeMs: fc.nat(20), afterMs: fc.nat(20) })
    fc.assert(
      fc.property(arrivals, interval, (steps, { beforeMs, afterMs }) => {
        const make = () => new IntervalJoinBolt({ left, right, beforeMs, afterMs, select, kind, timestamps })
        const { came, emitted, run } = runAll(make, steps)
        const expected = came
          .filter(({ isLeft }) => isLeft)
          .flatMap((one) => {
            const found = came.filter(
              (other) =>
                !other.isLeft &&
                other.key === one.key &&
                other.time >= one.time - beforeMs &&
                other.time <= one.time + afterMs,
            )
            if (found.length === 0) return kind === 'left' ? [[one.value, null]] : []
            return found.map((other) => [one.value, other.value])
          })
        t.deepEqual(sorted(emitted), sorted(expected))
        for (const name of ['left', 'right']) t.is(run.context.state(name).size, 0)
      }),
      { numRuns: 200 },
    )
  })

  test(`an as-of join has for each row the one that held at its time: ${kind}`, (t) => {
    fc.assert(
      fc.property(arrivals, fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }), (steps, withinMs) => {
        const within = withinMs === undefined ? {} : { withinMs }
        const make = () => new AsOfJoinBolt({ left, right, ...within, select, kind, timestamps })
        const { came, emitted, run } = runAll(make, steps)
        const expected = came
          .filter(({ isLeft }) => isLeft)
          .flatMap((one) => {
            const held = came
              .filter((other) => !other.isLeft && other.key === one.key && other.time <= one.time)
              .sort((a, b) => a.time - b.time)
              .at(-1)
            const isFresh = held !== undefined && held.time >= one.time - (withinMs ?? Number.POSITIVE_INFINITY)
            if (isFresh) return [[one.value, held.value]]
            return kind === 'left' ? [[one.value, null]] : []
          })
        t.deepEqual(sorted(emitted), sorted(expected))
        t.is(run.context.state('waiting').size, 0)
        for (const [, versions] of run.context.state('versions').entries()) t.is((versions as unknown[]).length, 1)
      }),
      { numRuns: 200 },
    )
  })
}

test('a row without a key is equal to nothing', (t) => {
  for (const make of [
    () => new IntervalJoinBolt({ left, right, select, kind: 'left', timestamps }),
    () => new AsOfJoinBolt({ left, right, select, kind: 'left', timestamps }),
    () => new TableJoinBolt({ left, right, select, kind: 'left' }),
  ]) {
    const run = new TimedRun(make, { input })
    run.send([null, 1, 'r'], { stream: 'right' })
    run.send([null, 1, 'l'], { stream: 'left' })
    run.endOfInput()
    t.deepEqual(run.take(), [['l', null]])
  }
})

test('an as-of join forgets a version that is too old to be joined, and begins anew with the next one', (t) => {
  const make = () => new AsOfJoinBolt({ left, right, withinMs: 10, select, kind: 'left', timestamps })
  const run = new TimedRun(make, { exact: true, input })
  run.send(['a', 1, 'r1'], { stream: 'right' })
  run.send(['a', 7, 'r7'], { stream: 'right' })
  run.send(['a', 17, 'l17'], { stream: 'left' })
  run.watermark(17)
  run.send(['a', 17, 'second'], { stream: 'left' })
  run.watermark(18)
  t.deepEqual(run.take(), [
    ['l17', 'r7'],
    ['second', 'r7'],
  ])
  run.watermark(30)
  t.is(run.kept, 0)
  run.send(['a', 30, 'r30'], { stream: 'right' })
  run.send(['a', 35, 'l35'], { stream: 'left' })
  run.watermark(100)
  t.deepEqual(run.take(), [['l35', 'r30']])
  t.is(run.kept, 0)
})

for (const [what, make] of [
  ['an interval join', () => new IntervalJoinBolt({ left, right, afterMs: 10, select, kind: 'left', timestamps })],
  ['an as-of join', () => new AsOfJoinBolt({ left, right, withinMs: 10, select, kind: 'left', timestamps })],
] as const)
  test(`${what} keeps nothing of a row that is given up`, (t) => {
    const run = new TimedRun(make, { exact: true, input, givesUp: true })
    const { emit } = run.collector
    run.collector.emit = function (...given) {
      const values = given.find((one): one is unknown[] => Array.isArray(one))
      if (values?.[0] === 'bad') throw new Error('it is bad')
      return emit.apply(this, given)
    }
    run.send(['a', 1, 'bad'], { stream: 'left' })
    run.send(['a', 50, 'good'], { stream: 'left' })
    run.watermark(200)
    t.deepEqual(run.take(), [['good', null]])
    t.is(run.kept, 0)
  })

test('what is late is counted, and joined with nothing', (t) => {
  for (const make of [
    () => new IntervalJoinBolt({ left, right, select, timestamps }),
    () => new AsOfJoinBolt({ left, right, select, timestamps }),
  ]) {
    const run = new TimedRun(make, { input })
    run.send(['a', 10, 'l'], { stream: 'left' })
    run.watermark(11)
    run.send(['a', 10, 'r'], { stream: 'right' })
    t.is(run.context.counts.get('late'), 1)
  }
})

test('a table has the newest row of each key, and survives', (t) => {
  const make = () => new TableJoinBolt({ left, right, deletedBy: 'time', select, kind: 'left' })
  let run = new TimedRun(make, { exact: true, input })
  const look = () => {
    run.send(['a', 0, 'l'], { stream: 'left' })
    return run.take()
  }
  t.deepEqual(look(), [['l', null]])
  run.send(['a', false, 'one'], { stream: 'right' })
  run.send(['a', false, 'two'], { stream: 'right' })
  run = run.restored()
  t.deepEqual(look(), [['l', 'two']])
  run.send(['a', true, 'gone'], { stream: 'right' })
  t.deepEqual(look(), [['l', null]])
})

test('of an id the first tuple goes on, and no other within the time', (t) => {
  const run = new TimedRun(() => new DedupBolt({ id: ['key'], fields: ['key', 'value'], withinMs: 100 }), { input })
  run.send(['a', 0, 1])
  run.send(['a', 0, 2])
  run.send(['b', 0, 3])
  run.advance(99)
  run.send(['a', 0, 4])
  run.advance(1)
  run.send(['a', 0, 5])
  t.deepEqual(run.take(), [
    ['a', 1],
    ['b', 3],
    ['a', 5],
  ])
  t.is(run.context.counts.get('duplicates'), 2)
})

test('an id may be remembered in event time', (t) => {
  const make = () => new DedupBolt({ id: ['key', 'value'], fields: input, withinMs: 100, timestamps })
  const run = new TimedRun(make, { exact: true, input })
  run.send(['a', 10, 1])
  run.send(['a', 90, 1])
  run.send(['a', 95, 2])
  run.watermark(210)
  t.is(run.context.state('seen').size, 1)
  run.send(['a', 210, 1])
  t.deepEqual(run.take(), [
    ['a', 10, 1],
    ['a', 95, 2],
    ['a', 210, 1],
  ])
  run.endOfInput()
  t.is(run.context.state('seen').size, 0)
})

test('of tuples that are out of order those are let through that are far enough apart', (t) => {
  const make = () => new DedupBolt({ id: ['key'], fields: ['key', 'time'], withinMs: 500, timestamps })
  const run = new TimedRun(make, { exact: true, input })
  run.send(['x', 1000, 0])
  for (let again = 0; again < 3; again++) run.send(['x', 100, 0])
  t.deepEqual(run.take(), [
    ['x', 1000],
    ['x', 100],
  ])
  t.is(run.context.counts.get('duplicates'), 2)
})

test('what is delivered again behind the watermark is no first tuple: it is known, or it is late', (t) => {
  const lateStream = 'late'
  const make = () => new DedupBolt({ id: ['key'], fields: ['key', 'time'], withinMs: 500, timestamps, lateStream })
  const run = new TimedRun(make, { exact: true, input })
  run.send(['x', 1000, 0])
  for (const watermark of [1400, 1499]) {
    run.watermark(watermark)
    run.send(['x', 1000, 0])
  }
  run.send(['y', 1000, 0])
  t.deepEqual(run.take(), [
    ['x', 1000],
    ['y', 1000],
  ])
  t.is(run.context.counts.get('duplicates'), 2)
  run.watermark(2000)
  run.send(['x', 1000, 0])
  run.send(['x', 1500, 0])
  t.deepEqual(run.take(), [])
  t.deepEqual(run.take('late'), [[{ key: 'x', time: 1000, value: 0 }], [{ key: 'x', time: 1500, value: 0 }]])
  t.is(run.context.counts.get('late'), 2)
  run.endOfInput()
  t.is(run.context.state('seen').size, 0)
})

test('whatever the order, tuples of an id that are let through are far enough apart, and what is left out is near one', (t) => {
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 40 }), (steps, withinMs) => {
      const make = () => new DedupBolt({ id: ['key'], fields: ['key', 'time'], withinMs, timestamps })
      const { came, emitted, run } = runAll(make, steps)
      for (const key of ['a', 'b']) {
        const times = emitted.flatMap(([of, time]) => (of === key ? [time as number] : [])).sort((a, b) => a - b)
        for (const [index, time] of times.entries()) if (index > 0) t.true(time - times[index - 1]! >= withinMs)
        for (const { time } of came.filter((one) => one.key === key))
          t.true(times.some((other) => Math.abs(other - time) < withinMs))
      }
      t.is(run.context.state('seen').size, 0)
    }),
    { numRuns: 200 },
  )
})

for (const time of [1e22, Number.MAX_VALUE, -1e22])
  test(`joins refuse a time that no date can have: ${time}`, (t) => {
    for (const make of [
      () => new IntervalJoinBolt({ left, right, beforeMs: 5, afterMs: 5, select, timestamps }),
      () => new AsOfJoinBolt({ left, right, select, timestamps }),
      () => new DedupBolt({ id: ['key'], fields: ['key'], withinMs: 100, timestamps }),
    ]) {
      const run = new TimedRun(make, { input })
      for (const stream of ['left', 'right'])
        t.throws(() => run.send(['a', time, 1], { stream }), { code: 'BAD_TIMESTAMP' })
    }
  })

test('what is late for a join goes to its stream where one is named', (t) => {
  for (const make of [
    () => new IntervalJoinBolt({ left, right, select, timestamps, lateStream: 'late' }),
    () => new AsOfJoinBolt({ left, right, select, timestamps, lateStream: 'late' }),
  ]) {
    const run = new TimedRun(make, { input })
    run.watermark(11)
    run.send(['a', 10, 'r'], { stream: 'right' })
    t.deepEqual(run.take('late'), [[{ key: 'a', time: 10, value: 'r' }]])
  }
})

test('a join of streams that does not fit is refused', (t) => {
  const wrong: [() => unknown, string][] = [
    [() => new IntervalJoinBolt({ left, right, select }), 'BAD_JOIN'],
    [() => new IntervalJoinBolt({ left, right, select: 'middle:x', timestamps }), 'BAD_JOIN'],
    [() => new IntervalJoinBolt({ left, right, select, timestamps, afterMs: -1 }), 'CONSTRUCTOR_FAILED'],
    [() => new AsOfJoinBolt({ left: { key: 'a' }, right, select, timestamps }), 'BAD_JOIN'],
    [() => new TableJoinBolt({ left, right: {} as never, select }), 'CONSTRUCTOR_FAILED'],
    [() => new AsOfJoinBolt({ left, right, select, timestamps, lateStream: 'default' }), 'BAD_JOIN'],
    [() => new DedupBolt({ id: [], fields: [], withinMs: 1 }), 'CONSTRUCTOR_FAILED'],
    [() => new DedupBolt({ id: ['a'], fields: ['a'], withinMs: 0 }), 'CONSTRUCTOR_FAILED'],
  ]
  for (const [make, code] of wrong) t.throws(make, { code })
  const run = new TimedRun(() => new TableJoinBolt({ left, right, select }), { input })
  t.throws(() => run.send(['a', 0, 1]), { code: 'BAD_JOIN' })
})
