/** Who looks at the tuples of a run: which workers are told of it, and when it ends. */
import test from 'ava'
import type { Tapped } from '../../lib/daemon/taps.ts'
import { FakeCluster, type FakeWorker, topology } from './fakes.ts'

const WANTED = { sample: 1, perSecond: 10, component: 'first' }

function told({ heard }: FakeWorker): unknown[] {
  return heard.flatMap((message) => (message.type === 'taps' ? [message.taps] : []))
}

test('all workers are told of a tap, and of its end; one that is started meanwhile is told, too', async (t) => {
  const cluster = new FakeCluster(topology())
  const workers = await cluster.startAll()
  const end = cluster.run.tap(WANTED, () => {})
  await cluster.clock.advance(1)
  for (const worker of workers) t.deepEqual(told(worker), [[{ ...WANTED, tap: 1 }]])
  cluster.worker(1).die()
  await cluster.clock.advance(10)
  await cluster.ready(1)
  t.deepEqual(told(cluster.worker(1)), [[{ ...WANTED, tap: 1 }]])
  end()
  end()
  await cluster.clock.advance(1)
  t.deepEqual(told(cluster.worker(1)).slice(1), [[]])
})

test('each hears what its own tap has seen, and nothing after its end', async (t) => {
  const cluster = new FakeCluster(topology())
  const [worker] = (await cluster.startAll()) as [FakeWorker]
  const heard: Tapped[] = []
  const end = cluster.run.tap(WANTED, (tapped) => heard.push(tapped))
  const tuple = { task: 1, stream: 'default', time: 1, values: '{}', isCut: false }
  worker.say({ type: 'tapped', tap: 1, tuples: [tuple], leftOut: 2 })
  worker.say({ type: 'tapped', tap: 7, tuples: [tuple], leftOut: 0 })
  await cluster.clock.advance(1)
  end()
  worker.say({ type: 'tapped', tap: 1, tuples: [tuple], leftOut: 0 })
  await cluster.clock.advance(1)
  t.deepEqual(heard, [{ worker: 1, tuples: [tuple], leftOut: 2 }])
})
