import {
  BasicBolt,
  type BasicOutputCollector,
  fields,
  Spout,
  type TaskContext,
  TopologyBuilder,
  type Tuple,
} from '../../lib/index.ts'
import { completeTopology, FeederSpout, LocalCluster, multiset, readTuples } from '../../lib/testing/index.ts'
import { FunctionBolt, NotingBolt, ReplayingSpout, TestWordSpout, type Word } from './components.ts'
import { story } from './setups.ts'

/** Counts, and emits what it has counted when the input has ended. */
class TotalBolt extends BasicBolt<any, { total: number; from: string }> {
  override readonly outputs = fields<{ total: number; from: string }>('total', 'from')
  readonly #order: string[]
  #total = 0
  #name = ''

  constructor(order: string[]) {
    super()
    this.#order = order
  }

  override prepare(context: TaskContext): void {
    this.#name = `${context.component}/${context.taskIndex}`
  }

  execute(tuple: Tuple): void {
    this.#total += typeof tuple.values[0] === 'number' ? tuple.values[0] : 1
  }

  override async endOfInput(collector: BasicOutputCollector<{ total: number; from: string }>): Promise<void> {
    this.#order.push(this.#name)
    await Promise.resolve()
    collector.emit([this.#total, this.#name])
  }
}

story(
  'at the end of the input the bolts are told in the order of the data, and what they emit still arrives',
  async (t, setup) => {
    const order: string[] = []
    const builder = new TopologyBuilder('totals', setup.config)
    // Declared in another order than that of the data.
    const words = builder.setSpout('words', () => new TestWordSpout(), 2)
    const last = builder.setBolt('c', () => new TotalBolt(order))
    const middle = builder.setBolt('b', () => new TotalBolt(order), 2)
    const first = builder.setBolt('a', () => new TotalBolt(order), 3).shuffleGrouping(words)
    middle.fieldsGrouping(first, ['from'])
    last.globalGrouping(middle)

    const mockedSources = { words: Array.from({ length: 30 }, (_, index) => [`w${index}`]) }
    const result = await completeTopology(builder.createTopology(), { mockedSources, ...setup.cluster })

    t.is(result.report.status, 'completed')
    t.deepEqual(order.map((name) => name[0]).join(''), 'aaabbc')
    t.deepEqual(multiset(readTuples(result, 'c')), multiset([[30, 'c/0']]))
  },
)

story('the input has not ended while a root that failed is to be replayed', async (t, { config, cluster }) => {
  const acked = new Set<string>()
  const ended: number[] = []
  class StrictBolt extends BasicBolt {
    readonly #seen = new Set<number>()
    execute(tuple: Tuple): void {
      const n = tuple.get('n') as number
      if (this.#seen.has(n)) return
      this.#seen.add(n)
      throw new Error('not the first time')
    }
    override endOfInput(): void {
      ended.push(acked.size)
    }
  }
  const builder = new TopologyBuilder('replays', config)
  const numbers = builder.setSpout('numbers', () => new ReplayingSpout(20, acked))
  builder.setBolt('strict', () => new StrictBolt(), 2).fieldsGrouping(numbers, ['n'])

  const { report } = await completeTopology(builder.createTopology(), cluster)

  t.deepEqual(ended, [20, 20])
  t.is(report.roots.emitted, 40)
  t.is(report.roots.acked, 20)
  t.deepEqual(report.roots.failed, { timeout: 0, explicit: 20, workerLost: 0 })
})

class EndlessSpout extends Spout<{ n: number }> {
  override readonly outputs = fields<{ n: number }>('n')
  readonly #settled: number[]
  #n = 0
  #emit!: (values: [number], id: number) => unknown

  constructor(settled: number[]) {
    super()
    this.#settled = settled
  }

  override open(...[, collector]: Parameters<NonNullable<Spout<{ n: number }>['open']>>): void {
    this.#emit = (values, id) => collector.emit(values, id)
  }

  nextTuple(): void {
    this.#emit([this.#n], this.#n++)
  }

  override ack(n: number): void {
    this.#settled.push(n)
  }
}

story('a drain lets what is in flight finish', async (t, { config, cluster }) => {
  const settled: number[] = []
  const builder = new TopologyBuilder('drained', { ...config, 'topology.max.spout.pending': 50 })
  const numbers = builder.setSpout('numbers', () => new EndlessSpout(settled))
  const slow = () =>
    new FunctionBolt([], (tuple, collector, context) => void context.after(700, () => collector.ack(tuple)))
  builder.setBolt('slow', slow, 3).shuffleGrouping(numbers)
  const local = new LocalCluster(cluster)
  const topology = await local.submit(builder.createTopology())
  await local.advanceTime(5_000)

  topology.drain()
  const report = await topology.complete()

  t.is(report.status, 'stopped')
  t.is(report.problem, undefined)
  t.true(settled.length >= 100)
  t.is(report.roots.emitted, settled.length)
  t.is(report.roots.acked, settled.length)
})

story('a drain that takes too long ends all the same, and says what was left', async (t, { config, cluster }) => {
  const feeder = new FeederSpout<Word>('word')
  const builder = new TopologyBuilder('stuck', { ...config, 'topology.drain.timeout.secs': 5 })
  builder
    .setBolt('stuck', () => new FunctionBolt([], () => {}))
    .shuffleGrouping(builder.setSpout('words', () => feeder))
  const local = new LocalCluster(cluster)
  const topology = await local.submit(builder.createTopology())
  for (let i = 0; i < 7; i++) feeder.feed(['a'])
  await topology.trackedWait(7)
  const began = local.clock.now()

  topology.drain()
  const report = await topology.complete()

  t.is(report.status, 'stopped')
  t.is(report.problem?.code, 'DRAIN_TIMEOUT')
  t.regex(report.problem!.message, /\b7 roots\b/)
  t.true(local.clock.now() - began < 6_000)
})

story('an endless spout beside one that ends keeps the topology running', async (t, { config, cluster }) => {
  const seen: unknown[][] = []
  const builder = new TopologyBuilder('both', config)
  const ends = builder.setSpout('ends', () => new ReplayingSpout(5))
  const endless = builder.setSpout('endless', () => new FeederSpout<Word>('word'))
  builder
    .setBolt('noting', () => new NotingBolt(seen))
    .globalGrouping(ends)
    .globalGrouping(endless)
  const local = new LocalCluster(cluster)
  const topology = await local.submit(builder.createTopology())

  await local.advanceTime(60_000)

  t.is(seen.length, 5)
  t.false(topology.isDone)
})
