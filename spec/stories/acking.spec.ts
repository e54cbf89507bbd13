import test from 'ava'
import { IdentityBolt } from '../../lib/components/index.ts'
import { TopologyBuilder } from '../../lib/index.ts'
import { AckFailMapTracker, AckTracker, completeTopology, FeederSpout, LocalCluster } from '../../lib/testing/index.ts'
import {
  AckEveryOtherBolt,
  AggBolt,
  BranchingBolt,
  FunctionBolt,
  NotingBolt,
  TestWordSpout,
  type Word,
} from './components.ts'
import { type Setup, story } from './setups.ts'

/** A feeder with its tracker, and a topology around it that runs. */
async function feeding(
  { config, cluster }: Setup,
  build: (builder: TopologyBuilder, feeder: FeederSpout<Word>) => void,
  more = {},
) {
  const tracker = new AckFailMapTracker()
  const feeder = new FeederSpout<Word>('word').setAckFailDelegate(tracker)
  const builder = new TopologyBuilder('acking', { ...config, ...more })
  build(builder, feeder)
  const local = new LocalCluster(cluster)
  const topology = await local.submit(builder.createTopology())
  return { feeder, tracker, local, topology }
}

story('tuples that branch and are joined again are acked when the last branch is', async (t, setup) => {
  const tracker = new AckTracker()
  const { feeder, topology } = await feeding(setup, (builder, words) => {
    const source = builder.setSpout('1', () => words.setAckFailDelegate(tracker))
    const left = builder.setBolt('2', () => new IdentityBolt('word')).shuffleGrouping(source)
    const right = builder.setBolt('3', () => new IdentityBolt('word')).shuffleGrouping(source)
    builder
      .setBolt('4', () => new AggBolt(4))
      .shuffleGrouping(left)
      .shuffleGrouping(right)
  })

  feeder.feed(['a'])
  await topology.trackedWait(1)
  t.is(tracker.takeAcks(), 0)

  feeder.feed(['b'])
  await topology.trackedWait(2)
  t.is(tracker.takeAcks(), 2)
})

story('a tree of 1 + 3 + 6 tuples is acked once', async (t, setup) => {
  const tracker = new AckTracker()
  const { feeder, topology } = await feeding(setup, (builder, words) => {
    const source = builder.setSpout('1', () => words.setAckFailDelegate(tracker))
    const three = builder.setBolt('2', () => new BranchingBolt(3), 2).shuffleGrouping(source)
    const six = builder.setBolt('3', () => new BranchingBolt(2), 2).shuffleGrouping(three)
    builder.setBolt('4', () => new AggBolt(1), 2).shuffleGrouping(six)
  })

  feeder.feed(['a'])
  await topology.trackedWait(1)

  t.is(topology.state()['4']!.executed, 6)
  t.is(tracker.takeAcks(), 1)
})

story(
  'what is not acked fails between one and two timeouts, and the reason names who has not acked',
  async (t, setup) => {
    const build = (builder: TopologyBuilder, words: FeederSpout<Word>): void => {
      const same = builder
        .setBolt('2', () => new IdentityBolt('word'))
        .shuffleGrouping(builder.setSpout('1', () => words))
      builder.setBolt('3', () => new AckEveryOtherBolt()).globalGrouping(same)
    }
    const { feeder, tracker, local } = await feeding(setup, build, { 'topology.message.timeout.secs': 10 })
    for (const id of [1, 2, 3]) feeder.feed(['word'], id)

    await local.advanceTime(9_000)
    t.deepEqual([...tracker.acked].sort(), [1, 3])
    t.is(tracker.failed.size, 0)

    await local.advanceTime(12_000)
    t.deepEqual([...tracker.acked].sort(), [1, 3])
    t.deepEqual([...tracker.failed], [[2, { kind: 'timeout', waitingFor: ['3'] }]])
  },
)

story('without timeouts nothing ever fails by itself', async (t, setup) => {
  const build = (builder: TopologyBuilder, words: FeederSpout<Word>): void => {
    builder.setBolt('2', () => new AckEveryOtherBolt()).globalGrouping(builder.setSpout('1', () => words))
  }
  const off = { 'topology.message.timeout.secs': 10, 'topology.enable.message.timeouts': false }
  const { feeder, tracker, local } = await feeding(setup, build, off)
  for (const id of [1, 2, 3]) feeder.feed(['word'], id)

  await local.advanceTime(9_000)
  t.deepEqual([...tracker.acked].sort(), [1, 3])
  await local.advanceTime(12_000)
  t.is(tracker.failed.size, 0)
})

story('resetTimeout keeps a slow tuple alive for as long as it is called', async (t, setup) => {
  const build = (builder: TopologyBuilder, words: FeederSpout<Word>): void => {
    const slow = () =>
      new FunctionBolt([], async (tuple, collector, context) => {
        for (let second = 0; second < 60; second += 4) {
          if (tuple.get('word') === 'patient') collector.resetTimeout(tuple)
          await new Promise<void>((resolve) => context.after(4_000, resolve))
        }
        collector.ack(tuple)
      })
    builder
      .setBolt('slow', slow)
      .setConcurrency(2)
      .globalGrouping(builder.setSpout('1', () => words))
  }
  const { feeder, tracker, local } = await feeding(setup, build, { 'topology.message.timeout.secs': 5 })
  feeder.feed(['patient'], 'patient')
  feeder.feed(['hasty'], 'hasty')

  await local.advanceTime(65_000)

  t.deepEqual([...tracker.acked], ['patient'])
  t.deepEqual([...tracker.failed], [['hasty', { kind: 'timeout', waitingFor: ['slow'] }]])
})

story('a bolt that throws fails its tuple at once, with that error as the reason, and goes on', async (t, setup) => {
  const seen: unknown[][] = []
  const { feeder, tracker, topology } = await feeding(setup, (builder, words) => {
    const source = builder.setSpout('1', () => words)
    const picky = () =>
      new FunctionBolt(['word'], (tuple, collector) => {
        if (tuple.get('word') === 'bad') throw new Error('cannot stand it')
        collector.emit(tuple, [tuple.get('word')])
        collector.ack(tuple)
      })
    const bolt = builder.setBolt('picky', picky).globalGrouping(source)
    builder.setBolt('last', () => new NotingBolt(seen)).globalGrouping(bolt)
  })
  for (const word of ['good', 'bad', 'fine']) feeder.feed([word], word)

  await topology.trackedWait(3)

  t.deepEqual([...tracker.acked], ['good', 'fine'])
  t.deepEqual([...tracker.failed.keys()], ['bad'])
  t.like(tracker.failed.get('bad'), { kind: 'explicit', component: 'picky', error: 'cannot stand it' })
  t.deepEqual(seen, [['good'], ['fine']])
  t.deepEqual(
    topology.problems.map(({ code, message, where }) => [code, message, where.component]),
    [['EXECUTE_FAILED', 'cannot stand it', 'picky']],
  )
})

story('a promise that rejects fails its tuple as an exception does', async (t, setup) => {
  const { feeder, tracker, topology } = await feeding(setup, (builder, words) => {
    const late = () =>
      new FunctionBolt([], async (_tuple, _collector, context) => {
        await new Promise<void>((resolve) => context.after(100, resolve))
        throw new Error('too late')
      })
    builder.setBolt('late', late).globalGrouping(builder.setSpout('1', () => words))
  })
  feeder.feed(['a'], 1)

  await topology.trackedWait(1)

  t.like(tracker.failed.get(1), { kind: 'explicit', component: 'late', error: 'too late' })
})

story('a tuple that a bolt fails by hand fails every root that it is anchored to', async (t, setup) => {
  const { feeder, tracker, topology } = await feeding(setup, (builder, words) => {
    const pairs = builder.setBolt('pairs', () => new AggBolt(2)).globalGrouping(builder.setSpout('1', () => words))
    const strict = () => new FunctionBolt([], (tuple, collector) => collector.fail(tuple, new Error('no pairs')))
    builder.setBolt('strict', strict).globalGrouping(pairs)
  })
  for (const id of [1, 2, 3]) feeder.feed(['a'], id)

  await topology.trackedWait(3)

  t.deepEqual([...tracker.failed.keys()].sort(), [1, 2])
  for (const id of [1, 2]) t.like(tracker.failed.get(id), { kind: 'explicit', component: 'strict', error: 'no pairs' })
  t.is(topology.state()['1']!.pending, 1)
})

story('a tuple with anchors in two trees acks both, and only when it is acked itself', async (t, setup) => {
  let release: (() => void) | undefined
  const { feeder, tracker, topology } = await feeding(setup, (builder, words) => {
    const pairs = builder.setBolt('pairs', () => new AggBolt(2)).globalGrouping(builder.setSpout('1', () => words))
    const holding = () =>
      new FunctionBolt([], (tuple, collector) => {
        release = () => collector.ack(tuple)
      })
    builder.setBolt('holding', holding).globalGrouping(pairs)
  })
  feeder.feed(['a'], 1)
  feeder.feed(['b'], 2)
  await topology.trackedWait(2)
  t.is(tracker.acked.size, 0)

  release!()
  await topology.waitUntil(() => tracker.acked.size > 0, 1_000)
  await topology.trackedWait(2)
  t.deepEqual([...tracker.acked].sort(), [1, 2])
})

story('a tuple that nobody subscribes to is acked', async (t, setup) => {
  const tracker = new AckFailMapTracker()
  const words = new FeederSpout<Word>('word').setAckFailDelegate(tracker)
  const builder = new TopologyBuilder('alone', setup.config)
  builder.setSpout('1', () => words)
  const topology = await new LocalCluster(setup.cluster).submit(builder.createTopology())
  words.feed(['a'], 1)

  await topology.trackedWait(1)

  t.deepEqual([...tracker.acked], [1])
})

story('without ackers a tuple is acked when it is emitted', async (t, setup) => {
  const { feeder, tracker, topology } = await feeding(
    setup,
    (builder, words) => {
      const never = () => new FunctionBolt([], () => {})
      builder.setBolt('never', never).globalGrouping(builder.setSpout('1', () => words))
    },
    { 'topology.acker.executors': 0 },
  )
  feeder.feed(['a'], 1)

  await topology.trackedWait(1)

  t.deepEqual([...tracker.acked], [1])
  t.is(topology.state()['never']!.executed, 1)
})

story('an ack from a timer, long after execute has returned, reaches the spout then', async (t, setup) => {
  const { feeder, tracker, local } = await feeding(setup, (builder, words) => {
    const timer = () =>
      new FunctionBolt(['word'], (tuple, collector, context) => {
        context.after(3_000, () => {
          collector.emit(tuple, tuple.values as string[])
          collector.ack(tuple)
        })
      })
    const late = builder.setBolt('timer', timer, 2).shuffleGrouping(builder.setSpout('1', () => words))
    builder.setBolt('last', () => new NotingBolt([]), 2).shuffleGrouping(late)
  })
  feeder.feed(['a'], 1)

  await local.advanceTime(2_900)
  t.is(tracker.acked.size, 0)
  await local.advanceTime(500)
  t.deepEqual([...tracker.acked], [1])
})

test('a topology that leaves a tuple neither acked nor failed does not complete without an error', async (t) => {
  const builder = new TopologyBuilder('leak')
  builder.setBolt('2', () => new AckEveryOtherBolt()).globalGrouping(builder.setSpout('1', () => new TestWordSpout()))

  await t.throwsAsync(completeTopology(builder.createTopology(), { mockedSources: { 1: [['a'], ['b']] }, seed: 5 }), {
    code: 'ROOT_TIMED_OUT',
  })
})
