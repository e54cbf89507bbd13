import test from 'ava'
import { encodeFrame } from '../../lib/messaging/frames.ts'
import { FakeCluster, type FakeWorker, topology } from './fakes.ts'

/** Answers each end of input as a worker does. */
async function obedient(cluster: FakeCluster, workers: readonly FakeWorker[]): Promise<void> {
  for (const worker of workers) {
    const done = worker.heard.filter(({ type }) => type === 'end-of-input').length
    await cluster.clock.until(
      () =>
        worker.heard.filter(({ type }) => type === 'end-of-input').length > done || cluster.run.status !== 'finishing',
      10_000,
    )
    const last = worker.heard.findLast((message) => message.type === 'end-of-input')
    if (last?.type === 'end-of-input') worker.say({ type: 'ended', component: last.component })
  }
}

test('a worker is told its plan, then who else there is; when all are ready the spouts are activated', async (t) => {
  const cluster = new FakeCluster(topology())
  await cluster.start()
  const [one, two] = cluster.launched as [FakeWorker, FakeWorker]
  t.deepEqual(one.told(), ['assign'])
  await cluster.ready(1)
  t.is(cluster.run.status, 'starting')
  t.deepEqual(one.told('activate'), [])
  await cluster.ready(2)
  t.is(cluster.run.status, 'running')
  for (const worker of [one, two]) {
    t.deepEqual(worker.told('assign', 'activate'), ['assign', 'activate'])
    const mesh = worker.heard.findLast((message) => message.type === 'mesh')
    t.deepEqual(mesh?.type === 'mesh' && mesh.workers, [
      { worker: 1, incarnation: 1, address: 'address 1.1' },
      { worker: 2, incarnation: 1, address: 'address 2.1' },
    ])
  }
})

test('a topology that starts inactive is activated when asked for, and deactivated', async (t) => {
  const cluster = new FakeCluster(topology(), { inactive: true })
  const [one] = (await cluster.startAll()) as [FakeWorker]
  t.is(cluster.run.status, 'running')
  t.deepEqual(one.told('activate'), [])
  cluster.run.activate()
  cluster.run.deactivate()
  await cluster.clock.advance(1)
  t.deepEqual(one.told('activate', 'deactivate'), ['activate', 'deactivate'])
})

test('when all spouts are exhausted and nothing is in flight the bolts are told of the end, from the spouts down, then all stop', async (t) => {
  const cluster = new FakeCluster(topology())
  const workers = await cluster.startAll()
  cluster.exhausted(1)
  await cluster.clock.advance(100)
  t.is(cluster.run.status, 'running', 'the spouts of worker 2 are not exhausted')
  workers[1]!.answer = { idle: false }
  cluster.exhausted(2)
  await cluster.clock.advance(1_000)
  t.is(cluster.run.status, 'running', 'worker 2 is busy')
  workers[1]!.answer = { idle: true }
  await cluster.clock.until(() => cluster.run.status === 'finishing', 1_000)
  await cluster.clock.advance(100)
  for (const worker of workers) t.deepEqual(worker.told('end-of-input'), ['end of first'])
  workers[0]!.say({ type: 'ended', component: 'first' })
  await cluster.clock.advance(100)
  for (const worker of workers) t.deepEqual(worker.told('end-of-input'), ['end of first'], 'worker 2 has not ended it')
  workers[1]!.say({ type: 'ended', component: 'first' })
  await cluster.clock.advance(100)
  for (const worker of workers) {
    t.deepEqual(worker.told('end-of-input'), ['end of first', 'end of second'])
    worker.say({ type: 'ended', component: 'second' })
  }
  const report = await cluster.end()
  t.is(report.status, 'completed')
  t.deepEqual(cluster.statuses, ['running', 'finishing', 'stopping', 'done'])
  t.deepEqual(cluster.problems, [])
})

test('a spout that takes its exhaustion back puts the end off', async (t) => {
  const cluster = new FakeCluster(topology())
  const workers = await cluster.startAll()
  for (const worker of workers) worker.answer = undefined
  cluster.exhausted(1)
  cluster.exhausted(2)
  await cluster.clock.advance(10)
  cluster.exhausted(1, false)
  await cluster.clock.advance(1_000)
  for (const worker of workers) worker.answer = { idle: true }
  await cluster.clock.advance(1_000)
  t.is(cluster.run.status, 'running')
  cluster.exhausted(1)
  await cluster.clock.until(() => cluster.run.status === 'finishing', 1_000)
  t.is(cluster.run.status, 'finishing')
})

test('a worker that dies is started again; the others hear that it was lost, and where it listens now', async (t) => {
  const cluster = new FakeCluster(topology())
  const [one, two] = (await cluster.startAll()) as [FakeWorker, FakeWorker]
  two.die()
  await cluster.clock.advance(10)
  t.deepEqual(cluster.lost, ['2.1 signal SIGKILL, again in 0 ms'])
  t.deepEqual(one.told('lost'), ['lost 2'])
  t.is(cluster.worker(2).incarnation, 2)
  await cluster.ready(2)
  t.deepEqual(cluster.worker(2).told('assign', 'activate'), ['assign', 'activate'])
  const mesh = one.heard.findLast((message) => message.type === 'mesh')
  t.is(mesh?.type === 'mesh' && mesh.workers[1]!.address, 'address 2.2')
  t.is(cluster.run.status, 'running')
})

test('a restarted worker gets the latest checkpoint of each of its tasks, and of no others', async (t) => {
  const cluster = new FakeCluster(topology())
  const [one, two] = (await cluster.startAll()) as [FakeWorker, FakeWorker]
  const { tasks } = cluster.run.plan
  const [mine, other] = [1, 2].map((worker) => tasks.find((task) => task.worker === worker)!.task) as [number, number]
  one.say({ type: 'checkpoint', task: mine, value: 'old' })
  one.say({ type: 'checkpoint', task: mine, value: { offset: 5 } })
  two.say({ type: 'checkpoint', task: other, value: 'of worker 2' })
  await cluster.clock.advance(1)
  one.die()
  await cluster.clock.advance(10)
  const [first, second] = cluster.worker(1).heard
  t.deepEqual(first, { type: 'restore', task: mine, value: { offset: 5 } })
  t.is(second?.type, 'assign')
})

test('a link between two workers that broke is told to all, for what was on it may be lost', async (t) => {
  const cluster = new FakeCluster(topology())
  const workers = await cluster.startAll()
  const problem = { code: 'LINK_LOST' as const, message: 'the cable', where: { worker: 2 } }
  workers[0]!.say({ type: 'link-lost', peer: 2, incarnation: 1, problem })
  await cluster.clock.advance(60_000)
  for (const worker of workers) t.deepEqual(worker.told('lost'), ['lost 2'])
  t.deepEqual(cluster.problems, [problem])
})

test('what fails with a link that was silent fails for the worker that was not heard, whoever says so', async (t) => {
  const cluster = new FakeCluster(topology())
  const [one, two] = (await cluster.startAll()) as [FakeWorker, FakeWorker]
  const problem = { code: 'LINK_SILENT' as const, message: 'it carries nothing', where: { worker: 2 } }
  one.say({ type: 'link-lost', peer: 2, incarnation: 1, problem })
  two.say({ type: 'link-lost', peer: 1, incarnation: 1, problem })
  await cluster.clock.advance(1)
  for (const worker of [one, two]) t.deepEqual(worker.told('lost'), ['lost 2', 'lost 2'])
})

test('a worker that dies while the input ends has what it loses replayed first: the bolts are told anew, from the beginning', async (t) => {
  const cluster = new FakeCluster(topology())
  const workers = await cluster.startAll()
  cluster.exhausted(1)
  cluster.exhausted(2)
  await cluster.clock.until(() => cluster.run.status === 'finishing', 1_000)
  await obedient(cluster, workers)
  workers[1]!.die()
  await cluster.clock.advance(10)
  t.is(cluster.run.status, 'running')
  await cluster.ready(2)
  await cluster.clock.advance(500)
  t.is(cluster.run.status, 'running', 'the spouts of the new worker 2 are not exhausted')
  t.deepEqual(cluster.worker(2).told('activate'), ['activate'])
  cluster.exhausted(2)
  await cluster.clock.until(() => cluster.run.status === 'finishing', 1_000)
  await cluster.clock.advance(100)
  t.deepEqual(cluster.worker(2).told('end-of-input'), ['end of first'])
})

test('a drain deactivates the spouts, waits until nothing is in flight, and stops', async (t) => {
  const cluster = new FakeCluster(topology())
  const workers = await cluster.startAll()
  workers[0]!.answer = { idle: false }
  cluster.run.drain()
  await cluster.clock.advance(5_000)
  t.is(cluster.run.status, 'draining')
  t.deepEqual(workers[1]!.told('drain', 'stop'), ['drain'])
  workers[0]!.answer = { idle: true }
  const report = await cluster.end()
  t.is(report.status, 'stopped')
  t.is(report.problem, undefined)
  t.deepEqual(workers[1]!.told('end-of-input'), [])
})

test('a drain that takes too long is given up, and says so', async (t) => {
  const cluster = new FakeCluster(topology({ 'topology.drain.timeout.secs': 3 }))
  const workers = await cluster.startAll()
  workers[0]!.answer = { idle: false }
  cluster.run.drain()
  const report = await cluster.end(4_000)
  t.is(report.status, 'stopped')
  t.is(report.problem?.code, 'DRAIN_TIMEOUT')
})

for (const when of ['asked', 'answered'] as const) {
  test(`a worker that dies in the drain when it was ${when} does not stop it: the new one is asked again`, async (t) => {
    const cluster = new FakeCluster(topology())
    const workers = await cluster.startAll()
    workers[1]!.answer = when === 'answered' ? { idle: true } : undefined
    workers[0]!.answer = when === 'answered' ? undefined : { idle: true }
    cluster.run.drain()
    await cluster.clock.advance(5)
    workers[1]!.die()
    workers[0]!.answer = { idle: true }
    await cluster.clock.advance(10)
    await cluster.ready(2)
    t.deepEqual(cluster.worker(2).told('activate'), [])
    const report = await cluster.end(5_000)
    t.is(report.problem, undefined)
  })
}

test('a run with a time limit ends its input when it was drained, even where a worker dies meanwhile', async (t) => {
  const cluster = new FakeCluster(topology())
  const workers = await cluster.startAll()
  cluster.run.drain(true)
  await cluster.clock.until(() => cluster.run.status === 'finishing', 1_000)
  workers[1]!.die()
  await cluster.clock.advance(10)
  t.is(cluster.run.status, 'draining')
  await cluster.ready(2)
  const both = [workers[0]!, cluster.worker(2)]
  await cluster.clock.until(() => cluster.run.status === 'finishing', 1_000)
  await cluster.clock.advance(100)
  for (const component of ['first', 'second']) {
    for (const worker of both) worker.say({ type: 'ended', component })
    await cluster.clock.advance(200)
  }
  const report = await cluster.end(1_000)
  t.is(report.status, 'completed')
})

test('a worker that keeps dying is given up, with its last words', async (t) => {
  const cluster = new FakeCluster(topology({ 'topology.worker.max.restarts': 2 }))
  await cluster.startAll()
  for (let i = 0; i < 3; i++) {
    cluster.worker(2).die('exit code 1', ['Error: out of cheese'])
    await cluster.clock.advance(1_000)
    if (i < 2) await cluster.ready(2)
  }
  const report = await cluster.end()
  t.deepEqual([report.status, report.problem?.code], ['failed', 'WORKER_GAVE_UP'])
  t.truthy(report.problem?.hint)
  t.regex(report.problem!.message, /out of cheese/)
})

test('a worker that says that it is ready when it was told to stop is not told to begin', async (t) => {
  const cluster = new FakeCluster(topology())
  await cluster.start()
  const [one, two] = cluster.launched as [FakeWorker, FakeWorker]
  one.obeys = false
  await cluster.ready(2)
  const problem = { code: 'COMPONENT_FAILED' as const, message: 'no database', where: { component: 'first' } }
  two.say({ type: 'fatal', problem })
  await cluster.clock.advance(1)
  await cluster.ready(1)
  t.deepEqual(one.told('stop', 'activate'), ['stop'])
  t.is((await cluster.end()).status, 'failed')
})

test('a worker that does not stop is killed after a while', async (t) => {
  const cluster = new FakeCluster(topology())
  const workers = await cluster.startAll()
  workers[0]!.obeys = false
  cluster.run.drain()
  const report = await cluster.end(10_000)
  t.is(report.status, 'stopped')
})

test('whoever is not expected is refused: a stranger, an older incarnation, a second one of the same', async (t) => {
  const cluster = new FakeCluster(topology())
  await cluster.startAll()
  cluster.worker(2).die()
  await cluster.clock.advance(10)
  for (const identity of [
    { worker: 3, incarnation: 1 },
    { worker: 2, incarnation: 1 },
    { worker: 2, incarnation: 2 },
  ]) {
    const dialed = cluster.network.dial('simulated:1', { run: 'run', ...identity }, { worker: 0 })
    const refused = t.throwsAsync(dialed, { code: 'REFUSED' }, JSON.stringify(identity))
    await cluster.clock.advance(5)
    await refused
  }
})

test('a worker that talks nonsense loses its link, and says no more; the nimbus goes on', async (t) => {
  const cluster = new FakeCluster(topology())
  const [one] = (await cluster.startAll()) as [FakeWorker]
  one.link.send(encodeFrame({ kind: 'control', message: { type: 'nonsense' } }))
  await cluster.clock.advance(5)
  t.deepEqual(
    cluster.problems.map(({ code }) => code),
    ['BAD_FRAME'],
  )
  t.is(cluster.run.status, 'running')
})

test('answers from before a death do not make the topology quiet', async (t) => {
  const cluster = new FakeCluster(topology())
  const [one, two] = (await cluster.startAll()) as [FakeWorker, FakeWorker]
  one.answer = undefined
  two.answer = { idle: true }
  one.say({ type: 'exhausted', exhausted: true })
  two.say({ type: 'exhausted', exhausted: true })
  await cluster.clock.advance(1)
  const answer = async (): Promise<void> => {
    const probe = one.heard.findLast((message) => message.type === 'probe')
    if (probe?.type !== 'probe') throw new Error('no probe came')
    one.say({
      type: 'probed',
      round: probe.round,
      idle: true,
      pending: 0,
      held: 0,
      activity: 0,
      sent: [],
      received: [],
    })
    await cluster.clock.advance(1)
  }
  await answer()
  // Of the second round worker 2 has answered, and worker 1 has not.
  two.die()
  await cluster.clock.advance(1)
  await answer()
  t.is(cluster.run.status, 'running')
  t.deepEqual(one.told('end-of-input'), [])
})

test('a run is over, though its listener cannot be closed', async (t) => {
  const cluster = new FakeCluster(topology())
  const listen = cluster.network.listen.bind(cluster.network)
  cluster.network.listen = async (...args) =>
    Object.assign(await listen(...args), { close: () => Promise.reject(new Error('it is closed')) })
  await cluster.startAll()
  cluster.run.stopNow()
  await cluster.clock.advance(5000)
  t.is(cluster.report?.status, 'stopped')
})

test('a listener that drains the run as soon as it runs is obeyed', async (t) => {
  const cluster = new FakeCluster(topology(), {}, (status) => status === 'running' && cluster.run.drain())
  const workers = await cluster.startAll()
  for (const worker of workers) t.is(worker.told('activate', 'drain').at(-1), 'drain')
  t.is((await cluster.end()).status, 'stopped')
})
