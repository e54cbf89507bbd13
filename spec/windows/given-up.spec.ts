/** A window by key that comes to no result, however often it is tried: it is left out, and all others fire. */
import test from 'ava'
import { fields, TopologyBuilder } from '../../lib/index.ts'
import { completeTopology, FixedTupleSpout, readTuples } from '../../lib/testing/index.ts'
import {
  type Aggregate,
  afterCount,
  afterWatermark,
  anyOf,
  KeyedWindowBolt,
  type KeyedWindowOptions,
  session,
  sliding,
  summing,
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
