/**
 * Storm's windowed bolts, as its own tests state their behaviour
 * (apache/storm `storm-client/test/jvm/org/apache/storm/topology/WindowedBoltExecutorTest.java`).
 */
import test from 'ava'
import { type BasicOutputCollector, fields } from '../../lib/index.ts'
import { Count, Duration, type TupleWindow, WindowedBolt } from '../../lib/windows/index.ts'
import { TimedRun } from './kit.ts'

type Row = { values: number[]; added: number[]; expired: number[]; start: number | undefined; end: number }

/** Emits what it sees of each window; throws where that is asked for. */
class Show extends WindowedBolt<{ ts: number }, Row> {
  override readonly outputs = fields<Row>('values', 'added', 'expired', 'start', 'end')
  readonly #throws: (window: TupleWindow) => boolean

  constructor(throws: (window: TupleWindow) => boolean = () => false) {
    super()
    this.#throws = throws
  }

  execute(window: TupleWindow<{ ts: number }>, collector: BasicOutputCollector<Row>): void {
    const numbers = (tuples: ReturnType<typeof window.get>) => tuples.map((tuple) => tuple.get('ts'))
    collector.emit([
      numbers(window.get()),
      numbers(window.getNew()),
      numbers(window.getExpired()),
      window.getStartTimestamp(),
      window.getEndTimestamp(),
    ])
    if (this.#throws(window)) throw new Error('a bad window')
  }
}

const input = ['ts']
const inEventTime = () =>
  new Show().withTimestampField('ts').withWindow(Duration.ms(20), Duration.ms(10)).withLag(Duration.ms(5))

const MODES = [
  [false, 'at least once'],
  [true, 'exactly once'],
] as const

for (const [exact, mode] of MODES) {
  test(`windows by event time hold their tuples: ${mode}`, (t) => {
    const run = new TimedRun(() => inEventTime().toBolt(), { exact, input })
    for (const ts of [603, 605, 607, 618, 626, 636]) run.send([ts])
    run.watermark(636 - 5)
    t.deepEqual(run.take(), [
      [[603, 605, 607], [603, 605, 607], [], 590, 610],
      [[603, 605, 607, 618], [618], [], 600, 620],
      [[618, 626], [626], [603, 605, 607], 610, 630],
    ])
  })

  test(`late tuples are acked at once, counted, and emitted where there is a stream for them: ${mode}`, (t) => {
    const run = new TimedRun(() => inEventTime().withLateTupleStream('$late').toBolt(), { exact, input })
    run.send([610])
    run.watermark(605)
    const [onTime, late] = [run.send([605]), run.send([604])]
    t.is(run.context.counts.get('late'), 1)
    t.deepEqual(run.take('$late'), [[{ ts: 604 }]])
    t.true(run.collector.acked.includes(late))
    t.is(run.collector.acked.includes(onTime), exact)
  })

  test(`windows by count fire at once: ${mode}`, (t) => {
    const run = new TimedRun(() => new Show().withWindow(Count.of(5), Count.of(2)).toBolt(), { exact, input })
    for (const ts of [1, 2, 3, 4, 5, 6, 7, 8]) run.send([ts])
    t.deepEqual(
      run.take().map((values) => values.slice(0, 3)),
      [
        [[1, 2], [1, 2], []],
        [[1, 2, 3, 4], [3, 4], []],
        [[2, 3, 4, 5, 6], [5, 6], [1]],
        [
          [4, 5, 6, 7, 8],
          [7, 8],
          [2, 3],
        ],
      ],
    )
  })

  test(`a window without a slide fires with each tuple: ${mode}`, (t) => {
    const run = new TimedRun(() => new Show().withWindow(Count.of(2)).toBolt(), { exact, input })
    for (const ts of [1, 2, 3]) run.send([ts])
    t.deepEqual(
      run.take().map(([values]) => values),
      [[1], [1, 2], [2, 3]],
    )
  })
}

for (const [exact, mode] of MODES) {
  test(`windows by the clock fire at the multiples of their slide: ${mode}`, (t) => {
    const make = () => new Show().withWindow(Duration.ms(100), Duration.ms(50)).toBolt()
    const run = new TimedRun(make, { exact, input })
    run.advance(10)
    run.send([1])
    run.advance(50)
    run.send([2])
    t.deepEqual(run.take(), [[[1], [1], [], -50, 50]])
    run.advance(500)
    t.deepEqual(run.take(), [
      [[1, 2], [2], [], 0, 100],
      [[2], [], [1], 50, 150],
    ])
    run.send([3])
    run.advance(50)
    t.deepEqual(run.take(), [[[3], [3], [2], 500, 600]])
  })

  test(`the end of the input closes windows by time, and lets all tuples go: ${mode}`, (t) => {
    for (const make of [
      () => inEventTime(),
      () => new Show().withTumblingWindow(Duration.seconds(1)),
      () => new Show().withWindow(Count.of(3), Duration.seconds(1)),
    ]) {
      const run = new TimedRun(() => make().toBolt(), { exact, input })
      const tuples = [run.send([1]), run.send([2])]
      run.endOfInput()
      t.deepEqual(
        run.take().flatMap(([, added]) => added),
        [1, 2],
      )
      t.deepEqual(run.collector.acked, tuples)
    }
  })
}

test('with acks a tuple is held until it expires, and what is emitted is anchored to the whole window', (t) => {
  const run = new TimedRun(() => new Show().withTumblingWindow(Count.of(2)).toBolt(), { input })
  const tuples = [1, 2, 3, 4].map((ts) => run.send([ts]))
  t.deepEqual(run.collector.acked, tuples.slice(0, 2))
  t.deepEqual(
    run.collector.emitted.map(({ anchors }) => anchors),
    [tuples.slice(0, 2), tuples.slice(2)],
  )
})

test('tuples that are held are renewed four times in a message timeout', (t) => {
  const make = () => new Show().withTumblingWindow(Duration.minutes(10)).toBolt()
  const run = new TimedRun(make, { input, config: { 'topology.message.timeout.secs': 20 } })
  const held = run.send([1])
  const renewed: unknown[] = []
  run.collector.resetTimeout = (tuple?: unknown) => void renewed.push(tuple)
  run.advance(20_000)
  t.deepEqual(renewed, [held, held, held, held])
})

test('a window that wants more tuples than spouts may have in flight says so once, when nothing comes any more', (t) => {
  const make = (count: number, pending: number): TimedRun =>
    new TimedRun(() => new Show().withTumblingWindow(Count.of(count)).toBolt(), {
      input,
      config: { 'topology.message.timeout.secs': 20, 'topology.max.spout.pending': pending },
    })
  const told = (run: TimedRun): (string | undefined)[] => {
    const codes: (string | undefined)[] = []
    run.collector.reportError = (error: unknown) => void codes.push((error as { code?: string }).code)
    for (let n = 0; n < 5; n++) run.send([n])
    run.advance(19_000)
    t.deepEqual(codes, [])
    run.advance(60_000)
    return codes
  }
  t.deepEqual(told(make(10, 5)), ['WINDOW_STARVED'])
  t.deepEqual(told(make(10, 10)), [])
  t.deepEqual(told(make(5, 5)), ['WINDOW_STARVED'], 'what has fired is held until the next tuple comes')
})

test('with acks the tuples of a window that fails are failed, and the next ones are not', (t) => {
  const make = () => new Show((window) => window.getNew()[0]?.get('ts') === 1).withTumblingWindow(Count.of(2)).toBolt()
  const run = new TimedRun(make, { input })
  const tuples = [1, 2, 3, 4].map((ts) => run.send([ts]))
  t.deepEqual(
    run.collector.failed.map(({ tuple }) => tuple),
    tuples.slice(0, 2),
  )
  t.deepEqual(run.take().at(-1)!.slice(0, 3), [[3, 4], [3, 4], []])
})

test('exactly once, tuples are acked when they are in the window, which goes on from a snapshot', (t) => {
  let run = new TimedRun(() => inEventTime().toBolt(), { exact: true, input })
  const tuple = run.send([603])
  t.deepEqual(run.collector.acked, [tuple])
  run = run.restored()
  run.send([618])
  run.watermark(620)
  run = run.restored()
  run.send([626])
  run.watermark(641)
  t.deepEqual(
    [run.take()],
    [
      [
        [[618, 626], [626], [603], 610, 630],
        [[626], [], [618], 620, 640],
      ],
    ],
  )
})

test('exactly once, an execution that fails has not happened', (t) => {
  let isBad = true
  const run = new TimedRun(() => new Show(() => isBad).withTumblingWindow(Count.of(2)).toBolt(), { exact: true, input })
  run.send([1])
  t.throws(() => run.send([2]))
  t.deepEqual(run.take(), [])
  isBad = false
  run.send([2])
  t.deepEqual(
    run.take().map((values) => values.slice(0, 3)),
    [[[1, 2], [1, 2], []]],
  )
})

test('exactly once, a tuple that cannot be kept is in no window', (t) => {
  const make = () => new Show().withTumblingWindow(Count.of(2)).toBolt()
  const run = new TimedRun(make, { exact: true, input })
  run.send([1])
  t.throws(() => run.send([() => 2]), { code: 'CANNOT_ENCODE' })
  run.send([3])
  t.deepEqual(
    run.take().map(([values]) => values),
    [[1, 3]],
  )
})

test('a tuple without a timestamp, or with one that is no number, is refused', (t) => {
  const run = new TimedRun(() => inEventTime().toBolt(), { input })
  for (const wrong of ['1', null, Number.NaN, Number.POSITIVE_INFINITY])
    t.throws(() => run.send([wrong]), { code: 'BAD_TIMESTAMP' })
  const other = new TimedRun(() => inEventTime().toBolt(), { input: ['time'] })
  t.throws(() => other.send([1]), { code: 'BAD_TIMESTAMP' })
  run.send([new Date(603)])
})

test('a window has a limit, and the tuple that has no room is refused', (t) => {
  for (const exact of [false, true]) {
    const make = () => new Show().withTumblingWindow(Duration.hours(1)).withMaxTuples(2).toBolt()
    const run = new TimedRun(make, { exact, input })
    run.send([1])
    run.send([2])
    t.throws(() => run.send([3]), { code: 'WINDOW_TOO_LARGE' })
  }
})

test('what does not fit is found before anything runs', (t) => {
  const wrong = [
    () => new Show(),
    () => new Show().withTumblingWindow(Count.of(1)).withLateTupleStream('late'),
    () => new Show().withTumblingWindow(Count.of(1)).withWatermarksOfSources(),
    () => inEventTime().withLateTupleStream('default'),
  ]
  for (const make of wrong) t.throws(() => make().toBolt(), { code: 'BAD_WINDOW' })
  t.throws(() => Count.of(0), { code: 'BAD_WINDOW' })
  t.throws(() => Duration.ms(-1), { code: 'BAD_WINDOW' })
  t.throws(() => new Duration(1, 'weeks' as never), { code: 'BAD_WINDOW' })
  t.throws(() => inEventTime().withLag(-1), { code: 'BAD_WINDOW' })
  t.throws(() => inEventTime().withWatermarkInterval(0), { code: 'BAD_WINDOW' })
  t.throws(() => inEventTime().withMaxTuples(0), { code: 'BAD_WINDOW' })
})

test('lengths and slides are those of Storm', (t) => {
  t.deepEqual(
    [Duration.seconds(20).ms, Duration.minutes(1).ms, Duration.hours(1).ms, Duration.days(1).ms],
    [20_000, 60_000, 3_600_000, 86_400_000],
  )
  t.is(new Duration(5, 'SECONDS').ms, 5000)
})

test('the bolt that runs it says what it emits, and where its time comes from', (t) => {
  const bolt = inEventTime().withLateTupleStream('late').toBolt()
  t.deepEqual(Object.keys(bolt.outputs!), ['late', 'default'])
  t.deepEqual(bolt.timestamps, { field: 'ts', lagMs: 5, intervalMs: 1000 })
  t.is(inEventTime().withWatermarksOfSources().toBolt().timestamps, undefined)
})

test('a run that goes on from the end of its input begins where event time was before', (t) => {
  let run = new TimedRun(() => inEventTime().toBolt(), { exact: true, input })
  run.send([603])
  run.watermark(598)
  run.endOfInput()
  t.is(run.take().length, 2)
  run = run.restored()
  run.send([604])
  run.send([597])
  run.endOfInput()
  t.deepEqual(
    run.take().map(([values]) => values),
    [[604], [604]],
  )
  t.is(run.context.counts.get('late'), 1)
})
