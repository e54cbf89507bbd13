import test from 'ava'
import {
  BasicBolt,
  type BasicOutputCollector,
  Bolt,
  direct,
  fields,
  type OutputCollector,
  Spout,
  type SpoutOutputCollector,
  type Streams,
  type TaskContext,
  type TaskId,
  TopologyBuilder,
  type Tuple,
} from '../../lib/index.ts'
import { completeTopology, FeederSpout, LocalCluster, multiset, readTuples } from '../../lib/testing/index.ts'
import {
  NGrouping,
  NotingBolt,
  TestAggregatesCounter,
  TestGlobalCount,
  TestWordCounter,
  TestWordSpout,
  type Word,
} from './components.ts'
import { story } from './setups.ts'

story('a word count counts words, tuples and sums', async (t, { config, cluster }) => {
  const builder = new TopologyBuilder('words', config)
  const words = builder.setSpout('1', () => new TestWordSpout(), 3)
  const counts = builder.setBolt('2', () => new TestWordCounter(), 4).fieldsGrouping(words, ['word'])
  builder.setBolt('3', () => new TestGlobalCount()).globalGrouping(words)
  builder.setBolt('4', () => new TestAggregatesCounter()).globalGrouping(counts)
  const mockedSources = { 1: [['nathan'], ['bob'], ['joey'], ['nathan']] }

  const result = await completeTopology(builder.createTopology(), { mockedSources, ...cluster })

  t.deepEqual(multiset(readTuples(result, '1')), multiset([['nathan'], ['nathan'], ['bob'], ['joey']]))
  t.deepEqual(
    multiset(readTuples(result, '2')),
    multiset([
      ['nathan', 1],
      ['nathan', 2],
      ['bob', 1],
      ['joey', 1],
    ]),
  )
  t.deepEqual(readTuples(result, '3'), [[1], [2], [3], [4]])
  t.deepEqual(readTuples(result, '4'), [[1], [2], [3], [4]])
  t.deepEqual(result.report.roots.acked, 4)
})

class TaskIndexBolt extends BasicBolt<Word, { index: number }> {
  override readonly outputs = fields<{ index: number }>('index')
  #index = -1

  override prepare(context: TaskContext): void {
    this.#index = context.taskIndex
  }

  execute(_tuple: Tuple<Word>, collector: BasicOutputCollector<{ index: number }>): void {
    collector.emit([this.#index])
  }
}

story('six tasks in three executors all get a tuple of an all grouping', async (t, { config, cluster }) => {
  const builder = new TopologyBuilder('tasks', config)
  const words = builder.setSpout('1', () => new TestWordSpout())
  builder
    .setBolt('2', () => new TaskIndexBolt(), 3)
    .setNumTasks(6)
    .allGrouping(words)

  const result = await completeTopology(builder.createTopology(), { mockedSources: { 1: [['a']] }, ...cluster })

  t.deepEqual(multiset(readTuples(result, '2')), multiset([[0], [1], [2], [3], [4], [5]]))
})

story('24 tuples of four spout tasks over six bolt tasks all arrive', async (t, { config, cluster }) => {
  const builder = new TopologyBuilder('24', config)
  const words = builder.setSpout('1', () => new TestWordSpout(), 4)
  builder.setBolt('2', () => new TestGlobalCount(), 6).shuffleGrouping(words)
  const tuples = Array.from({ length: 24 }, (_, index) => [index % 2 === 0 ? 'a' : 'b'])

  const result = await completeTopology(builder.createTopology(), { mockedSources: { 1: tuples }, ...cluster })

  t.is(readTuples(result, '2').length, 24)
})

story(
  'custom groupings choose the first two of four tasks and the first three of six',
  async (t, { config, cluster }) => {
    const builder = new TopologyBuilder('custom', config)
    const words = builder.setSpout('1', () => new TestWordSpout())
    builder.setBolt('2', () => new TaskIndexBolt(), 4).customGrouping(words, () => new NGrouping(2))
    builder.setBolt('3', () => new TaskIndexBolt(), 6).customGrouping(words, () => new NGrouping(3))

    const result = await completeTopology(builder.createTopology(), {
      mockedSources: { 1: [['a'], ['b']] },
      ...cluster,
    })

    t.deepEqual(multiset(readTuples(result, '2')), multiset([[0], [0], [1], [1]]))
    t.deepEqual(multiset(readTuples(result, '3')), multiset([[0], [0], [1], [1], [2], [2]]))
  },
)

class ConfigBolt extends BasicBolt<any, { key: string; value: unknown }> {
  override readonly outputs = fields<{ key: string; value: unknown }>('key', 'value')
  #config!: TaskContext['config']

  override getComponentConfiguration() {
    return { 'fake.config': 123, 'topology.max.task.parallelism': 20, 'topology.max.spout.pending': 30 }
  }

  override prepare(context: TaskContext): void {
    this.#config = context.config
  }

  execute(tuple: Tuple, collector: BasicOutputCollector<{ key: string; value: unknown }>): void {
    const key = tuple.values[0] as string
    collector.emit([key, this.#config[key]])
  }
}

story(
  "a component's configuration goes before the topology's, and what the builder says before its own",
  async (t, { config, cluster }) => {
    const builder = new TopologyBuilder('config', { ...config, 'topology.max.spout.pending': 7 })
    const keys = builder.setSpout('1', () => new TestWordSpout())
    builder
      .setBolt('2', () => new ConfigBolt())
      .setMaxTaskParallelism(2)
      .addConfiguration('fake.config2', 987)
      .shuffleGrouping(keys)
    const expected = [
      ['fake.config', 123],
      ['fake.config2', 987],
      ['topology.max.task.parallelism', 2],
      ['topology.max.spout.pending', 30],
    ]
    const mockedSources = { 1: expected.map(([key]) => [key]) }

    const result = await completeTopology(builder.createTopology(), { mockedSources, ...cluster })

    t.deepEqual(readTuples(result, '2'), expected)
  },
)

type OddEven = Streams<{ odd: { n: number }; even: { n: number; half: number } }>

class OddEvenBolt extends BasicBolt<{ n: number }, OddEven> {
  override readonly outputs = {
    odd: fields<{ n: number }>('n'),
    even: fields<{ n: number; half: number }>('n', 'half'),
  }

  execute(tuple: Tuple<{ n: number }>, collector: BasicOutputCollector<OddEven>): void {
    const n = tuple.get('n')
    if (n % 2 === 1) collector.emit([n], 'odd')
    else collector.emit([n, n / 2], 'even')
  }
}

class NumberSpout extends Spout<{ n: number }> {
  override readonly outputs = fields<{ n: number }>('n')
  nextTuple(): void {}
}

story(
  'a bolt with several streams serves each subscriber the one that it asked for',
  async (t, { config, cluster }) => {
    const odd: unknown[][] = []
    const even: unknown[][] = []
    const builder = new TopologyBuilder('streams', config)
    const numbers = builder.setSpout('numbers', () => new NumberSpout())
    const split = builder.setBolt('split', () => new OddEvenBolt(), 2).shuffleGrouping(numbers)
    builder.setBolt('odd', () => new NotingBolt(odd)).globalGrouping(split, 'odd')
    builder.setBolt('even', () => new NotingBolt(even)).globalGrouping(split, 'even')

    const mockedSources = { numbers: [[1], [2], [3], [4], [5]] }
    const result = await completeTopology(builder.createTopology(), { mockedSources, ...cluster })

    t.deepEqual(multiset(odd), multiset([[1], [3], [5]]))
    t.deepEqual(
      multiset(even),
      multiset([
        [2, 1],
        [4, 2],
      ]),
    )
    t.deepEqual(
      multiset(readTuples(result, 'split', 'even')),
      multiset([
        [2, 1],
        [4, 2],
      ]),
    )
  },
)

type Addressed = Streams<{ letters: { n: number } }>

/** Sends each number to the task with that index. */
class PostBolt extends Bolt<{ n: number }, Addressed> {
  override readonly outputs = { letters: direct(fields<{ n: number }>('n')) }
  #collector!: OutputCollector<Addressed>
  #targets: readonly TaskId[] = []

  override prepare(context: TaskContext, collector: OutputCollector<Addressed>): void {
    this.#collector = collector
    this.#targets = context.tasksOf('houses')
  }

  execute(tuple: Tuple<{ n: number }>): void {
    this.#collector.emitDirect(this.#targets[tuple.get('n')]!, tuple, [tuple.get('n')], 'letters')
    this.#collector.ack(tuple)
  }
}

class HouseBolt extends BasicBolt<{ n: number }, { n: number; index: number }> {
  override readonly outputs = fields<{ n: number; index: number }>('n', 'index')
  #index = -1

  override prepare(context: TaskContext): void {
    this.#index = context.taskIndex
  }

  execute(tuple: Tuple<{ n: number }>, collector: BasicOutputCollector<{ n: number; index: number }>): void {
    collector.emit([tuple.get('n'), this.#index])
  }
}

story('a tuple of a direct stream comes to the task that its emitter named', async (t, { config, cluster }) => {
  const builder = new TopologyBuilder('post', config)
  const numbers = builder.setSpout('numbers', () => new NumberSpout())
  const post = builder.setBolt('post', () => new PostBolt()).shuffleGrouping(numbers)
  builder.setBolt('houses', () => new HouseBolt(), 4).directGrouping(post, 'letters')

  const result = await completeTopology(builder.createTopology(), {
    mockedSources: { numbers: [[3], [0], [2], [1]] },
    ...cluster,
  })

  t.deepEqual(
    multiset(readTuples(result, 'houses')),
    multiset([
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3],
    ]),
  )
  t.is(result.report.roots.acked, 4)
})

class WatchedSpout extends Spout<Word> {
  override readonly outputs = fields<Word>('word')
  readonly #seen: string[]
  #collector!: SpoutOutputCollector<Word>
  #left = 1

  constructor(seen: string[]) {
    super()
    this.#seen = seen
  }

  override open(_context: TaskContext, collector: SpoutOutputCollector<Word>): void {
    this.#collector = collector
    this.#seen.push('open')
  }

  override activate(): void {
    this.#seen.push('activate')
  }

  override deactivate(): void {
    this.#seen.push('deactivate')
  }

  nextTuple(): void {
    if (this.#left-- > 0) {
      this.#seen.push('nextTuple')
      this.#collector.emit(['a'], 1)
    }
  }

  override ack(): void {
    this.#seen.push('ack')
  }

  override close(): void {
    this.#seen.push('close')
  }
}

story('a topology that is submitted inactive does nothing before it is activated', async (t, { config, cluster }) => {
  const seen: string[] = []
  const builder = new TopologyBuilder('inactive', config)
  const words = builder.setSpout('words', () => new WatchedSpout(seen))
  builder.setBolt('bolt', () => new TestWordCounter()).shuffleGrouping(words)
  const local = new LocalCluster(cluster)
  const topology = await local.submit(builder.createTopology(), { inactive: true })

  await local.advanceTime(9_000)
  t.deepEqual(seen, ['open'])
  t.is(topology.state()['bolt']!.executed, 0)

  topology.activate()
  await local.advanceTime(12_000)
  t.deepEqual(seen, ['open', 'activate', 'nextTuple', 'ack'])
  t.is(topology.state()['bolt']!.executed, 1)

  topology.drain()
  t.is((await topology.complete()).status, 'stopped')
  t.deepEqual(seen, ['open', 'activate', 'nextTuple', 'ack', 'deactivate', 'close'])
})

story(
  'a deactivated spout is not asked, and goes on where it was when it is activated again',
  async (t, { config, cluster }) => {
    const feeder = new FeederSpout<Word>('word')
    const seen: unknown[][] = []
    const builder = new TopologyBuilder('pause', config)
    builder.setBolt('bolt', () => new NotingBolt(seen)).shuffleGrouping(builder.setSpout('words', () => feeder))
    const local = new LocalCluster(cluster)
    const topology = await local.submit(builder.createTopology())

    feeder.feed(['before'])
    await topology.trackedWait(1)
    topology.deactivate()
    await local.advanceTime(1_000)
    feeder.feed(['while'])
    await local.advanceTime(9_000)
    t.deepEqual(seen, [['before']])

    topology.activate()
    await topology.trackedWait(2)
    t.deepEqual(seen, [['before'], ['while']])
  },
)

test('a cluster runs several topologies at a time, each on links of its own', async (t) => {
  const cluster = new LocalCluster({ seed: 3, maxDelayMs: 5 })
  const topologyOf = (name: string, feeder: FeederSpout<Word>) => {
    const builder = new TopologyBuilder(name, { 'topology.workers': 2 })
    builder.setBolt('count', () => new TestWordCounter(), 2).shuffleGrouping(builder.setSpout('words', () => feeder))
    return builder.createTopology()
  }
  const feeders = [new FeederSpout<Word>('word'), new FeederSpout<Word>('word')] as const
  const one = await cluster.submit(topologyOf('one', feeders[0]))
  const other = await cluster.submit(topologyOf('other', feeders[1]))
  for (const feeder of feeders) for (const word of ['a', 'b', 'c']) feeder.feed([word])

  one.killWorker(2)
  await other.trackedWait(3)

  t.is(other.state()['words']!.acked, 3)
  t.deepEqual(other.problems, [])
})
