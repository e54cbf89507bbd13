import test from 'ava'
import { Bolt, fields, type OutputCollector, type TaskContext, TopologyBuilder, type Tuple } from '../../lib/index.ts'
import {
  AckFailMapTracker,
  AckTracker,
  FeederSpout,
  LocalCluster,
  type LocalClusterOptions,
} from '../../lib/testing/index.ts'

type Word = { word: string }

/** Acks after the milliseconds that the word says; never where it says none. */
class WaitingBolt extends Bolt<Word, Word> {
  override readonly outputs = fields<Word>('word')
  #context!: TaskContext
  #collector!: OutputCollector<Word>

  override prepare(context: TaskContext, collector: OutputCollector<Word>): void {
    this.#context = context
    this.#collector = collector
  }

  execute(tuple: Tuple<Word>): void {
    const ms = Number(tuple.get('word'))
    if (ms >= 0) this.#context.after(ms, () => this.#collector.ack(tuple))
  }
}

async function waiting(options: LocalClusterOptions = {}, workers = 2) {
  const tracker = new AckFailMapTracker()
  const words = new FeederSpout<Word>('word').setAckFailDelegate(tracker)
  const builder = new TopologyBuilder('waiting', { 'topology.workers': workers })
  const source = builder.setSpout('words', () => words)
  builder.setBolt('waiting', () => new WaitingBolt(), workers).shuffleGrouping(source)
  const cluster = new LocalCluster(options)
  return { cluster, words, tracker, topology: await cluster.submit(builder.createTopology()) }
}

/** Every verdict with its time. */
async function timeline(options: LocalClusterOptions): Promise<string[]> {
  const { cluster, words, topology } = await waiting(options, 3)
  const verdicts: string[] = []
  words.setAckFailDelegate({
    ack: (id) => verdicts.push(`${cluster.clock.now()} ack ${id}`),
    fail: (id, { kind }) => verdicts.push(`${cluster.clock.now()} fail ${id} ${kind}`),
  })
  for (let ms = 0; ms < 30; ms++) words.feed([String(ms)])
  await cluster.advanceTime(20)
  topology.killWorker(2)
  await cluster.advanceTime(1_000)
  return verdicts
}

test('the same seed gives the same run, to the microsecond, and another seed another one', async (t) => {
  const options = { seed: 5, minDelayMs: 1, maxDelayMs: 20 }
  const one = await timeline(options)
  t.is(one.length, 30)
  t.deepEqual(await timeline(options), one)
  t.notDeepEqual(await timeline({ ...options, seed: 6 }), one)
})

test.serial('the seed is 1 unless it is given, or stands in the environment', (t) => {
  const before = process.env['TYPHOON_TEST_SEED']
  t.teardown(() => {
    if (before === undefined) delete process.env['TYPHOON_TEST_SEED']
    else process.env['TYPHOON_TEST_SEED'] = before
  })
  delete process.env['TYPHOON_TEST_SEED']
  t.is(new LocalCluster().seed, 1)
  process.env['TYPHOON_TEST_SEED'] = '99'
  t.is(new LocalCluster().seed, 99)
  t.is(new LocalCluster({ seed: 7 }).seed, 7)
  process.env['TYPHOON_TEST_SEED'] = 'now'
  t.throws(() => new LocalCluster(), { instanceOf: RangeError, message: 'a seed must be a whole number, not NaN' })
})

test('time is simulated: a tuple times out after a minute that nobody has waited for', async (t) => {
  const { cluster, words, tracker } = await waiting()
  words.feed(['3599000'], 'patient')
  const began = cluster.clock.now()
  await cluster.advanceTime(70_000)
  t.is(cluster.clock.now() - began, 70_000)
  t.is(tracker.failed.get('patient')?.kind, 'timeout')
})

test('trackedWait comes back when every verdict on what was sent has come, and not before', async (t) => {
  const { words, tracker, topology } = await waiting({ minDelayMs: 10, maxDelayMs: 50 })
  for (let id = 0; id < 10; id++) words.feed([id % 2 === 0 ? '0' : 'never'], id)
  await topology.trackedWait(10)
  t.deepEqual([...tracker.acked].sort(), [0, 2, 4, 6, 8])
  t.is(topology.state()['waiting']!.executed, 10)
  t.is(topology.state()['words']!.pending, 5)
})

test('what does not come in time is an error that tells what is in flight, and the seed', async (t) => {
  const { words, topology } = await waiting({ seed: 42 })
  for (const word of ['never', 'never']) words.feed([word])
  await topology.trackedWait(2)
  await t.throwsAsync(topology.trackedWait(3, 1_000), {
    message:
      'what was waited for did not come within 1000 ms of simulated time; the topology is running, in flight are 2 roots of words (seed 42)',
  })
})

test('a delay lets frames take their time', async (t) => {
  const { cluster, words, tracker } = await waiting({ minDelayMs: 100 })
  for (const id of [1, 2]) words.feed(['0'], id)
  // 100 ms until the spout hears that it is active; the tuple for the other worker goes there and back.
  await cluster.advanceTime(190)
  t.is(tracker.acked.size, 1)
  await cluster.advanceTime(200)
  t.is(tracker.acked.size, 2)
})

test('between workers that are cut off nothing passes, and after they are healed everything does', async (t) => {
  const { cluster, words, tracker, topology } = await waiting({ maxDelayMs: 5 })
  topology.cut(1, 2)
  await cluster.advanceTime(100)
  for (const id of [1, 2, 3, 4]) words.feed(['0'], id)
  await cluster.advanceTime(5_000)
  t.is(tracker.acked.size, 2)
  topology.heal(1, 2)
  await cluster.advanceTime(5_000)
  t.is(tracker.acked.size, 4)
})

test('a component that throws while it is prepared makes submit fail, with the reason', async (t) => {
  class Broken extends WaitingBolt {
    override prepare(): void {
      throw new Error('no database')
    }
  }
  const builder = new TopologyBuilder('broken')
  builder
    .setBolt('broken', () => new Broken())
    .shuffleGrouping(builder.setSpout('words', () => new FeederSpout<Word>('word')))
  const run = new LocalCluster({ seed: 8 }).submit(builder.createTopology())
  const error = await t.throwsAsync(run, { message: 'prepare threw: no database (seed 8)' })
  t.like(error, { code: 'COMPONENT_FAILED', where: { component: 'broken' } })
})

test('the events of the run are told', async (t) => {
  const events: string[] = []
  const builder = new TopologyBuilder('told')
  const words = new FeederSpout<Word>('word')
  builder.setSpout('words', () => words)
  const topology = await new LocalCluster().submit(builder.createTopology(), {
    events: { onStatus: (status) => events.push(status), onWorkerStarted: (worker) => events.push(`worker ${worker}`) },
  })
  words.end()
  t.is((await topology.complete()).status, 'completed')
  t.deepEqual(events, ['worker 1', 'running', 'finishing', 'stopping', 'done'])
  t.true(topology.isDone)
})

test('an AckTracker counts the acks since it was asked last', (t) => {
  const tracker = new AckTracker()
  tracker.ack()
  tracker.ack()
  tracker.fail()
  t.is(tracker.takeAcks(), 2)
  t.is(tracker.takeAcks(), 0)
})

test('what is fed without a message id gets one of its own', async (t) => {
  const { words, tracker, topology } = await waiting()
  words.feed(['0'])
  words.feed(['0'])
  await topology.trackedWait(2)
  t.is(tracker.acked.size, 2)
})

test('a FeederSpout refuses what does not fit its fields, or no wire could carry, where it is fed', (t) => {
  const feeder = new FeederSpout<{ word: string; n: number }>('word', 'n')
  for (const wrong of [['a'], ['a', 1, 2], { word: 'a' }]) t.throws(() => feeder.feed(wrong), { code: 'WRONG_VALUES' })
  for (const value of [() => {}, { deep: Symbol('no value') }])
    t.throws(() => feeder.feed(['a', value]), { code: 'CANNOT_ENCODE' })
  feeder.end()
  t.true(feeder.isExhausted(), 'nothing of it was kept')
})
