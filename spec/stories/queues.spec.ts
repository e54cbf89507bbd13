import { SequenceSpout } from '../../lib/components/index.ts'
import { TopologyBuilder } from '../../lib/index.ts'
import { AckFailMapTracker, FeederSpout, LocalCluster } from '../../lib/testing/index.ts'
import { FunctionBolt, type Word } from './components.ts'
import { story } from './setups.ts'

const MINUTE = 60_000

/** A bolt that takes so long for each tuple, one after the other. */
function slow(ms: number, onExecute: (value: unknown) => void): () => FunctionBolt {
  return () =>
    new FunctionBolt([], async (tuple, collector, context) => {
      onExecute(tuple.values[0])
      await new Promise<void>((resolve) => context.after(ms, resolve))
      collector.ack(tuple)
    })
}

story(
  'a queue that takes longer than the timeout fails nothing: each tuple is executed once and acked',
  async (t, { config, cluster }) => {
    const executed = new Map<unknown, number>()
    const builder = new TopologyBuilder('slow', config)
    const numbers = builder.setSpout('numbers', () => new SequenceSpout(3000))
    const count = (value: unknown): void => void executed.set(value, (executed.get(value) ?? 0) + 1)
    builder.setBolt('slow', slow(50, count)).shuffleGrouping(numbers)
    const local = new LocalCluster(cluster)
    const topology = await local.submit(builder.createTopology())
    const complete = topology.complete()

    await local.advanceTime(3 * MINUTE)

    const { roots } = await complete
    t.deepEqual(
      { emitted: roots.emitted, acked: roots.acked, failed: roots.failed },
      { emitted: 3000, acked: 3000, failed: { timeout: 0, explicit: 0, workerLost: 0 } },
    )
    t.is(executed.size, 3000)
    t.true([...executed.values()].every((times) => times === 1))
  },
)

story(
  'a promise that never settles is told of, and what waits behind it times out like the tuple itself',
  async (t, { config, cluster }) => {
    const tracker = new AckFailMapTracker()
    const feeder = new FeederSpout<Word>('word').setAckFailDelegate(tracker)
    const builder = new TopologyBuilder('stuck', { ...config, 'topology.message.timeout.secs': 10 })
    const stuck = () => new FunctionBolt([], () => new Promise<void>(() => {}))
    builder.setBolt('stuck', stuck).globalGrouping(builder.setSpout('words', () => feeder))
    const local = new LocalCluster(cluster)
    const topology = await local.submit(builder.createTopology())
    for (const id of ['held', 'next', 'last']) feeder.feed([id], id)

    await local.advanceTime(20_500)
    t.deepEqual(tracker.failed.get('held'), { kind: 'timeout', waitingFor: ['stuck'] })
    await local.advanceTime(20_000)
    t.deepEqual([...tracker.failed.keys()].sort(), ['held', 'last', 'next'])
    const told = topology.problems.filter(({ code }) => code === 'EXECUTE_UNSETTLED')
    t.deepEqual(
      told.map(({ where }) => where.component),
      ['stuck', 'stuck'],
      'after two timeouts and after four',
    )
  },
)

story(
  'a spout with a timeout of its own fails by that one, and the others by theirs',
  async (t, { config, cluster }) => {
    const trackers = [new AckFailMapTracker(), new AckFailMapTracker()] as const
    const feeders = trackers.map((tracker) => new FeederSpout<Word>('word').setAckFailDelegate(tracker))
    const builder = new TopologyBuilder('two', { ...config, 'topology.message.timeout.secs': 100 })
    const patient = builder.setSpout('patient', () => feeders[0]!)
    const hasty = builder.setSpout('hasty', () => feeders[1]!).addConfiguration('topology.message.timeout.secs', 4)
    const forgets = () => new FunctionBolt([], () => {})
    builder.setBolt('forgets', forgets).globalGrouping(patient).globalGrouping(hasty)
    const local = new LocalCluster(cluster)
    await local.submit(builder.createTopology())
    for (const feeder of feeders) feeder.feed(['a'], 1)

    await local.advanceTime(9_000)
    t.deepEqual(
      trackers.map(({ failed }) => failed.size),
      [0, 1],
    )
    await local.advanceTime(90_000)
    t.is(trackers[0].failed.size, 0)
    await local.advanceTime(101_000)
    t.is(trackers[0].failed.size, 1)
  },
)

story('ticks do not pile up behind a slow bolt: at most one waits', async (t, { config, cluster }) => {
  const heard: string[] = []
  const feeder = new FeederSpout<Word>('word')
  const builder = new TopologyBuilder('ticks', config)
  const note = (value: unknown): void => void heard.push(typeof value === 'number' ? 'tick' : String(value))
  builder
    .setBolt('slow', slow(MINUTE, note))
    .addConfiguration('topology.tick.tuple.freq.secs', 1)
    .globalGrouping(builder.setSpout('words', () => feeder))
  const local = new LocalCluster(cluster)
  await local.submit(builder.createTopology())
  feeder.feed(['a'], 1)
  feeder.feed(['b'], 2)

  await local.advanceTime(3.1 * MINUTE)

  t.deepEqual(heard, ['a', 'b', 'tick', 'tick'])
})
