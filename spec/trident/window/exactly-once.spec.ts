import test from 'ava'
import fc from 'fast-check'
import type { Row } from '../../../lib/trident/operation/processor.ts'
import {
  slidingCount,
  slidingDuration,
  tumblingCount,
  tumblingDuration,
  type WindowConfig,
} from '../../../lib/trident/window/window-config.ts'
import type { WindowState } from '../../../lib/trident/window/window-state.ts'
import { volume } from '../../volume.ts'
import { attempt, keptIn, openWindows, row, type TestBatch, TestStore, throwsCode, WINDOW } from './kit.ts'

type Result = readonly [card: string, amounts: readonly number[]]

/** Windows recomputed from all rows that ever came, batch by batch. */
class Model {
  readonly #window: WindowConfig
  readonly #rows: { card: string; amount: number; time: number }[] = []
  #time = 0

  constructor(window: WindowConfig) {
    this.#window = window
  }

  /** What the batch emits. */
  take(batch: TestBatch): Result[] {
    return this.#window.by === 'count' ? this.#byCount(batch) : this.#byTime(batch)
  }

  #byCount({ rows }: TestBatch): Result[] {
    const results: Result[] = []
    for (const [card, , amount] of rows as [string, string, number][]) {
      this.#rows.push({ card, amount, time: 0 })
      const all = this.#rows.filter((other) => other.card === card).map((other) => other.amount)
      if (all.length % this.#window.slide === 0) results.push([card, all.slice(-this.#window.length)])
    }
    return results
  }

  #byTime({ startedAt, rows }: TestBatch): Result[] {
    const { length, slide } = this.#window
    const results: Result[] = []
    const time = Math.max(startedAt, this.#time)
    for (let end = 0; end <= time; end += slide) {
      if (end <= this.#time) continue
      const inside = this.#rows.filter((kept) => kept.time >= end - length && kept.time < end)
      for (const card of new Set(inside.map((kept) => kept.card))) {
        results.push([card, inside.filter((kept) => kept.card === card).map(({ amount }) => amount)])
      }
    }
    if (rows.length + results.length > 0) this.#time = time
    for (const [card, , amount] of rows as [string, string, number][]) this.#rows.push({ card, amount, time })
    return results
  }
}

const windows = fc.oneof(
  fc.integer({ min: 1, max: 6 }).map(tumblingCount),
  fc.integer({ min: 1, max: 30 }).map(tumblingDuration),
  fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat(5)).map(([slide, more]) => slidingCount(slide + more, slide)),
  fc.tuple(fc.integer({ min: 1, max: 20 }), fc.nat(30)).map(([slide, more]) => slidingDuration(slide + more, slide)),
)
const rows = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(99)), { maxLength: 12 })
const batches = fc
  .record({ startedAt: fc.nat(120), rows: rows.map((list) => list.map(([card, amount]): Row => row(card, amount))) })
  .map((batch): TestBatch => batch)
/** How an attempt that is not the last one of its transaction ends. */
const endings = fc.constantFrom(
  'committed',
  'killed before',
  'written but failed',
  'killed after',
  'disk full',
  'aggregator throws',
  'killed midway',
)
const transactions = fc.record({
  /** Attempts before the last one, of the same rows or of others. */
  former: fc.array(fc.record({ ending: endings, other: fc.option(batches) }), { maxLength: 3 }),
  batch: batches,
  restart: fc.boolean(),
})

const throwing = {
  init: () => 0,
  reduce() {
    throw new Error('an aggregator')
  },
}

test('whatever is replayed, with the same rows or with others, and wherever the process dies: each transaction emits in its last attempt what a model emits that saw only the last attempts', async (t) => {
  await fc.assert(
    fc.asyncProperty(windows, fc.array(transactions, { maxLength: 25 }), async (window, list) => {
      const store = new TestStore()
      const open = () => openWindows({ window, store: keptIn(store) })
      const model = new Model(window)
      let state: WindowState = await open()
      for (const [index, { former, batch, restart }] of list.entries()) {
        const txid = index + 1
        for (const { ending, other } of former) {
          if (ending === 'disk full') store.next = 'full'
          if (ending === 'killed after' || ending === 'written but failed') store.next = 'killed after'
          try {
            const tried = other ?? batch
            if (ending === 'killed midway') state.beginCommit(txid)
            else if (ending !== 'killed before')
              attempt(state, txid, tried, ending === 'aggregator throws' ? throwing : undefined)
          } catch {
            // The batch failed; it comes again.
          }
          store.next = undefined
          if (ending.startsWith('killed')) state = await open()
        }
        if (restart) state = await open()
        t.deepEqual(attempt(state, txid, batch), model.take(batch))
      }
    }),
    { numRuns: volume(300, 1500) },
  )
})

test('a transaction that comes again and brings nothing this time takes back what it brought before', async (t) => {
  for (const window of [tumblingCount(2), tumblingDuration(10)]) {
    const store = new TestStore()
    let state = await openWindows({ window, store: keptIn(store) })
    attempt(state, 1, { startedAt: 1, rows: [row('a', 1)] })
    attempt(state, 1, { startedAt: 1, rows: [] })
    t.is(state.size, 0)
    state = await openWindows({ window, store: keptIn(store) })
    attempt(state, 2, { startedAt: 2, rows: [row('a', 2)] })
    t.is(state.size, 1)
  }
})

test('a transaction behind the last one is refused, after a restart too, and changes nothing', async (t) => {
  const store = new TestStore()
  let state = await openWindows({ window: tumblingCount(3), store: keptIn(store) })
  attempt(state, 4, { startedAt: 0, rows: [row('a', 1)] })
  attempt(state, 5, { startedAt: 0, rows: [row('a', 2)] })
  await throwsCode(t, 'TXID_BEHIND', () => state.beginCommit(4))
  state = await openWindows({ window: tumblingCount(3), store: keptIn(store) })
  await throwsCode(t, 'TXID_BEHIND', () => state.beginCommit(4))
  t.deepEqual(attempt(state, 6, { startedAt: 0, rows: [row('a', 3)] }), [['a', [1, 2, 3]]])
})

test('a transaction behind one that changed nothing is refused as well', async (t) => {
  const state = await openWindows({ window: tumblingCount(3) })
  attempt(state, 4, { startedAt: 0, rows: [] })
  await throwsCode(t, 'TXID_BEHIND', () => state.beginCommit(3))
})

test('a batch without rows in which no window fires writes nothing', async (t) => {
  for (const window of [tumblingCount(2), slidingDuration(10, 5)]) {
    const store = new TestStore()
    const state = await openWindows({ window, store: keptIn(store) })
    store.next = 'full'
    attempt(state, 1, { startedAt: 1000, rows: [] })
    t.is(store.get('head'), undefined)
  }
})

test('a DRPC request changes no window', async (t) => {
  const state = await openWindows({ window: tumblingCount(2) })
  attempt(state, 1, { startedAt: 0, rows: [row('a', 1)] })
  state.beginCommit(null)
  t.throws(() =>
    state.apply(0, [row('a', 2)], throwing, { emit: () => {}, reportError: () => {}, operation: WINDOW }, []),
  )
  state.commit(null)
  t.deepEqual(attempt(state, 2, { startedAt: 0, rows: [row('a', 3)] }), [['a', [1, 3]]])
})
