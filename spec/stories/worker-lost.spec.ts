import test from 'ava'
import { type FailReason, TopologyBuilder } from '../../lib/index.ts'
import { AckFailMapTracker, FeederSpout, LocalCluster } from '../../lib/testing/index.ts'
import { FunctionBolt, ReplayingSpout, type Word } from './components.ts'

const TWO_WORKERS = { 'topology.workers': 2 }

/** A feeder in worker 1, a bolt with a task in each worker that holds every tuple. */
async function holding(more = {}) {
  const tracker = new AckFailMapTracker()
  const feeder = new FeederSpout<Word>('word').setAckFailDelegate(tracker)
  const builder = new TopologyBuilder('lost', { ...TWO_WORKERS, ...more })
  const words = builder.setSpout('words', () => feeder)
  builder.setBolt('holding', () => new FunctionBolt([], () => {}), 2).allGrouping(words)
  const cluster = new LocalCluster({ seed: 21, minDelayMs: 1, maxDelayMs: 10 })
  const topology = await cluster.submit(builder.createTopology())
  for (const id of [1, 2]) feeder.feed(['a'], id)
  await topology.trackedWait(2)
  return { tracker, cluster, topology }
}

test('when a worker is killed, what is in flight elsewhere fails within a moment, reason worker lost', async (t) => {
  const { tracker, cluster, topology } = await holding()

  topology.killWorker(2)
  await cluster.advanceTime(50)

  const reason: FailReason = { kind: 'worker lost', worker: 2 }
  t.deepEqual(
    [...tracker.failed],
    [
      [1, reason],
      [2, reason],
    ],
  )
})

test('when a link between two workers breaks, what is in flight fails within a moment', async (t) => {
  const { tracker, cluster, topology } = await holding()

  topology.cut(1, 2)
  await cluster.advanceTime(50)

  t.deepEqual([...tracker.failed.keys()], [1, 2])
  t.is(tracker.failed.get(1)!.kind, 'worker lost')
})

test('when a frame is lost, the next pulse tells, and what is in flight fails', async (t) => {
  const tracker = new AckFailMapTracker()
  const feeder = new FeederSpout<Word>('word').setAckFailDelegate(tracker)
  const builder = new TopologyBuilder('lossy', TWO_WORKERS)
  const never = () => new FunctionBolt([], (tuple, collector) => collector.ack(tuple))
  builder.setBolt('bolt', never, 2).allGrouping(builder.setSpout('words', () => feeder))
  const cluster = new LocalCluster({ seed: 22, minDelayMs: 1, maxDelayMs: 10 })
  const topology = await cluster.submit(builder.createTopology())
  feeder.feed(['a'], 'before')
  await topology.trackedWait(1)

  topology.setLoss(1)
  feeder.feed(['a'], 'lost')
  await cluster.advanceTime(100)
  topology.setLoss(0)
  t.deepEqual([[...tracker.acked], [...tracker.failed.keys()]], [['before'], []])

  await cluster.advanceTime(2_500)
  t.deepEqual([...tracker.failed.keys()], ['lost'])
  t.true(topology.problems.some(({ code }) => code === 'FRAME_LOST'))

  feeder.feed(['a'], 'after')
  await topology.trackedWait(3)
  t.deepEqual([...tracker.acked], ['before', 'after'])
})

test('a killed worker is started again, its tasks keep their ids, and everything is acked in the end', async (t) => {
  const acked = new Set<string>()
  const places = new Map<number, Set<string>>()
  const builder = new TopologyBuilder('killed', { ...TWO_WORKERS, 'topology.max.spout.pending': 10 })
  const numbers = builder.setSpout('numbers', () => new ReplayingSpout(200, acked), 2)
  const slow = () =>
    new FunctionBolt([], (tuple, collector, context) => {
      const { task, component, taskIndex, worker } = context
      places.set(task, (places.get(task) ?? new Set()).add(`${component} ${taskIndex} in ${worker}`))
      context.after(50, () => collector.ack(tuple))
    })
  builder.setBolt('slow', slow, 4).fieldsGrouping(numbers, ['n'])
  const started: string[] = []
  const cluster = new LocalCluster({ seed: 23, minDelayMs: 1, maxDelayMs: 10 })
  const topology = await cluster.submit(builder.createTopology(), {
    events: { onWorkerStarted: (worker, incarnation) => started.push(`${worker}: ${incarnation}`) },
  })

  await cluster.advanceTime(50)
  topology.killWorker(2)
  await topology.waitUntil(() => started.includes('2: 2'))
  await cluster.advanceTime(300)
  topology.killWorker(1)
  const report = await topology.complete()

  t.is(report.status, 'completed')
  t.is(acked.size, 400)
  t.true(report.roots.failed.workerLost > 0)
  t.is(report.roots.failed.timeout, 0)
  t.deepEqual(started, ['1: 1', '2: 1', '2: 2', '1: 2'])
  t.deepEqual(
    [...places.values()].map((where) => where.size),
    [1, 1, 1, 1],
  )
})

test('a worker that keeps dying is given up, and the topology fails with its name', async (t) => {
  const builder = new TopologyBuilder('given up', { ...TWO_WORKERS, 'topology.worker.max.restarts': 2 })
  builder.setSpout('words', () => new FeederSpout<Word>('word'))
  const cluster = new LocalCluster({ seed: 24 })
  const topology = await cluster.submit(builder.createTopology())

  for (let death = 0; death < 3; death++) {
    topology.killWorker(1)
    await cluster.advanceTime(2_000)
  }
  const report = await topology.complete()

  t.is(report.status, 'failed')
  t.like(report.problem, { code: 'WORKER_GAVE_UP', where: { worker: 1 } })
})

test('what a task asked to keep is there when its worker is started again', async (t) => {
  const found: unknown[] = []
  const builder = new TopologyBuilder('kept', TWO_WORKERS)
  const words = new FeederSpout<Word>('word')
  class KeepingBolt extends FunctionBolt {
    constructor() {
      super([], (tuple, collector, context) => {
        context.checkpoint({ last: tuple.get('word') })
        collector.ack(tuple)
      })
    }
    override prepare(...[context, collector]: Parameters<FunctionBolt['prepare']>): void {
      found.push(context.checkpointed)
      super.prepare(context, collector)
    }
  }
  const source = builder.setSpout('words', () => words)
  builder.setBolt('keeping', () => new KeepingBolt()).globalGrouping(source)
  const cluster = new LocalCluster({ seed: 25, maxDelayMs: 10 })
  const topology = await cluster.submit(builder.createTopology())
  for (const word of ['a', 'b']) words.feed([word])
  await topology.trackedWait(2)
  await cluster.advanceTime(200)

  topology.killWorker(2)
  await cluster.advanceTime(1_000)

  t.deepEqual(found, [undefined, { last: 'b' }])
})
