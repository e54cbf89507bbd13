import test from 'ava'
import { planTopology } from '../../lib/scheduler/plan.ts'
import type { ConfigMap } from '../../lib/topology/config/config.ts'
import { FakeCluster, type FakeWorker, HeldManifests, topology } from './fakes.ts'

/** A plan for the same topology, on so many workers. */
function planOn(workers: number, version: number, config: ConfigMap = {}) {
  const slots = Array.from({ length: workers }, () => ({ supervisor: 'other', host: 'elsewhere', port: 0 }))
  return planTopology(topology(config), slots, version)
}

test('another plan: what is in flight finishes, all workers stop, and those of the new plan begin with what was kept', async (t) => {
  const cluster = new FakeCluster(topology())
  const [one, two] = (await cluster.startAll()) as [FakeWorker, FakeWorker]
  const { task } = cluster.run.plan.tasks[0]!
  one.say({ type: 'checkpoint', task, value: 7 })
  one.answer = { idle: false }
  cluster.run.replan(planOn(3, 2))
  await cluster.clock.advance(1_000)
  for (const worker of [one, two]) t.deepEqual(worker.told('drain', 'stop'), ['drain'])
  one.answer = { idle: true }
  await cluster.clock.until(() => cluster.launched.length === 5, 1_000)
  await cluster.clock.advance(1)
  t.deepEqual(
    cluster.launched.slice(2).map(({ worker, incarnation }) => [worker, incarnation]),
    [
      [1, 2],
      [2, 2],
      [3, 1],
    ],
  )
  t.is(cluster.run.plan.version, 2)
  const home = cluster.worker(cluster.run.plan.tasks[0]!.worker)
  t.deepEqual(home.heard[0], { type: 'restore', task, value: 7 })
  for (const worker of [1, 2, 3]) {
    const order = cluster.worker(worker).heard.find((message) => message.type === 'assign')
    t.deepEqual(order?.type === 'assign' && order.plan, cluster.run.plan)
    await cluster.ready(worker)
  }
  t.deepEqual(cluster.worker(3).told('activate'), ['activate'])
  t.deepEqual(cluster.statuses, ['running', 'rebalancing', 'starting', 'running'])
  t.deepEqual([cluster.lost, cluster.problems], [[], []])
  cluster.run.drain()
  const report = await cluster.end()
  t.deepEqual([report.status, report.workers, report.problem], ['stopped', 3, undefined])
})

test('a plan takes the place of another one though a worker dies meanwhile, and another does not stop', async (t) => {
  const cluster = new FakeCluster(topology())
  const [one, two] = (await cluster.startAll()) as [FakeWorker, FakeWorker]
  one.answer = undefined
  one.obeys = false
  cluster.run.replan(planOn(1, 2))
  two.die()
  await cluster.clock.advance(10)
  await cluster.ready(2)
  t.deepEqual(cluster.worker(2).told('activate', 'drain'), ['drain'])
  one.answer = { idle: true }
  await cluster.clock.until(() => cluster.run.status === 'starting', 10_000)
  await cluster.clock.advance(1)
  await cluster.ready(1)
  t.is(cluster.run.status, 'running')
  t.deepEqual(
    cluster.launched.map(({ worker, incarnation }) => [worker, incarnation]),
    [
      [1, 1],
      [2, 1],
      [2, 2],
      [1, 2],
    ],
  )
})

test('what does not finish in time is left to the workers of the new plan', async (t) => {
  const cluster = new FakeCluster(topology({ 'topology.drain.timeout.secs': 3 }))
  const [one] = (await cluster.startAll()) as [FakeWorker]
  one.answer = { idle: false }
  cluster.run.replan(planOn(2, 2, { 'topology.drain.timeout.secs': 3 }))
  await cluster.clock.until(() => cluster.run.status === 'starting', 4_000)
  await cluster.clock.advance(1)
  for (const worker of [1, 2]) await cluster.ready(worker)
  await cluster.clock.advance(10_000)
  t.is(cluster.run.status, 'running')
})

test('a plan for another topology is refused, and one that is not newer', async (t) => {
  const cluster = new FakeCluster(topology())
  await cluster.startAll()
  t.throws(() => cluster.run.replan(planOn(3, 1)), { code: 'INTERNAL' })
  t.throws(() => cluster.run.replan(planOn(3, 2, { 'topology.debug': true })), { code: 'INTERNAL' })
  t.is(cluster.run.status, 'running')
})

test('a run that is drained while it gets another plan ends, and starts no worker again', async (t) => {
  const cluster = new FakeCluster(topology())
  await cluster.startAll()
  cluster.run.replan(planOn(3, 2))
  cluster.run.drain()
  const report = await cluster.end()
  t.deepEqual([report.status, cluster.launched.length], ['stopped', 2])
})

test('the workers of another plan begin when no manifest is being written, and all from the same snapshot', async (t) => {
  const snapshots = new HeldManifests()
  const config = { 'topology.guarantee': 'exactly-once' }
  const cluster = new FakeCluster(topology(config), { snapshots })
  for (const worker of await cluster.startAll()) worker.sayCaptured(1)
  await cluster.clock.advance(1)
  cluster.run.replan(planOn(3, 2, config))
  await cluster.clock.advance(1000)
  t.deepEqual([cluster.run.status, cluster.launched.length], ['starting', 2])
  snapshots.write()
  await cluster.clock.until(() => cluster.launched.length === 5, 1000)
  await cluster.clock.advance(1)
  for (const worker of cluster.launched.slice(2)) {
    const order = worker.heard.find((message) => message.type === 'assign')
    t.is(order?.type === 'assign' ? order.snapshot : undefined, 1)
  }
})
