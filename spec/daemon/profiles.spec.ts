/** Profiles of workers, as a run takes them: how much may wait, and how they end. */
import test from 'ava'
import { FIRST_PARTS } from '../../lib/messaging/profiles.ts'
import { FakeCluster, type FakeWorker, topology } from './fakes.ts'

const WANTED = { kind: 'cpu', ms: 1000 } as const

async function started() {
  const cluster = new FakeCluster(topology())
  const [worker] = (await cluster.startAll()) as [FakeWorker]
  const gone = new AbortController()
  const take = () => cluster.run.profile(1, WANTED, gone.signal)
  const told = () => worker.heard.filter(({ type }) => type.startsWith('profile'))
  const say = (text: string) => worker.say({ type: 'profiled', profile: 1, text })
  return { cluster, worker, gone, take, told, say }
}

test('its parts come in their order, and each that was taken lets one more come', async (t) => {
  const { cluster, worker, take, told, say } = await started()
  const profile = take()
  const first = profile.next()
  await cluster.clock.advance(1)
  t.deepEqual(told(), [{ type: 'profile', profile: 1, ...WANTED }])
  for (const text of ['a', 'b']) say(text)
  worker.say({ type: 'profile-over', profile: 1 })
  await cluster.clock.advance(1)
  t.deepEqual(await first, { value: 'a', done: false })
  t.deepEqual(await profile.next(), { value: 'b', done: false })
  await cluster.clock.advance(1)
  t.deepEqual(told().slice(1), [{ type: 'profile-more', profile: 1, parts: 1 }])
  t.true((await profile.next()).done)
  t.false(told().some(({ type }) => type === 'profile-end'))
  // The worker is free for another one.
  void take().next()
  await cluster.clock.advance(1)
  t.like(told().at(-1), { type: 'profile', profile: 2 })
})

test('of a worker one is taken at a time', async (t) => {
  const { take } = await started()
  void take().next()
  await t.throwsAsync(take().next(), { code: 'PROFILE_BUSY' })
})

test('it ends with whoever wants it, before its first part and after', async (t) => {
  const { cluster, gone, take, told, say } = await started()
  const profile = take()
  const first = profile.next()
  await cluster.clock.advance(1)
  gone.abort()
  await t.throwsAsync(first, { code: 'PROFILE_FAILED' })
  await cluster.clock.advance(1)
  t.deepEqual(told().at(-1), { type: 'profile-end', profile: 1 })
  // What comes of it late is for nobody.
  say('late')
  await cluster.clock.advance(1)
  t.is(cluster.worker(1).incarnation, 1)
})

test('a worker that ends, says why not or has no assignment yet is why there is none', async (t) => {
  const { cluster, worker, take } = await started()
  const first = take().next()
  await cluster.clock.advance(1)
  const why = t.throwsAsync(first, { code: 'PROFILE_FAILED', message: /no inspector/ })
  worker.say({ type: 'profile-over', profile: 1, why: 'no inspector' })
  await cluster.clock.advance(1)
  await why
  const second = take().next()
  await cluster.clock.advance(1)
  const ended = t.throwsAsync(second, { code: 'PROFILE_FAILED' })
  worker.die()
  await cluster.clock.advance(1)
  await ended
  await t.throwsAsync(take().next(), { code: 'PROFILE_FAILED' })
})

test('a worker that sends more than it was asked for is not listened to any more', async (t) => {
  const { cluster, take, say } = await started()
  const profile = take()
  const first = profile.next()
  await cluster.clock.advance(1)
  for (let part = 0; part <= FIRST_PARTS + 1; part++) say(`${part}`)
  await cluster.clock.advance(1)
  t.is((await first).value, '0')
  t.is(cluster.run.totals.badFrames, 1)
})
