/**
 * The windows of Storm over integers: the behaviours that its own tests state
 * (apache/storm `storm-client/test/jvm/org/apache/storm/windowing`).
 */
import test from 'ava'
import fc from 'fast-check'
import { BEGINNING, EventLog, type FiredWindow, type Kept } from '../../lib/windows/tuples/event-log.ts'
import { Count, Duration, type TupleWindowShape } from '../../lib/windows/tuples/extent.ts'

/** A log whose expired events are noted down. */
class Log {
  readonly expired: number[] = []
  readonly kept = new Map<number, Kept<number>>()
  readonly shape: TupleWindowShape
  log: EventLog<number>

  constructor(shape: TupleWindowShape) {
    this.shape = shape
    this.log = new EventLog(shape, this.#keeper)
  }

  readonly #keeper = {
    expired: ({ value }: Kept<number>) => this.expired.push(value),
    forgotten: ({ number }: Kept<number>) => this.kept.delete(number),
  }

  add(time: number, value: number): void {
    const event = this.log.add(time, value)
    this.kept.set(event.number, event)
  }

  /** Adds events in the order of the clock; windows by count fire at once. */
  addNow(time: number, value: number): FiredWindow<number>[] {
    this.add(time, value)
    const fired = this.shape.slide instanceof Count ? this.advance(time) : []
    this.log.compact()
    return fired
  }

  advance(to: number): FiredWindow<number>[] {
    return [...this.log.advance(to)]
  }

  /** Goes on with another log that is made of what was kept. */
  restore(): void {
    this.log = new EventLog(this.shape, this.#keeper, this.log.head, [...this.kept.values()].reverse())
  }
}

const byCount = (length: number, slide: number) => ({ length: new Count(length), slide: new Count(slide) })
const byTime = (lengthMs: number, slideMs: number) => ({ length: new Duration(lengthMs), slide: new Duration(slideMs) })
const show = (windows: readonly FiredWindow<number>[]) =>
  windows.map(({ events, added, expired }) => [events, added, expired])
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

test('a sliding window by count fires with each slide over the last tuples', (t) => {
  const log = new Log(byCount(5, 2))
  const fired = (value: number) => show(log.addNow(value, value))
  t.deepEqual([fired(1), fired(2)], [[], [[[1, 2], [1, 2], []]]])
  t.deepEqual([fired(3), fired(4)], [[], [[[1, 2, 3, 4], [3, 4], []]]])
  t.deepEqual([fired(5), fired(6)], [[], [[[2, 3, 4, 5, 6], [5, 6], [1]]]])
  t.deepEqual(
    [fired(7), fired(8)],
    [
      [],
      [
        [
          [4, 5, 6, 7, 8],
          [7, 8],
          [2, 3],
        ],
      ],
    ],
  )
})

test('a tumbling window by count holds each tuple once', (t) => {
  const log = new Log(byCount(3, 3))
  const fired = range(1, 6).map((value) => show(log.addNow(value, value)))
  t.deepEqual(fired, [
    [],
    [],
    [[[1, 2, 3], [1, 2, 3], []]],
    [],
    [],
    [
      [
        [4, 5, 6],
        [4, 5, 6],
        [1, 2, 3],
      ],
    ],
  ])
})

test('what no window will hold expires now and then, though none fires', (t) => {
  const log = new Log({ length: new Count(5), slide: new Duration(3_600_000) })
  for (const value of range(1, 10)) log.addNow(value, value)
  t.deepEqual(log.expired, [])
  for (const value of range(11, 100)) log.addNow(value, value)
  t.deepEqual(log.expired, range(1, 95))
})

for (const [kind, length] of [
  ['count', new Count(100)],
  ['time', new Duration(100)],
] as const) {
  test(`nothing expires before the first watermark: length by ${kind}`, (t) => {
    const log = new Log({ length, slide: new Duration(100) })
    for (const value of range(1, 100)) log.add(value, value)
    t.deepEqual(log.expired, [])
    t.deepEqual(
      log.advance(100).map(({ events }) => events),
      [range(1, 100)],
    )
    for (const value of range(101, 200)) log.add(value, value)
    log.advance(201)
    t.deepEqual(log.expired, range(1, 100))
  })
}

test('a window by the clock holds what came within its length', (t) => {
  const log = new Log({ length: new Duration(100), slide: new Duration(60) })
  for (const value of range(1, 10)) log.addNow(0 + 1, value)
  t.deepEqual(
    log.advance(60).map(({ events }) => events),
    [range(1, 10)],
  )
  t.deepEqual(log.advance(120), [])
  t.deepEqual(log.expired, range(1, 10))
  t.deepEqual(log.advance(180), [])
})

test('windows by event time fire in their order when the watermark passes them, and empty ones are skipped', (t) => {
  const log = new Log(byTime(20, 10))
  const add = (...events: [value: number, time: number][]) => {
    for (const [value, time] of events) log.add(time, value)
  }
  add([1, 603], [2, 605], [3, 607])
  t.deepEqual(log.advance(609), [])
  add([4, 618], [5, 626], [6, 636])
  const first = log.advance(631)
  t.deepEqual(show(first), [
    [[1, 2, 3], [1, 2, 3], []],
    [[1, 2, 3, 4], [4], []],
    [[4, 5], [5], [1, 2, 3]],
  ])
  t.deepEqual(
    first.map(({ end }) => end),
    [610, 620, 630],
  )
  add([7, 825], [8, 826], [9, 827], [10, 839])
  log.expired.length = 0
  t.deepEqual(show(log.advance(834)), [
    [[5, 6], [6], [4]],
    [[6], [], [5]],
    [[7, 8, 9], [7, 8, 9], [6]],
  ])
  t.deepEqual(log.expired, [4, 5, 6])
})

test('a slide by count in event time counts the tuples in the order of their times', (t) => {
  const log = new Log({ length: new Duration(20), slide: new Count(3) })
  const add = (times: readonly number[], first: number) => {
    for (const [index, time] of times.entries()) log.add(time, first + index)
  }
  add([603, 605, 607, 618, 625, 626, 629, 636], 1)
  t.deepEqual(
    log.advance(631).map(({ events }) => events),
    [
      [1, 2, 3],
      [3, 4, 5, 6],
    ],
  )
  add([665, 666, 667, 669, 679], 9)
  t.deepEqual(
    log.advance(674).map(({ events }) => events),
    [[9], [9, 10, 11, 12]],
  )
})

test('what closes a window does not look through the events behind it', (t) => {
  const EVENTS = 100_000
  const looks = new Set<number>()
  const event = (number: number, time: number): Kept<number> => ({
    number,
    get time() {
      looks.add(number)
      return time
    },
    value: number,
  })
  const times = [603, 605, 607, 618, 626, 629, 636, 637, 638, 639]
  const behind = Array.from({ length: EVENTS }, (_, index) => 640 + index)
  const all = [...times, ...behind].map((time, index) => event(index + 1, time))
  const expired: number[] = []
  const keeper = { expired: ({ value }: Kept<number>) => expired.push(value), forgotten: () => {} }
  const log = new EventLog(byTime(20, 10), keeper, BEGINNING, all)
  looks.clear()
  t.deepEqual(
    [...log.advance(631)].map(({ events }) => events),
    [
      [1, 2, 3],
      [1, 2, 3, 4],
      [4, 5, 6],
    ],
  )
  t.deepEqual(expired, [1, 2, 3])
  // Two searches for each of three windows.
  t.true(looks.size < 7 + 6 * Math.log2(EVENTS), `it has looked at ${looks.size}`)
})

test('tuples of the same time keep the order in which they came', (t) => {
  const times = [10, 10, 11, 12, 12, 12, 12, 13, 14, 15]
  for (const [shape, expected] of [
    [
      byCount(2, 2),
      [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
        [9, 10],
      ],
    ],
    [byCount(5, 2), [[1, 2], range(1, 4), range(2, 6), range(4, 8), range(6, 10)]],
  ] as const) {
    const log = new Log(shape)
    for (const [index, time] of times.entries()) log.add(time, index + 1)
    t.deepEqual(
      log.advance(20).map(({ events }) => events),
      expected,
    )
  }
})

test('a tuple that no window to come would hold is late, too', (t) => {
  const log = new Log(byTime(20, 20))
  log.add(90, 1)
  log.advance(100)
  t.deepEqual(
    [99, 100, 101].map((time) => log.log.isLate(time)),
    [true, true, false],
  )
  log.advance(105)
  t.deepEqual(
    [104, 105].map((time) => log.log.isLate(time)),
    [true, false],
  )
})

test('the end of the input closes all windows', (t) => {
  for (const shape of [byTime(20, 10), { length: new Count(2), slide: new Duration(10) }, byCount(2, 1)]) {
    const log = new Log(shape)
    log.add(-15, 1)
    log.add(7, 2)
    const windows = log.advance(Number.POSITIVE_INFINITY)
    t.deepEqual([...new Set(windows.flatMap(({ added }) => added))], [1, 2])
    log.log.finish()
    t.deepEqual([log.expired, log.kept.size], [[1, 2], 0])
  }
})

test('the tuples of a window that failed are gone', (t) => {
  const log = new Log(byCount(3, 2))
  log.addNow(1, 1)
  t.is(log.addNow(2, 2).length, 1)
  log.log.dropWindow()
  t.is(log.kept.size, 0)
  log.addNow(3, 3)
  t.deepEqual(show(log.addNow(4, 4)), [[[3, 4], [3, 4], []]])
})

const extent = fc.integer({ min: 1, max: 30 })
const shape: fc.Arbitrary<TupleWindowShape> = fc
  .tuple(extent, extent, fc.boolean(), fc.boolean())
  .map(([length, slide, isLengthCount, isSlideCount]) => ({
    length: isLengthCount ? new Count(length) : new Duration(length),
    slide: isSlideCount ? new Count(slide) : new Duration(slide),
  }))
const arrivals = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.boolean()), { maxLength: 60 })

test('whatever the watermarks, the windows are those of all events at once; a restore changes nothing', (t) => {
  const LAG = 20
  fc.assert(
    fc.property(shape, arrivals, (of, events) => {
      const [eager, lazy] = [new Log(of), new Log(of)]
      const windows: FiredWindow<number>[] = []
      const times: number[] = []
      let newest = Number.NEGATIVE_INFINITY
      for (const [index, [offset, advances]] of events.entries()) {
        const time = Math.max(offset, newest - LAG + 1)
        newest = Math.max(newest, time)
        times.push(time)
        eager.add(time, index)
        lazy.add(time, index)
        if (advances) windows.push(...eager.advance(newest - LAG))
        if (advances && index % 2 === 0) eager.restore()
      }
      windows.push(...eager.advance(Number.POSITIVE_INFINITY))
      t.deepEqual(windows, lazy.advance(Number.POSITIVE_INFINITY))
      for (const { events: held, end } of windows) {
        if (of.length instanceof Count) t.true(held.length <= of.length.count)
        else for (const index of held) t.true(times[index]! > end - of.length.ms && times[index]! <= end)
      }
      for (const { log } of [eager, lazy]) log.finish()
      t.deepEqual(
        [...eager.expired].sort((a, b) => a - b),
        events.map((_, index) => index),
      )
    }),
  )
})
