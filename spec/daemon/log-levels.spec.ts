/** Levels of logs that were said while a run goes on: who is told, and when they end. */
import test from 'ava'
import type { FakeWorker } from './fakes.ts'
import { FakeCluster, topology } from './fakes.ts'

/** What a worker was told of levels since it began. */
function told({ heard }: FakeWorker): unknown[] {
  return heard.flatMap((message) =>
    message.type === 'log-levels' ? [message.levels] : message.type === 'assign' ? [message.logLevels] : [],
  )
}

test('all workers are told, and told again when the time is up', async (t) => {
  const cluster = new FakeCluster(topology())
  const workers = await cluster.startAll()
  const lasting = { level: 'warn', component: 'first' } as const
  cluster.run.setLogLevels([{ level: 'debug', forMs: 5000 }, lasting])
  await cluster.clock.advance(4999)
  for (const worker of workers) t.deepEqual(told(worker), [undefined, [{ level: 'debug' }, lasting]])
  await cluster.clock.advance(2)
  for (const worker of workers) t.deepEqual(told(worker).at(-1), [lasting])
  cluster.run.setLogLevels([])
  await cluster.clock.advance(1)
  for (const worker of workers) t.deepEqual(told(worker).at(-1), [])
})

test('what is said anew ends when it says, and not when what was said before would have', async (t) => {
  const cluster = new FakeCluster(topology())
  const [one] = (await cluster.startAll()) as [FakeWorker]
  cluster.run.setLogLevels([{ level: 'debug', forMs: 1000 }])
  cluster.run.setLogLevels([{ level: 'debug', forMs: 3000 }])
  await cluster.clock.advance(2999)
  t.deepEqual(told(one).at(-1), [{ level: 'debug' }])
  await cluster.clock.advance(2)
  t.deepEqual(told(one).at(-1), [])
})

test('a worker that is started again gets what still holds, and what was said before it listened', async (t) => {
  const cluster = new FakeCluster(topology(), { logLevels: [{ level: 'error' }] })
  await cluster.startAll()
  t.deepEqual(told(cluster.worker(1)), [[{ level: 'error' }]])
  cluster.run.setLogLevels([{ level: 'debug', forMs: 60_000 }])
  cluster.worker(1).die()
  await cluster.clock.advance(10)
  t.deepEqual(told(cluster.worker(1)), [[{ level: 'debug' }]])
  cluster.run.setLogLevels([{ level: 'info' }])
  await cluster.ready(1)
  t.deepEqual(told(cluster.worker(1)), [[{ level: 'debug' }], [{ level: 'info' }]])
})
