/** Event time after a failure, where the partitions of a source are at different times. */
import test from 'ava'
import { BasicBolt, type TaskContext, type Timers, TopologyBuilder, type Tuple } from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { GrowingRows } from './growing-rows.ts'

interface Row {
  partition: string
  at: number
}

const HOUR = 3_600_000
const TIMESTAMPS = { field: 'at', partition: 'partition' } as const

/** What a bolt has seen: tuples that came behind the watermark, and the watermarks. */
interface Seen {
  readonly late: number[]
  readonly watermarks: number[]
}

class Late extends BasicBolt<Row> {
  readonly #seen: Seen
  #timers!: Timers

  constructor(seen: Seen) {
    super()
    this.#seen = seen
  }

  override prepare(context: TaskContext): void {
    this.#timers = context.timers('none')
  }

  execute(tuple: Tuple<Row>): void {
    if (tuple.get('at') < this.#timers.watermark) this.#seen.late.push(tuple.get('at'))
  }

  override onTimer(): void {}

  override onWatermark(watermark: number): void {
    this.#seen.watermarks.push(watermark)
  }
}

for (const owner of ['spout', 'bolt'] as const)
  test(`after a failure event time waits for the partitions that a ${owner} had heard of, whichever comes first`, async (t) => {
    const rows: [string, number][] = [
      ['fast', HOUR],
      ['slow', 1000],
    ]
    const seen: Seen = { late: [], watermarks: [] }
    const builder = new TopologyBuilder('partitions', {
      'topology.guarantee': 'exactly-once',
      'topology.state.checkpoint.interval.ms': 100,
    })
    const source = builder.setSpout('rows', () => new GrowingRows('partition', rows))
    const late = builder.setBolt('late', () => new Late(seen)).shuffleGrouping(source)
    if (owner === 'spout') source.setTimestamps(TIMESTAMPS)
    else late.setTimestamps(TIMESTAMPS)
    const cluster = new LocalCluster()
    const topology = await cluster.submit(builder.createTopology())
    await topology.waitUntil(() => seen.watermarks.includes(1000))
    await topology.takeSnapshot()
    topology.killWorker(1)
    await cluster.advanceTime(5000)
    rows.push(['fast', HOUR + 1])
    await cluster.advanceTime(1000)
    rows.push(['slow', 2000])
    await cluster.advanceTime(1000)
    t.deepEqual(seen.late, [])
    t.is(seen.watermarks.at(-1), 2000)
    topology.crash()
  })
