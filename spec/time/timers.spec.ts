import test from 'ava'
import {
  BasicBolt,
  type BasicOutputCollector,
  fields,
  type KeyValueState,
  type TaskContext,
  type Timer,
  type Timers,
  TopologyBuilder,
  type Tuple,
} from '../../lib/index.ts'
import { completeTopology, FixedTupleSpout, readTuples } from '../../lib/testing/index.ts'

interface Seen {
  key: string
  at: number
}

/** Counts what it gets in windows of ten, and emits each when event time has passed it. */
class Windows extends BasicBolt<Seen, { key: string; end: number; count: number }> {
  override readonly outputs = fields<{ key: string; end: number; count: number }>('key', 'end', 'count')
  readonly watermarks: number[]
  #timers!: Timers<string>
  #counts!: KeyValueState<string, number>

  constructor(watermarks: number[]) {
    super()
    this.watermarks = watermarks
  }

  override prepare(context: TaskContext): void {
    this.#timers = context.timers('closing')
    this.#counts = context.state('counts')
  }

  execute(tuple: Tuple<Seen>): void {
    const end = Math.floor(tuple.get('at') / 10) * 10 + 10
    const key = tuple.get('key')
    this.#counts.update(`${key} ${end}`, (count = 0) => count + 1)
    this.#timers.atEventTime(key, end)
  }

  override onTimer({ key, time }: Timer<string>, out: BasicOutputCollector): void {
    out.emit([key, time, this.#counts.get(`${key} ${time}`)])
  }

  override onWatermark(watermark: number): void {
    this.watermarks.push(watermark)
  }
}

for (const guarantee of ['at-most-once', 'at-least-once', 'exactly-once'] as const) {
  test(`a timer fires when the watermark reaches it, and all at the end of the input, ${guarantee}`, async (t) => {
    const watermarks: number[] = []
    const builder = new TopologyBuilder('timers', { 'topology.guarantee': guarantee, 'topology.workers': 2 })
    builder
      .setSpout(
        'source',
        () =>
          new FixedTupleSpout(
            [
              ['a', 1],
              ['b', 7],
              ['a', 12],
              ['a', 3],
              ['b', 31],
            ],
            { default: fields('key', 'at') },
          ),
      )
      .setTimestamps({ field: 'at', lagMs: 5, intervalMs: 1 })
    builder
      .setBolt('windows', () => new Windows(watermarks), 2)
      .grouping('source', 'default', { type: 'fields', fields: ['key'] })
    const result = await completeTopology(builder.createTopology())
    t.deepEqual(readTuples(result, 'windows').sort(), [
      ['a', 10, 2],
      ['a', 20, 1],
      ['b', 10, 1],
      ['b', 40, 1],
    ])
    t.is(watermarks.at(-1), Number.POSITIVE_INFINITY)
  })
}
