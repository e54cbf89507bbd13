/** Watermarks through whole topologies, in simulated time. */
import { join } from 'node:path'
import test from 'ava'
import {
  BasicBolt,
  type BasicOutputCollector,
  type ConfigMap,
  fields,
  type TaskContext,
  type Timers,
  TopologyBuilder,
  type TopologyDefinition,
  type Tuple,
} from '../../lib/index.ts'
import { loadTopology } from '../../lib/run/with-annexes.ts'
import { completeTopology, FeederSpout, FixedTupleSpout, LocalCluster } from '../../lib/testing/index.ts'

interface Event {
  n: number
  at: number
}

const EVENT = fields<Event>('n', 'at')

/** Sends on what it gets, after a while that is drawn, and notes the watermarks and what came behind them. */
class Pass extends BasicBolt<Event, Event> {
  override readonly outputs = EVENT
  readonly watermarks: number[]
  readonly late: number[]
  readonly #maxMs: number
  #context!: TaskContext
  #timers!: Timers

  constructor(watermarks: number[] = [], late: number[] = [], maxMs = 0) {
    super()
    this.watermarks = watermarks
    this.late = late
    this.#maxMs = maxMs
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    this.#timers = context.timers('none')
  }

  execute(tuple: Tuple<Event>, out: BasicOutputCollector<Event>): void | Promise<void> {
    const { n, at } = tuple.toObject()
    if (at < this.#timers.watermark) this.late.push(at)
    const ms = this.#context.random() * this.#maxMs
    if (ms === 0) {
      if (n > 0) out.emit([n - 1, at])
      return
    }
    return new Promise((resolve) => {
      this.#context.after(ms, () => {
        out.emit([n, at])
        resolve()
      })
    })
  }

  override onTimer(): void {}

  override onWatermark(watermark: number): void {
    this.watermarks.push(watermark)
  }
}

const feeder = (): FeederSpout<Event> => new FeederSpout<Event>('n', 'at')
const builderOf = (config: ConfigMap = {}): TopologyBuilder => new TopologyBuilder('time', config)

test('a task that is started again hears how far event time is, though nothing new comes', async (t) => {
  const watermarks: number[] = []
  const source = feeder()
  const builder = builderOf({ 'topology.workers': 2 })
  const events = builder.setSpout('events', () => source).setTimestamps({ field: 'at' })
  const first = builder.setBolt('first', () => new Pass()).shuffleGrouping(events)
  builder.setBolt('second', () => new Pass(watermarks)).shuffleGrouping(first)
  const topology = await new LocalCluster().submit(builder.createTopology())
  source.feed([1, 100])
  await topology.waitUntil(() => watermarks.length > 0)
  t.deepEqual(watermarks, [100])
  // The spout and the second bolt live in worker 1, the first bolt in worker 2.
  topology.killWorker(2)
  await topology.waitUntil(() => topology.state()['first'] === undefined)
  await topology.waitUntil(() => topology.state()['first'] !== undefined)
  source.feed([1, 100])
  topology.killWorker(1)
  await topology.waitUntil(() => watermarks.length > 1)
  t.deepEqual(watermarks, [100, 100])
})

test('an async bolt hands a watermark on behind what it had begun before', async (t) => {
  const [between, behind]: [number[], number[]] = [[], []]
  const late: number[] = []
  const source = feeder()
  const builder = builderOf({ 'topology.workers': 2, 'topology.bolt.concurrency': 20 })
  builder.setSpout('events', () => source).setTimestamps({ field: 'at', intervalMs: 5 })
  builder.setBolt('slow', () => new Pass(between, late, 20), 2).grouping('events', 'default', { type: 'shuffle' })
  builder.setBolt('last', () => new Pass(behind, late), 2).grouping('slow', 'default', { type: 'shuffle' })
  const cluster = new LocalCluster({ seed: 5, maxDelayMs: 3 })
  const topology = await cluster.submit(builder.createTopology())
  for (let n = 0; n < 300; n++) {
    source.feed([n, n * 10])
    await cluster.advanceTime(1)
  }
  source.end()
  const { roots } = await topology.complete()
  t.is(roots.acked, 300)
  t.deepEqual(late, [])
  t.true(behind.length > 10, 'they come while tuples do')
  t.is(behind.at(-1), Number.POSITIVE_INFINITY)
})

test('on a cycle every component knows event time, and none waits for itself', async (t) => {
  const [a, b]: [number[], number[]] = [[], []]
  const source = feeder()
  const builder = builderOf()
  builder.setSpout('events', () => source).setTimestamps({ field: 'at' })
  builder
    .setBolt('a', () => new Pass(a))
    .grouping('events', 'default', { type: 'shuffle' })
    .grouping('b', 'default', { type: 'shuffle' })
  builder.setBolt('b', () => new Pass(b)).grouping('a', 'default', { type: 'shuffle' })
  const topology = await new LocalCluster().submit(builder.createTopology())
  source.feed([5, 100])
  source.feed([3, 200])
  await topology.waitUntil(() => b.includes(200))
  source.end()
  await topology.complete()
  t.deepEqual([a.at(-2), a.at(-1)], [200, Number.POSITIVE_INFINITY])
  t.deepEqual([b.at(-2), b.at(-1)], [200, Number.POSITIVE_INFINITY])
})

for (const [what, idleMs, expected] of [
  ['holds event time back', undefined, []],
  ['is left out after a while', 1000, [100]],
] as const)
  test(`a source that is silent ${what}, idleMs ${idleMs}`, async (t) => {
    const watermarks: number[] = []
    const sources = [feeder(), feeder()]
    const builder = builderOf()
    const bolt = builder.setBolt('bolt', () => new Pass(watermarks))
    for (const [index, source] of sources.entries()) {
      builder
        .setSpout(`events-${index}`, () => source)
        .setTimestamps({ field: 'at', ...(idleMs === undefined ? {} : { idleMs }) })
      bolt.grouping(`events-${index}`, 'default', { type: 'shuffle' })
    }
    const cluster = new LocalCluster()
    await cluster.submit(builder.createTopology())
    for (let ms = 0; ms < 3000; ms += 100) {
      sources[0]!.feed([1, 100])
      await cluster.advanceTime(100)
    }
    t.deepEqual(watermarks, [...expected])
    sources[1]!.feed([1, 150])
    sources[0]!.feed([1, 200])
    await cluster.advanceTime(500)
    t.is(watermarks.at(-1), 150)
  })

test('a spout that is exhausted holds nobody back, and one without timestamps never does', async (t) => {
  const watermarks: number[] = []
  const source = feeder()
  const builder = builderOf()
  builder.setSpout('few', () => new FixedTupleSpout([[1, 5]], EVENT)).setTimestamps({ field: 'at' })
  builder.setSpout('events', () => source).setTimestamps({ field: 'at', lagMs: 10 })
  builder.setSpout('settings', feeder)
  const bolt = builder.setBolt('bolt', () => new Pass(watermarks))
  for (const id of ['few', 'events', 'settings']) bolt.grouping(id, 'default', { type: 'shuffle' })
  const cluster = new LocalCluster()
  await cluster.submit(builder.createTopology())
  source.feed([1, 100])
  await cluster.advanceTime(1000)
  t.is(watermarks.at(-1), 90)
})

test('timestamps of a bolt are those of its input, by stream, and what is ahead of it is not heard', async (t) => {
  const [own, behind]: [number[], number[]] = [[], []]
  const sources = [feeder(), feeder()]
  const builder = builderOf()
  const bolt = builder.setBolt('bolt', () => new Pass(own)).setTimestamps({ field: 'at', lagMs: 5 })
  for (const [index, source] of sources.entries()) {
    builder.setSpout(`events-${index}`, () => source).setTimestamps({ field: 'n' })
    bolt.grouping(`events-${index}`, 'default', { type: 'shuffle' })
  }
  builder.setBolt('last', () => new Pass(behind)).grouping('bolt', 'default', { type: 'shuffle' })
  const cluster = new LocalCluster()
  await cluster.submit(builder.createTopology())
  sources[0]!.feed([1, 110])
  await cluster.advanceTime(1000)
  t.deepEqual(own, [])
  sources[1]!.feed([1, 98])
  await cluster.advanceTime(1000)
  t.deepEqual([own, behind], [[93], [93]])
})

test('each partition that a field names is waited for', async (t) => {
  const watermarks: number[] = []
  const source = feeder()
  const builder = builderOf()
  builder.setSpout('events', () => source).setTimestamps({ field: 'at', partition: 'n' })
  builder.setBolt('bolt', () => new Pass(watermarks)).grouping('events', 'default', { type: 'shuffle' })
  const cluster = new LocalCluster()
  await cluster.submit(builder.createTopology())
  for (const [n, at] of [
    [1, 100],
    [2, 40],
    [1, 200],
    [2, 120],
  ] as const) {
    source.feed([n, at])
    await cluster.advanceTime(250)
  }
  t.deepEqual(watermarks, [100, 120])
})

for (const at of [undefined, null, '2001-01-01', Number.NaN, Number.POSITIVE_INFINITY, 1e22, -(2 ** 53)])
  test(`${String(at)} is no timestamp: the tuple of a bolt fails for good, and nothing else suffers`, async (t) => {
    const reasons: unknown[] = []
    const source = feeder().setAckFailDelegate({ ack: () => {}, fail: (_id, reason) => reasons.push(reason) })
    const builder = builderOf()
    builder.setSpout('events', () => source)
    builder
      .setBolt('bolt', () => new Pass())
      .setTimestamps({ field: 'at' })
      .grouping('events', 'default', { type: 'shuffle' })
    const topology = await new LocalCluster().submit(builder.createTopology())
    source.feed([1, at as never])
    source.feed([1, 5])
    source.end()
    const report = await topology.complete()
    t.is(report.roots.acked, 1)
    t.like(reasons, [{ kind: 'explicit', code: 'BAD_TIMESTAMP', permanent: true }])
    t.like(topology.problems[0], {
      code: 'BAD_TIMESTAMP',
      where: { component: 'bolt', from: 'events', field: 'at', stream: 'default' },
    })
  })

test('a spout cannot emit what has no timestamp', async (t) => {
  const source = feeder()
  const builder = builderOf({ 'topology.spout.error.limit': 1 })
  builder.setSpout('events', () => source).setTimestamps({ field: 'at' })
  builder.setBolt('bolt', () => new Pass()).grouping('events', 'default', { type: 'shuffle' })
  const topology = await new LocalCluster().submit(builder.createTopology())
  source.feed([1, null as never])
  const report = await topology.complete()
  t.is(report.problem?.code, 'BAD_TIMESTAMP')
  t.is(report.components['events']?.emitted, 0)
})

test('an extractor makes timestamps of what is no field, and leaves out what has none', async (t) => {
  const watermarks: number[] = []
  const source = feeder()
  const builder = builderOf()
  builder
    .setSpout('events', () => source)
    .setTimestamps({ extractor: (tuple) => (tuple.get('n') === 0 ? undefined : tuple.get('n') * 1000) })
  builder.setBolt('bolt', () => new Pass(watermarks)).grouping('events', 'default', { type: 'shuffle' })
  const cluster = new LocalCluster()
  await cluster.submit(builder.createTopology())
  source.feed([3, 0])
  source.feed([0, 0])
  await cluster.advanceTime(500)
  t.deepEqual(watermarks, [3000])
})

test('an extractor that a file names is called with each tuple', async (t) => {
  const { definition } = await loadTopology(join(process.cwd(), 'spec/samples/timestamps/topology.yaml'))
  const result = await completeTopology(definition as TopologyDefinition, {
    mockedSources: { words: [['to'], [null], ['be']] },
    mockedBolts: { log: () => {} },
    config: { 'topology.tuple.max.attempts': 1 },
  })
  const { count } = result.report.components
  t.deepEqual([count?.acked, count?.failed], [2, 1])
})

test('what asks for timers and has no method for them is refused', async (t) => {
  class Forgetful extends BasicBolt<Event> {
    override prepare(context: TaskContext): void {
      context.timers('x')
    }
    execute(): void {}
  }
  const builder = builderOf()
  builder.setSpout('events', feeder)
  builder.setBolt('bolt', () => new Forgetful()).grouping('events', 'default', { type: 'shuffle' })
  await t.throwsAsync(new LocalCluster().submit(builder.createTopology()), { code: 'NO_METHOD' })
})

for (const [what, timestamps, code] of [
  ['an unknown field', { field: 'time' }, 'UNKNOWN_FIELD'],
  ['an unknown partition', { field: 'at', partition: 'shard' }, 'UNKNOWN_FIELD'],
  ['neither a field nor an extractor', { lagMs: 5 }, 'BAD_CONFIG'],
  ['both', { field: 'at', extractor: () => 1 }, 'BAD_CONFIG'],
  ['a lag below 0', { field: 'at', lagMs: -1 }, 'BAD_CONFIG'],
  ['a lag that is no number', { field: 'at', lagMs: Number.NaN }, 'BAD_CONFIG'],
  ['no interval', { field: 'at', intervalMs: 0 }, 'BAD_CONFIG'],
  ['a drift below 0', { field: 'at', maxDriftMs: -1 }, 'BAD_CONFIG'],
  ['an idle time of 0', { field: 'at', idleMs: 0 }, 'BAD_CONFIG'],
] as const)
  test(`timestamps with ${what} are refused`, (t) => {
    const builder = builderOf()
    builder.setSpout('events', feeder).setTimestamps(timestamps)
    const error = t.throws(() => builder.createTopology())
    t.like(error, { problems: [{ code, where: { component: 'events' } }] })
  })

test('a topology without timestamps has no watermarks, and its end is the only one', async (t) => {
  const watermarks: number[] = []
  const builder = builderOf()
  builder.setSpout('events', () => new FixedTupleSpout([[1, 5]], EVENT))
  builder.setBolt('bolt', () => new Pass(watermarks)).grouping('events', 'default', { type: 'shuffle' })
  await completeTopology(builder.createTopology())
  t.deepEqual(watermarks, [Number.POSITIVE_INFINITY])
})
