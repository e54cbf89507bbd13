import { BasicBolt, type BasicOutputCollector, fields, TopologyBuilder, type Tuple } from '../../lib/index.ts'
import { AckFailMapTracker, FeederSpout, LocalCluster } from '../../lib/testing/index.ts'
import { FunctionBolt, type Word } from './components.ts'
import { story } from './setups.ts'

story(
  'a bolt with a tick frequency gets one tick after each such time, and nothing else',
  async (t, { config, cluster }) => {
    const ticks: string[] = []
    const builder = new TopologyBuilder('ticks', config)
    const noting = () =>
      new FunctionBolt([], ({ sourceComponent, sourceStream, sourceTask, values }) => {
        ticks.push(`${sourceComponent} ${sourceStream} ${sourceTask} ${values}`)
      })
    builder
      .setBolt('noting', noting)
      .addConfiguration('topology.tick.tuple.freq.secs', 5)
      .shuffleGrouping(builder.setSpout('words', () => new FeederSpout<Word>('word')))
    const local = new LocalCluster(cluster)
    const topology = await local.submit(builder.createTopology())

    await local.advanceTime(4_500)
    t.deepEqual(ticks, [])
    for (let advances = 1; advances <= 3; advances++) {
      await local.advanceTime(5_000)
      t.deepEqual(ticks, new Array(advances).fill('__system __tick -1 5'))
    }
    t.is(topology.state()['noting']!.executed, 3)
  },
)

/** Counts words, and emits its counts at each tick. */
class WindowBolt extends BasicBolt<any, { count: number }> {
  override readonly outputs = fields<{ count: number }>('count')
  #count = 0

  override getComponentConfiguration() {
    return { 'topology.tick.tuple.freq.secs': 1 }
  }

  execute(tuple: Tuple, collector: BasicOutputCollector<{ count: number }>): void {
    if (tuple.sourceStream !== '__tick') this.#count++
    else {
      collector.emit([this.#count])
      this.#count = 0
    }
  }
}

story('what a bolt emits at a tick is in no tree, and arrives', async (t, { config, cluster }) => {
  const seen: number[] = []
  const tracker = new AckFailMapTracker()
  const feeder = new FeederSpout<Word>('word').setAckFailDelegate(tracker)
  const builder = new TopologyBuilder('windows', config)
  const windows = builder
    .setBolt('windows', () => new WindowBolt())
    .shuffleGrouping(builder.setSpout('words', () => feeder))
  const never = () => new FunctionBolt([], (tuple) => void seen.push(tuple.get('count')))
  builder.setBolt('never acks', never).globalGrouping(windows)
  const local = new LocalCluster(cluster)
  await local.submit(builder.createTopology())

  for (const id of [1, 2, 3]) feeder.feed(['a'], id)
  await local.advanceTime(1_500)
  feeder.feed(['b'], 4)
  await local.advanceTime(1_000)

  t.deepEqual(seen.slice(0, 2), [3, 1])
  t.is(tracker.acked.size, 4)
})
