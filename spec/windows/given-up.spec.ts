/** A window that comes to no result, however often it is tried: it is left out, and all others fire. */
import test from 'ava'
import { type BasicOutputCollector, fields, TopologyBuilder } from '../../lib/index.ts'
import { completeTopology, FixedTupleSpout, readTuples } from '../../lib/testing/index.ts'
import {
  type Aggregate,
  afterCount,
  afterWatermark,
  anyOf,
  Count,
  Duration,
  KeyedWindowBolt,
  type KeyedWindowOptions,
  session,
  sliding,
  summing,
  type TupleWindow,
  WindowedBolt,
} from '../../lib/windows/index.ts'
import { TimedRun } from './kit.ts'

interface Row {
  key: string
  time: number
  value: number
}
type Out = { key: string; sum: number; start: number; end: number }

/** A sum that can be anything but 3. */
const notThree: Aggregate<number, number> = {
  ...summing('value'),
  result(sum) {
    if (sum === 3) throw new Error('it is 3')
    return sum
  },
}

const input = ['key', 'time', 'value']
const keyed = (more: Partial<KeyedWindowOptions<Row, Out>>) => () =>
  new KeyedWindowBolt<Row, Out>({
    keys: ['key'],
    window: sliding(20, 10),
    aggregates: { sum: notThree },
    timestamps: { field: 'time', intervalMs: 1 },
    ...more,
  } as KeyedWindowOptions<Row, Out>)

const ROWS = [
  ['a', 1, 1],
  ['a', 12, 2],
  ['b', 100, 5],
]
const SLIDING = [
  ['a', 1, -10, 10],
  ['a', 2, 10, 30],
  ['b', 5, 90, 110],
  ['b', 5, 100, 120],
]

for (const [what, more, expected] of [
  ['that slides', {}, SLIDING],
  ['that takes in what is late', { latenessMs: 5 }, SLIDING],
  ['with a trigger', { trigger: anyOf(afterWatermark(), afterCount(9)) }, SLIDING],
  ['of a session', { window: session(12) }, [['b', 5, 100, 112]]],
] as const) {
  for (const exact of [false, true]) {
    test(`a window ${what} leaves nothing behind, and the next ones fire, exactly once: ${exact}`, (t) => {
      const run = new TimedRun(keyed(more), { exact, input, givesUp: true })
      for (const row of ROWS) run.send(row)
      for (let time = 0; time < 200; time += 5) run.watermark(time)
      t.deepEqual(run.take(), expected)
      t.is(run.kept, 0)
    })
  }
}

for (const guarantee of ['at-least-once', 'exactly-once']) {
  test(`a bolt hears that a timer of its was given up, ${guarantee}`, async (t) => {
    const builder = new TopologyBuilder('sums', { 'topology.guarantee': guarantee, 'topology.tuple.max.attempts': 2 })
    builder.setSpout('source', () => new FixedTupleSpout(ROWS, { default: fields('key', 'time', 'value') }))
    builder.setBolt('sums', keyed({})).grouping('source', 'default', { type: 'fields', fields: ['key'] })
    t.deepEqual(readTuples(await completeTopology(builder.createTopology()), 'sums'), SLIDING)
  })
}

/** Emits what it sees of each window, but for those that the number 3 is in. */
class Show extends WindowedBolt<{ time: number; n: number }> {
  override readonly outputs = fields<{ all: number[]; added: number[]; expired: number[] }>('all', 'added', 'expired')

  execute(window: TupleWindow<{ time: number; n: number }>, collector: BasicOutputCollector): void {
    const numbers = (tuples: ReturnType<typeof window.get>) => tuples.map((tuple) => tuple.get('n'))
    collector.emit([numbers(window.get()), numbers(window.getNew()), numbers(window.getExpired())])
    if (numbers(window.get()).includes(3)) throw new Error('it is 3')
  }
}

const NUMBERED = [
  [5, 1],
  [15, 2],
  [25, 3],
  [45, 4],
  [55, 5],
]

for (const [what, make, expected] of [
  [
    'slides by time',
    () => new Show().withWindow(Duration.ms(20), Duration.ms(10)),
    [
      [[1], [1], []],
      [[1, 2], [2], []],
      [[4], [4], [1, 2, 3]],
      [[4, 5], [5], []],
      [[5], [], [4]],
    ],
  ],
  [
    'slides by count',
    () => new Show().withWindow(Duration.ms(20), Count.of(1)),
    [
      [[1], [1], []],
      [[1, 2], [2], []],
      [[4], [4], [1, 2, 3]],
      [[4, 5], [5], []],
    ],
  ],
  [
    'is so many tuples long',
    () => new Show().withWindow(Count.of(2), Duration.ms(10)),
    [
      [[1], [1], []],
      [[1, 2], [2], []],
      [
        [4, 5],
        [4, 5],
        [1, 2, 3],
      ],
    ],
  ],
] as const) {
  test(`of tuples that go by event time, a window that ${what} fires though one before it has been given up`, (t) => {
    const bolt = () => make().withTimestampField('time').toBolt()
    let run = new TimedRun(bolt, { exact: true, input: ['time', 'n'], givesUp: true })
    for (const row of NUMBERED) run.send(row)
    run.watermark(30)
    const before = run.take()
    run = run.restored()
    run.watermark(100)
    t.deepEqual([...before, ...run.take()], expected)
    run.endOfInput()
    t.deepEqual(run.take(), [])
  })
}

test('of tuples that go by the clock, the next window fires when one has been given up', (t) => {
  const make = () => new Show().withTumblingWindow(Duration.ms(10)).toBolt()
  const run = new TimedRun(make, { exact: true, input: ['time', 'n'], givesUp: true })
  for (const n of [1, 3, 4]) {
    run.send([0, n])
    run.advance(10)
  }
  t.deepEqual(run.take(), [
    [[1], [1], []],
    [[4], [4], [1, 3]],
  ])
})

test('a task gives up one window of tuples, and those of the same watermark fire', async (t) => {
  const config = { 'topology.guarantee': 'exactly-once', 'topology.tuple.max.attempts': 2 }
  const builder = new TopologyBuilder('shown', config)
  builder.setSpout('source', () => new FixedTupleSpout(NUMBERED, { default: fields('time', 'n') }))
  const show = () => new Show().withTumblingWindow(Duration.ms(10)).withTimestampField('time')
  builder.setBolt('show', show).grouping('source', 'default', { type: 'shuffle' })
  t.deepEqual(
    readTuples(await completeTopology(builder.createTopology()), 'show').map(([all]) => all),
    [[1], [2], [4], [5]],
  )
})
