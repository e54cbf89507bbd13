import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import {
  CountBolt,
  FileSinkBolt,
  IdentityBolt,
  LogBolt,
  SequenceSpout,
  SplitBolt,
  TopBolt,
} from '../../lib/components/index.ts'
import { BatchBolt, type BatchOutputCollector, LinearDRPCTopologyBuilder, LocalDRPC } from '../../lib/drpc/index.ts'
import {
  type AnyBolt,
  BasicBolt,
  type BasicOutputCollector,
  DataBolt,
  DefinitionError,
  fields,
  type OutputCollector,
  type TaskContext,
  TopologyBuilder,
  type Tuple,
} from '../../lib/index.ts'
import { AckFailMapTracker, completeTopology, FeederSpout, LocalCluster, readTuples } from '../../lib/testing/index.ts'
import { Count, FixedBatchSpout, memoryMap, TridentTopology } from '../../lib/trident/index.ts'
import { folderOf } from '../folder.ts'
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

test('a tick counts as executed, and neither as acked nor as failed, whatever its bolt does with it', async (t) => {
  const acking = () => new FunctionBolt([], (tuple, collector) => collector.ack(tuple))
  const failing = () => new FunctionBolt([], (tuple, collector) => collector.fail(tuple))
  const basic = () => new CountBolt()
  const builder = new TopologyBuilder('ticks', {})
  const words = builder.setSpout('words', () => new FeederSpout<Word>('word'))
  const bolts: Readonly<Record<string, () => AnyBolt>> = { acking, failing, basic }
  for (const [id, bolt] of Object.entries(bolts))
    builder.setBolt(id, bolt).addConfiguration('topology.tick.tuple.freq.secs', 1).shuffleGrouping(words)
  const local = new LocalCluster()
  const topology = await local.submit(builder.createTopology())
  await local.advanceTime(3_500)
  for (const id of Object.keys(bolts)) t.like(topology.state()[id], { executed: 3, acked: 0, failed: 0 })
})

/** Counts words, and emits its counts at each tick. */
class WindowBolt extends BasicBolt<any, { count: number }> {
  override readonly outputs = fields<{ count: number }>('count')
  #count = 0

  override getComponentConfiguration() {
    return { 'topology.tick.tuple.freq.secs': 1 }
  }

  execute(): void {
    this.#count++
  }

  override tick(collector: BasicOutputCollector<{ count: number }>): void {
    collector.emit([this.#count])
    this.#count = 0
  }
}

story('a bolt without any input is driven by its ticks alone', async (t, { config, cluster }) => {
  const heard: string[] = []
  class Metronome extends BasicBolt {
    execute(): void {
      heard.push('a tuple')
    }
    override tick(): void {
      heard.push('a tick')
    }
  }
  const builder = new TopologyBuilder('metronome', config)
  builder.setSpout('words', () => new FeederSpout<Word>('word'))
  builder.setBolt('metronome', () => new Metronome()).addConfiguration('topology.tick.tuple.freq.secs', 5)
  const local = new LocalCluster(cluster)
  await local.submit(builder.createTopology())
  await local.advanceTime(11_000)
  t.deepEqual(heard, ['a tick', 'a tick'])
})

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

/** Acks what it gets, and notes down what came to which method. */
class QuietBolt extends DataBolt<Word> {
  readonly #seen: string[]
  #collector!: OutputCollector

  constructor(seen: string[]) {
    super()
    this.#seen = seen
  }

  override prepare(_context: TaskContext, collector: OutputCollector): void {
    this.#collector = collector
  }

  execute(tuple: Tuple<Word>): void {
    this.#seen.push(tuple.get('word'))
    this.#collector.ack(tuple)
  }
}

/** The same with ticks. */
class TickingBolt extends QuietBolt {
  readonly #ticks: string[]

  constructor(ticks: string[]) {
    super(ticks)
    this.#ticks = ticks
  }

  override async tick(tuple: Tuple): Promise<void> {
    this.#ticks.push(`tick ${tuple.get('seconds')}`)
  }
}

story('a DataBolt gets its input in execute, and ticks in a method of their own', async (t, { config, cluster }) => {
  const [quiet, ticking]: [string[], string[]] = [[], []]
  const feeder = new FeederSpout<Word>('word')
  const builder = new TopologyBuilder('data', { ...config, 'topology.tick.tuple.freq.secs': 1 })
  const words = builder.setSpout('words', () => feeder)
  builder.setBolt('quiet', () => new QuietBolt(quiet)).globalGrouping(words)
  builder.setBolt('ticking', () => new TickingBolt(ticking)).globalGrouping(words)
  const local = new LocalCluster(cluster)
  const topology = await local.submit(builder.createTopology())

  await local.advanceTime(1_500)
  feeder.feed(['a'])
  await local.advanceTime(1_000)

  t.deepEqual(quiet, ['a'])
  t.deepEqual(ticking, ['tick 1', 'a', 'tick 1'])
  t.deepEqual(topology.problems, [])
})

const TICKS = { 'topology.tick.tuple.freq.secs': 0.01 }

story('no bolt that comes with Typhoon takes a tick for data', async (t, { config, cluster }) => {
  const folder = folderOf(t)
  const builder = new TopologyBuilder('ticks-for-all', { ...config, ...TICKS })
  const feeder = new FeederSpout<Word>('word')
  const words = builder.setSpout('words', () => feeder)
  const same = builder.setBolt('same', () => new IdentityBolt<Word>('word')).shuffleGrouping(words)
  const split = builder.setBolt('split', () => new SplitBolt()).shuffleGrouping(same)
  const count = builder.setBolt('count', () => new CountBolt()).globalGrouping(split)
  builder.setBolt('top', () => new TopBolt()).globalGrouping(count)
  builder.setBolt('log', () => new LogBolt()).globalGrouping(count)
  builder.setBolt('sink', () => new FileSinkBolt(join(folder, 'out.tsv'))).globalGrouping(count)
  const logs: string[] = []
  const local = new LocalCluster(cluster)
  const onLog = ({ message }: { message: string }) => logs.push(message)
  const topology = await local.submit(builder.createTopology(), { events: { onLog } })

  for (const text of ['a b', 'a']) {
    await local.advanceTime(100)
    feeder.feed([text])
  }
  await local.advanceTime(500)
  feeder.end()
  await topology.complete()

  t.deepEqual(topology.problems, [])
  t.deepEqual(readFileSync(join(folder, 'out.tsv'), 'utf8').split('\n'), ['a\t1', 'b\t1', 'a\t2', ''])
  t.is(logs.length, 3)
})

/** Counts the words of its request. */
class Words extends BatchBolt<any, { request: string; words: number }, string> {
  override readonly outputs = fields<{ request: string; words: number }>('request', 'words')
  #collector!: BatchOutputCollector<{ request: string; words: number }>
  #request = ''
  #words = 0

  override prepare(_context: TaskContext, collector: BatchOutputCollector, request: string): void {
    this.#collector = collector
    this.#request = request
  }

  execute(): void {
    this.#words++
  }

  finishBatch(): void {
    this.#collector.emit([this.#request, this.#words])
  }
}

class WordsOfRequest extends BasicBolt<any, { request: string; word: string }> {
  override readonly outputs = fields<{ request: string; word: string }>('request', 'word')
  readonly #ticked: () => void

  constructor(ticked: () => void) {
    super()
    this.#ticked = ticked
  }

  execute(tuple: Tuple, collector: BasicOutputCollector): void {
    for (const word of tuple.get('args').split(' ')) collector.emit([tuple.get('request'), word])
  }

  override tick(): void {
    this.#ticked()
  }
}

story('a request of linear DRPC does not see ticks, and a bolt in its chain does', async (t, { config, cluster }) => {
  let ticks = 0
  const builder = new LinearDRPCTopologyBuilder('words', { ...config, ...TICKS })
  builder.addBolt(() => new WordsOfRequest(() => ticks++))
  builder.addBolt(() => new Words()).fieldsGrouping(['request'])
  const drpc = new LocalDRPC()
  const local = new LocalCluster(cluster)
  const topology = await local.submit(builder.createLocalTopology(drpc))

  const answers = Promise.all(['a b', 'c', 'd e f'].map((args) => drpc.execute('words', args)))
  await local.advanceTime(5_000)

  t.deepEqual(await answers, ['2', '1', '3'])
  t.deepEqual(topology.problems, [])
  t.true(ticks > 100)
})

story('a Trident topology counts rows and no ticks', async (t, { config, cluster }) => {
  const trident = new TridentTopology('rows', { ...config, ...TICKS, 'topology.state.dir': folderOf(t) })
  const rows = Array.from({ length: 40 }, (_, n): [number] => [n % 2])
  trident
    .newStream('rows', () => new FixedBatchSpout(fields<{ k: number }>('k'), 2, ...rows))
    .groupBy(['k'])
    .persistentAggregate('counts', memoryMap<number>(), Count, fields<{ count: number }>('count'))
  const result = await completeTopology(trident.build(), cluster)
  t.is(result.report.status, 'completed')
  t.deepEqual(result.problems, [])
})

story('a topology sees what its bolts emitted, and no ticks, when it is run for a test', async (t, { cluster }) => {
  const builder = new TopologyBuilder('seen', TICKS)
  const words = builder.setSpout('words', () => new FeederSpout<Word>('word'))
  builder.setBolt('same', () => new IdentityBolt<Word>('word')).shuffleGrouping(words)
  const mockedSources = { words: [['a']] }
  const result = await completeTopology(builder.createTopology(), { ...cluster, mockedSources })
  t.deepEqual(readTuples(result, 'same'), [['a']])
  t.deepEqual(result.problems, [])
})

/** As one would write it for Storm. */
class Forgetful extends BasicBolt<Word> {
  override getComponentConfiguration() {
    return TICKS
  }

  execute(): void {}
}

test('a basic bolt that asks for ticks and has no method for them is refused', (t) => {
  const builder = new TopologyBuilder('forgetful')
  const words = builder.setSpout('words', () => new FeederSpout<Word>('word'))
  builder.setBolt('forgetful', () => new Forgetful()).shuffleGrouping(words)
  const error = t.throws(() => builder.createTopology(), { instanceOf: DefinitionError })
  t.like(error?.problems, [{ code: 'NO_METHOD', where: { component: 'forgetful' } }])
})

/** Needs longer for each tick than they are apart. */
class SlowTickBolt extends BasicBolt<{ n: number }> {
  #context!: TaskContext

  override getComponentConfiguration() {
    return { 'topology.tick.tuple.freq.secs': 0.2 }
  }

  override prepare(context: TaskContext): void {
    this.#context = context
  }

  override tick(): Promise<void> {
    return new Promise((resolve) => this.#context.after(220, resolve))
  }

  execute(): void {}
}

story('a run ends, though a bolt needs longer for a tick than ticks are apart', async (t, { config, cluster }) => {
  const builder = new TopologyBuilder('slow ticks', config)
  const numbers = builder.setSpout('numbers', () => new SequenceSpout(400))
  builder.setBolt('slow', () => new SlowTickBolt()).shuffleGrouping(numbers)
  const local = new LocalCluster(cluster)
  const topology = await local.submit(builder.createTopology())
  const complete = topology.complete()
  await local.advanceTime(60_000)
  t.like(await complete, { status: 'completed', roots: { acked: 400 } })
})
