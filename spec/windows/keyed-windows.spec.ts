import test from 'ava'
import fc from 'fast-check'
import {
  type Accumulation,
  type Aggregate,
  afterCount,
  afterProcessingTime,
  afterWatermark,
  allOf,
  anyOf,
  counting,
  global,
  KeyedWindowBolt,
  type KeyedWindowOptions,
  session,
  sliding,
  summing,
  type Trigger,
  tumbling,
  type WindowAssigner,
} from '../../lib/windows/index.ts'
import { windowsOf } from '../../lib/windows/model/assigner.ts'
import { TimedRun } from './kit.ts'

interface Row {
  key: string
  time: number
  value: number
}
type Out = { key: string; result: unknown; start: number; end: number; retracts: boolean }

const input = ['key', 'time', 'value']
const keyed = (more: Partial<KeyedWindowOptions<Row, Out>>) => () =>
  new KeyedWindowBolt<Row, Out>({
    keys: ['key'],
    window: tumbling(10),
    aggregates: { result: summing('value') },
    timestamps: { field: 'time' },
    ...more,
  } as KeyedWindowOptions<Row, Out>)

test('a window by key comes to its aggregate when the watermark passes it', (t) => {
  const run = new TimedRun(keyed({}), { input })
  for (const [key, time, value] of [
    ['a', 1, 1],
    ['b', 2, 10],
    ['a', 9, 2],
    ['a', 10, 4],
  ] as const)
    run.send([key, time, value])
  run.watermark(9)
  t.deepEqual(run.take(), [])
  run.watermark(10)
  t.deepEqual(run.take(), [
    ['a', 3, 0, 10],
    ['b', 10, 0, 10],
  ])
  run.endOfInput()
  t.deepEqual(run.take(), [['a', 4, 10, 20]])
})

test('windows before 1970 are where they belong', (t) => {
  const run = new TimedRun(keyed({}), { input })
  run.send(['a', -1, 1])
  run.send(['a', 0, 2])
  run.endOfInput()
  t.deepEqual(run.take(), [
    ['a', 1, -10, 0],
    ['a', 2, 0, 10],
  ])
})

test('windows that slide share panes: each tuple counts in all that it lies in', (t) => {
  const run = new TimedRun(keyed({ window: sliding(30, 10) }), { input })
  run.send(['a', 5, 1])
  run.send(['a', 25, 2])
  run.endOfInput()
  t.deepEqual(run.take(), [
    ['a', 1, -20, 10],
    ['a', 1, -10, 20],
    ['a', 3, 0, 30],
    ['a', 2, 10, 40],
    ['a', 2, 20, 50],
  ])
})

test('what windows share is forgotten when the last of them has fired', (t) => {
  const run = new TimedRun(keyed({ window: sliding(30, 10) }), { exact: true, input })
  for (let time = 0; time < 1000; time++) {
    run.send(['a', time, 1])
    run.watermark(time)
    t.true(run.context.state('panes').size <= 4)
  }
  run.endOfInput()
  t.is(run.context.state('panes').size, 0)
})

test('a tuple that is late for all its windows goes to its stream, and is counted', (t) => {
  const run = new TimedRun(keyed({ lateStream: 'late' }), { input })
  run.send(['a', 5, 1])
  run.watermark(12)
  run.send(['a', 9, 1])
  run.send(['a', 11, 2])
  t.deepEqual(run.take('late'), [[{ key: 'a', time: 9, value: 1 }]])
  t.is(run.context.counts.get('late'), 1)
  run.endOfInput()
  t.deepEqual(run.take(), [
    ['a', 1, 0, 10],
    ['a', 2, 10, 20],
  ])
})

const LATE = { accumulating: [3], discarding: [2], retracting: [1, 3] } as const
for (const [accumulation, results] of Object.entries(LATE)) {
  test(`what is late and allowed to be lets its window fire again: ${accumulation}`, (t) => {
    const run = new TimedRun(keyed({ latenessMs: 20, accumulation: accumulation as Accumulation }), { input })
    run.send(['a', 5, 1])
    run.watermark(15)
    t.deepEqual(
      run.take().map((row) => row[1]),
      [1],
    )
    run.send(['a', 6, 2])
    const rows = run.take()
    t.deepEqual(
      rows.map((row) => row[1]),
      [...results],
    )
    if (accumulation === 'retracting')
      t.deepEqual(
        rows.map((row) => row[4]),
        [true, false],
      )
    run.watermark(30)
    run.send(['a', 7, 4])
    t.is(run.context.counts.get('late'), 1)
  })
}

test('early firings by count and by the clock', (t) => {
  const trigger = afterWatermark({ early: anyOf(afterCount(3), afterProcessingTime(100)) })
  const run = new TimedRun(keyed({ trigger }), { input })
  run.send(['a', 1, 1])
  run.advance(99)
  t.deepEqual(run.take(), [])
  run.advance(1)
  t.deepEqual(run.take(), [['a', 1, 0, 10]])
  run.advance(1000)
  for (const value of [2, 4, 8]) run.send(['a', 2, value])
  t.deepEqual(run.take(), [['a', 15, 0, 10]])
  run.watermark(10)
  t.deepEqual(run.take(), [['a', 15, 0, 10]])
})

test('the global window fires by its trigger alone, and at the end of the input', (t) => {
  const { timestamps: _, ...rest } = { timestamps: undefined, window: global(), accumulation: 'discarding' } as const
  const make = () =>
    new KeyedWindowBolt<Row, Out>({
      keys: ['key'],
      aggregates: { result: summing('value') },
      ...rest,
      trigger: anyOf(afterCount(2), afterWatermark()),
    } as never)
  const run = new TimedRun(make, { input })
  for (const value of [1, 2, 4]) run.send(['a', 0, value])
  t.deepEqual(
    run.take().map((row) => row[1]),
    [3],
  )
  run.endOfInput()
  t.deepEqual(run.take(), [['a', 4, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]])
})

test('sessions end where nothing comes for a gap, and become one where a tuple joins them', (t) => {
  const run = new TimedRun(keyed({ window: session(10) }), { input })
  run.send(['a', 0, 1])
  run.send(['a', 15, 2])
  run.send(['b', 3, 100])
  run.send(['a', 8, 4])
  run.send(['a', 40, 8])
  run.watermark(25)
  t.deepEqual(run.take(), [
    ['b', 100, 3, 13],
    ['a', 7, 0, 25],
  ])
  run.endOfInput()
  t.deepEqual(run.take(), [['a', 8, 40, 50]])
})

test('a session that was said and goes on is taken back', (t) => {
  const run = new TimedRun(keyed({ window: session(10), latenessMs: 30, accumulation: 'retracting' }), { input })
  run.send(['a', 0, 1])
  run.send(['a', 15, 2])
  run.watermark(25)
  t.deepEqual(run.take(), [
    ['a', 1, 0, 10, false],
    ['a', 2, 15, 25, false],
  ])
  run.send(['a', 8, 4])
  t.deepEqual(run.take(), [
    ['a', 1, 0, 10, true],
    ['a', 2, 15, 25, true],
    ['a', 7, 0, 25, false],
  ])
})

test('several keys, and several results, stand side by side', (t) => {
  const make = () =>
    new KeyedWindowBolt({
      keys: ['key', 'value'],
      window: { tumbling: 10 },
      aggregates: {
        n: 'count',
        mean: { mean: 'time' },
        most: { max: 'time' },
        least: { min: 'time' },
        all: { list: 'time' },
      },
      timestamps: { field: 'time' },
    })
  const run = new TimedRun(make, { input })
  for (const time of [1, 2, 6]) run.send(['a', time, 7])
  run.endOfInput()
  t.deepEqual(run.take(), [['a', 7, 3, 3, 6, 1, [1, 2, 6], 0, 10]])
})

test('what does not fit is refused before anything runs', (t) => {
  const wrong: [object, string][] = [
    [{ window: { tumbling: 0 } }, 'BAD_WINDOW'],
    [{ latenessMs: -1 }, 'CONSTRUCTOR_FAILED'],
    [{ aggregates: { result: { sum: 1 } } }, 'BAD_WINDOW'],
    [{ aggregates: { key: 'count' } }, 'DUPLICATE_FIELD'],
    [{ trigger: { count: 0 } }, 'BAD_WINDOW'],
    [{ timestamps: undefined }, 'BAD_WINDOW'],
    [{ accumulation: 'adding' }, 'CONSTRUCTOR_FAILED'],
    [{ windows: {} }, 'CONSTRUCTOR_FAILED'],
    [{ lateStream: 'default' }, 'BAD_WINDOW'],
  ]
  for (const [more, code] of wrong) t.throws(keyed(more), { code }, JSON.stringify(more))
})

// ── whatever comes, in whatever order, over whatever restarts: the windows of all tuples at once ──

/** All values, in the order of their numbers. */
const collecting: Aggregate<number[], number[]> = {
  init: () => [],
  add: (list, tuple) => [...list, tuple.get('value') as number],
  merge: (a, b) => [...a, ...b],
  result: (list) => [...list].sort((a, b) => a - b),
}

const LAG = 15
const trigger: fc.Arbitrary<Trigger> = fc.constantFrom(
  afterWatermark(),
  afterWatermark({ early: afterCount(2) }),
  afterWatermark({ early: anyOf(afterCount(3), afterProcessingTime(20)), late: afterCount(1) }),
  anyOf(afterWatermark(), allOf(afterCount(2), afterProcessingTime(10))),
)
const assigner: fc.Arbitrary<WindowAssigner> = fc.constantFrom<WindowAssigner>(
  tumbling(10),
  tumbling(7, 3),
  sliding(30, 10),
  sliding(12, 5, 2),
  session(6),
)
const step = fc.record({
  key: fc.constantFrom('a', 'b', '1'),
  back: fc.nat(LAG + 20),
  forth: fc.nat(8),
  advances: fc.boolean(),
  restarts: fc.boolean(),
  ms: fc.nat(15),
})

/** By key and window, the values of all tuples that were taken in. */
function oracle(windows: WindowAssigner, rows: readonly Row[]): Map<string, number[]> {
  const found = new Map<string, number[]>()
  const put = (key: string, start: number, end: number, value: number) => {
    const id = `${key} ${start} ${end}`
    found.set(
      id,
      [...(found.get(id) ?? []), value].sort((a, b) => a - b),
    )
  }
  for (const key of new Set(rows.map((row) => row.key))) {
    const own = rows.filter((row) => row.key === key)
    if (windows.kind !== 'session') {
      for (const { time, value } of own)
        for (const { start, end } of windowsOf(windows, time)) put(key, start, end, value)
      continue
    }
    const sorted = own.sort((a, b) => a.time - b.time)
    for (let from = 0, to = 1; from < sorted.length; from = to, to++) {
      while (to < sorted.length && sorted[to]!.time < sorted[to - 1]!.time + windows.gapMs) to++
      const end = sorted[to - 1]!.time + windows.gapMs
      for (const { value } of sorted.slice(from, to)) put(key, sorted[from]!.time, end, value)
    }
  }
  return found
}

for (const accumulation of ['accumulating', 'discarding', 'retracting'] as const) {
  test(`what is said in the end is what there is, whatever the order, the triggers, the restarts: ${accumulation}`, (t) => {
    fc.assert(
      fc.property(assigner, trigger, fc.array(step, { maxLength: 40 }), (window, when, steps) => {
        const latenessMs = 1000
        const make = keyed({ window, trigger: when, accumulation, latenessMs, aggregates: { result: collecting } })
        let run = new TimedRun(make, { exact: true, input })
        const rows: Row[] = []
        const said = new Map<string, number[]>()
        let newest = 0
        const take = () => {
          for (const [key, result, start, end, retracts] of run.take() as [
            string,
            number[],
            number,
            number,
            boolean,
          ][]) {
            const id = `${key} ${start} ${end}`
            if (accumulation === 'discarding')
              said.set(
                id,
                [...(said.get(id) ?? []), ...result].sort((a, b) => a - b),
              )
            else if (retracts) {
              t.deepEqual(said.get(id), result)
              said.delete(id)
            } else {
              t.true(accumulation === 'accumulating' || !said.has(id))
              said.set(id, result)
            }
          }
        }
        for (const [value, { key, back, forth, advances, restarts, ms }] of steps.entries()) {
          newest += forth
          const row = { key, time: newest - back, value }
          rows.push(row)
          run.send([row.key, row.time, row.value])
          run.advance(ms)
          if (advances) run.watermark(newest - LAG)
          take()
          if (restarts) run = run.restored()
        }
        run.endOfInput()
        take()
        const expected = oracle(window, rows)
        if (window.kind !== 'session') t.deepEqual(new Map([...said].sort()), new Map([...expected].sort()))
        else if (accumulation === 'discarding')
          t.deepEqual(
            [...said.values()].flat().sort((a, b) => a - b),
            rows.map(({ value }) => value),
          )
        else for (const [id, values] of expected) t.deepEqual(said.get(id), values)
        if (window.kind === 'session' && accumulation === 'retracting') t.is(said.size, expected.size)
        for (const name of ['panes', 'windows', 'sessions']) t.is(run.context.state(name).size, 0, name)
      }),
      { numRuns: 200 },
    )
  })
}

test('without lateness each window fires once, with what came before the watermark passed it', (t) => {
  fc.assert(
    fc.property(assigner, fc.array(step, { maxLength: 40 }), (window, steps) => {
      let run = new TimedRun(keyed({ window, aggregates: { result: collecting } }), { exact: true, input })
      const rows: Row[] = []
      let newest = 0
      const said: string[] = []
      const take = () => {
        for (const [key, result, start, end] of run.take()) said.push(`${key} ${start} ${end}: ${result}`)
      }
      for (const [value, { key, back, forth, advances, restarts }] of steps.entries()) {
        newest += forth
        const row = { key, time: newest - Math.min(back, LAG), value }
        rows.push(row)
        run.send([row.key, row.time, row.value])
        if (advances) run.watermark(newest - LAG)
        take()
        if (restarts) run = run.restored()
      }
      run.endOfInput()
      take()
      const expected = [...oracle(window, rows)].map(([id, values]) => `${id}: ${values}`)
      t.deepEqual(said.sort(), expected.sort())
      t.is(run.context.counts.get('late'), undefined)
    }),
    { numRuns: 300 },
  )
})

test('counting costs a state of one number for each key and pane', (t) => {
  const run = new TimedRun(keyed({ window: sliding(60, 1), aggregates: { result: counting() } }), {
    exact: true,
    input,
  })
  for (let n = 0; n < 100; n++) run.send(['a', 0, n])
  t.deepEqual([...run.context.state('panes').entries()], [["0'a", 100]])
})
