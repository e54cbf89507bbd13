import test from 'ava'
import type { Aggregator, CombinerAggregator } from '../../../lib/trident/model/operation.ts'
import {
  checkWindow,
  describeWindow,
  slidingCount,
  slidingDuration,
  tumblingCount,
  tumblingDuration,
} from '../../../lib/trident/window/window-config.ts'
import { amounts, attempt, emittedBy, keptIn, openWindows, row, TestStore, throwsCode } from './kit.ts'

test('a tumbling window of three rows fires with each third row, and a partial one waits for the next batches', async (t) => {
  t.deepEqual(await emittedBy(tumblingCount(3), [[0, 1, 2], [0, 3, 4], [0], [0, 5], [0, 6]]), [
    [],
    [[1, 2, 3]],
    [],
    [],
    [[4, 5, 6]],
  ])
})

test('a count window fires several times within a batch, in the order of the rows', async (t) => {
  t.deepEqual(await emittedBy(tumblingCount(2), [[0, 1, 2, 3, 4, 5]]), [
    [
      [1, 2],
      [3, 4],
    ],
  ])
})

test('a sliding window of three rows that slides by two fires with each second row, over fewer rows at the beginning', async (t) => {
  t.deepEqual(
    await emittedBy(slidingCount(3, 2), [
      [0, 1, 2, 3],
      [0, 4],
      [0, 5, 6],
    ]),
    [[[1, 2]], [[2, 3, 4]], [[4, 5, 6]]],
  )
})

test('a tumbling window of 100 ms fires in the first batch that began at its end or later, without the rows of that batch', async (t) => {
  t.deepEqual(await emittedBy(tumblingDuration(100), [[100, 1], [199, 2], [200, 3], [250], [300]]), [
    [],
    [],
    [[1, 2]],
    [],
    [[3]],
  ])
})

test('windows by time are aligned to 1970, not to the first row', async (t) => {
  t.deepEqual(
    await emittedBy(tumblingDuration(100), [
      [199, 1],
      [200, 2],
    ]),
    [[], [[1]]],
  )
})

test('a sliding window of 100 ms that slides by 50 holds each row twice', async (t) => {
  t.deepEqual(await emittedBy(slidingDuration(100, 50), [[0, 1], [60, 2], [100, 3], [200], [250]]), [
    [],
    [[1]],
    [[1, 2]],
    [[2, 3], [3]],
    [],
  ])
})

test('after a gap each window that holds a row fires, in the order of their ends, and those that hold none do not', async (t) => {
  t.deepEqual(await emittedBy(tumblingDuration(10), [[5, 1], [1_000_000, 2], [1_000_000_000_000]]), [[], [[1]], [[2]]])
})

test('where the clock was set back no window fires twice, and rows belong to the latest time seen', async (t) => {
  t.deepEqual(await emittedBy(tumblingDuration(100), [[90, 1], [110, 2], [50, 3], [105], [200]]), [
    [],
    [[1]],
    [],
    [],
    [[2, 3]],
  ])
})

test('each group has a window of its own by count, and they fire in the order in which they get full', async (t) => {
  const state = await openWindows({ window: tumblingCount(2) })
  const rows = [row('a', 1), row('b', 2), row('c', 3), row('b', 4), row('a', 5)]
  t.deepEqual(attempt(state, 1, { startedAt: 0, rows }), [
    ['b', [2, 4]],
    ['a', [1, 5]],
  ])
  t.deepEqual(attempt(state, 2, { startedAt: 0, rows: [row('c', 6)] }), [['c', [3, 6]]])
})

test('all groups fire together by time, in the order in which they came', async (t) => {
  const state = await openWindows({ window: tumblingDuration(10) })
  attempt(state, 1, { startedAt: 1, rows: [row('b', 1), row('a', 2)] })
  attempt(state, 2, { startedAt: 2, rows: [row('c', 3), row('b', 4)] })
  t.deepEqual(attempt(state, 3, { startedAt: 10, rows: [] }), [
    ['b', [1, 4]],
    ['a', [2]],
    ['c', [3]],
  ])
})

test('any of the three kinds of aggregators makes a result of a window', async (t) => {
  const sum: CombinerAggregator<number> = {
    init: (tuple) => tuple.get('amount'),
    combine: (a, b) => a + b,
    zero: () => 0,
  }
  const twice: Aggregator = {
    init: (batchId) => [batchId],
    aggregate: (state, tuple) => void state.push(tuple.get('amount')),
    complete(state, collector) {
      collector.emit(['once', ...state])
      collector.emit(['again', ...state])
    },
  }
  for (const [aggregator, expected] of [
    [sum, [['a', 3]]],
    [amounts, [['a', [1, 2]]]],
    [
      twice,
      [
        ['a', 'once', 7, 1, 2],
        ['a', 'again', 7, 1, 2],
      ],
    ],
  ] as const) {
    const state = await openWindows({ window: tumblingCount(2) })
    t.deepEqual(attempt(state, 7, { startedAt: 0, rows: [row('a', 1), row('a', 2)] }, aggregator), expected as any)
  }
})

test('an aggregator sees the input fields and no others', async (t) => {
  const names: CombinerAggregator = { init: (tuple) => tuple.fields.names, combine: (a) => a, zero: () => [] }
  const state = await openWindows({ window: tumblingCount(1) })
  t.deepEqual(attempt(state, 1, { startedAt: 0, rows: [row('a', 1)] }, names), [['a', ['amount']]])
})

test('an aggregator that throws or returns a promise fails the batch, and the batch that comes again finds the windows as before', async (t) => {
  const state = await openWindows({ window: tumblingCount(2) })
  attempt(state, 1, { startedAt: 0, rows: [row('a', 1)] })
  const batch = { startedAt: 0, rows: [row('b', 2), row('a', 3)] }
  const bad = {
    init: () => 0,
    reduce() {
      throw new Error('no such amount')
    },
  }
  t.throws(() => attempt(state, 2, batch, bad), { message: 'no such amount' })
  const late = { init: () => 0, reduce: async () => 1 }
  await throwsCode(t, 'ASYNC_OPERATION', () => attempt(state, 2, batch, late))
  t.deepEqual(attempt(state, 2, batch), [['a', [1, 3]]])
})

test('rows beyond maxRows fail the batch and are not dropped', async (t) => {
  for (const window of [tumblingCount(10), tumblingDuration(10)]) {
    const state = await openWindows({ window, store: keptIn(new TestStore(), 3) })
    attempt(state, 1, { startedAt: 0, rows: [row('a', 1), row('b', 2)] })
    await throwsCode(t, 'OPERATION_FAILED', () => attempt(state, 2, { startedAt: 0, rows: [row('a', 3), row('a', 4)] }))
    attempt(state, 2, { startedAt: 0, rows: [row('a', 3)] })
    t.is(state.size, 3)
  }
})

test('what no window will hold any more is not kept, neither in memory nor in the store', async (t) => {
  for (const [window, most] of [
    [slidingCount(10, 2), 10],
    [slidingDuration(10, 2), 15],
  ] as const) {
    const store = new TestStore()
    const state = await openWindows({ window, store: keptIn(store), groupBy: [] })
    for (let txid = 1; txid < 300; txid++) {
      attempt(state, txid, { startedAt: txid, rows: [row('a', txid)] })
      t.true(state.size <= most && store.chunks() <= most, `${state.size} rows, ${store.chunks()} chunks`)
    }
  }
})

test('a window that cannot be is refused', async (t) => {
  for (const make of [
    () => tumblingCount(0),
    () => tumblingDuration(1.5),
    () => slidingCount(3, 0),
    () => slidingDuration(10, 20),
    () => checkWindow({ by: 'rows' as 'count', length: 1, slide: 1 }),
  ])
    await throwsCode(t, 'BAD_WINDOW', make)
  t.is(describeWindow(tumblingCount(5)), 'each 5 rows')
  t.is(describeWindow(slidingDuration(100, 10)), 'the last 100 ms, every 10')
})
