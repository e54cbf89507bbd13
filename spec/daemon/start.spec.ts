import test from 'ava'
import { FakeCluster, type FakeWorker, topology } from './fakes.ts'

test('a component that fails to start fails the topology with its problem', async (t) => {
  const cluster = new FakeCluster(topology())
  await cluster.start()
  await cluster.ready(1)
  const problem = { code: 'COMPONENT_FAILED' as const, message: 'no database', where: { component: 'first' } }
  cluster.worker(2).say({ type: 'fatal', problem })
  const report = await cluster.end()
  t.is(report.status, 'failed')
  t.deepEqual(report.problem, { ...problem, where: { worker: 2, component: 'first' } })
})

test('a worker that is not ready in time fails the start', async (t) => {
  const cluster = new FakeCluster(topology({ 'topology.start.timeout.secs': 5 }))
  await cluster.start()
  await cluster.ready(1)
  const report = await cluster.end(11_000)
  t.is(report.problem?.code, 'WORKER_START_FAILED')
  t.is(report.problem?.where.worker, 2)
})

test('a start that takes too long names the component that was not prepared, and no worker that waits for it', async (t) => {
  const cluster = new FakeCluster(topology({ 'topology.start.timeout.secs': 5 }))
  await cluster.start()
  const task = cluster.run.plan.tasks.find(({ worker, component }) => worker === 2 && component === 'first')!.task
  const [one, two] = cluster.launched as [FakeWorker, FakeWorker]
  one.say({ type: 'preparing', task: 0 })
  two.say({ type: 'preparing', task })
  const { problem } = await cluster.end(11_000)
  t.like(problem, { code: 'WORKER_START_FAILED', where: { worker: 2, component: 'first', task } })
})

test('what a component throws when the time to start is up is why the run failed', async (t) => {
  const cluster = new FakeCluster(topology({ 'topology.start.timeout.secs': 5 }))
  await cluster.start()
  const [one] = cluster.launched as [FakeWorker]
  one.obeys = false
  await cluster.clock.advance(5100)
  const problem = { code: 'COMPONENT_FAILED', message: 'no table', where: { component: 'first' } } as const
  one.say({ type: 'fatal', problem })
  t.is((await cluster.end(11_000)).problem?.code, 'COMPONENT_FAILED')
})

test('a worker that is stopped while it starts is noticed, ended and started again', async (t) => {
  const cluster = new FakeCluster(topology())
  await cluster.start()
  cluster.worker(1).silent = true
  await cluster.ready(2)
  await cluster.clock.advance(45_000)
  t.deepEqual(
    cluster.lost.map((lost) => lost.slice(0, 3)),
    ['1.1'],
  )
  t.true(cluster.problems.some(({ code, where }) => code === 'WORKER_SILENT' && where.worker === 1))
  await cluster.ready(1)
  t.is(cluster.run.status, 'running')
})
