import test from 'ava'
import { FakeCluster, HeldManifests, topology } from './fakes.ts'

test('stopNow ends everything at once, in every state, and leaves no timer behind', async (t) => {
  for (const state of ['starting', 'running', 'draining'] as const) {
    const cluster = new FakeCluster(topology())
    let timers = 0
    const after = cluster.clock.after.bind(cluster.clock)
    cluster.clock.after = (ms, callback) => {
      timers++
      let open = true
      const close = (): void => {
        if (open) timers--
        open = false
      }
      const cancel = after(ms, () => {
        close()
        callback()
      })
      return () => {
        close()
        cancel()
      }
    }
    if (state === 'starting') await cluster.start()
    else
      for (const worker of await cluster.startAll())
        worker.answer = state === 'draining' ? { idle: false } : { idle: true }
    if (state === 'draining') cluster.run.drain()
    await cluster.clock.advance(20)
    t.is(cluster.run.status, state)
    cluster.run.stopNow()
    const report = await cluster.end(1_000)
    t.is(report.status, 'stopped')
    await cluster.clock.advance(1_000)
    t.is(timers, 0, state)
  }
})

test('a run that is stopped at once waits for no listener, also where it had been drained', async (t) => {
  for (const drained of [false, true]) {
    const cluster = new FakeCluster(topology())
    cluster.outputTaken = new Promise(() => {})
    await cluster.startAll()
    if (drained) {
      cluster.run.drain()
      t.true(await cluster.clock.until(() => cluster.run.status === 'done', 10_000))
      t.is(cluster.report, undefined)
    }
    cluster.run.stopNow()
    t.is((await cluster.end(1000)).status, 'stopped')
  }
})

test('a drain waits for a listener no longer than a drain may take', async (t) => {
  const cluster = new FakeCluster(topology({ 'topology.drain.timeout.secs': 7 }))
  cluster.outputTaken = new Promise(() => {})
  await cluster.startAll()
  cluster.run.drain()
  await cluster.clock.advance(6000)
  t.is(cluster.report, undefined)
  t.is((await cluster.end(2000)).status, 'stopped')
})

test('no run is over while it writes a manifest, however it ends: the next one may have the store', async (t) => {
  const snapshots = new HeldManifests()
  const cluster = new FakeCluster(topology({ 'topology.guarantee': 'exactly-once' }), { snapshots })
  for (const worker of await cluster.startAll()) {
    t.deepEqual(worker.told('capture'), ['capture'])
    worker.sayCaptured(1)
  }
  await cluster.clock.advance(1)
  cluster.run.stopNow()
  await cluster.clock.advance(1000)
  t.deepEqual([cluster.run.status, cluster.report], ['done', undefined])
  snapshots.write()
  t.is((await cluster.end(1000)).status, 'stopped')
  t.deepEqual(await snapshots.list(), [1])
})
