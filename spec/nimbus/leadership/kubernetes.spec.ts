/** What becomes of a leader in Kubernetes when answers get lost, come late, are nonsense, or another one leads. */
import { randomBytes } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import type { TyphoonError } from '../../../lib/index.ts'
import { KubernetesLeadership } from '../../../lib/nimbus/leadership/kubernetes/kubernetes-leadership.ts'
import type { Leader, Reign } from '../../../lib/nimbus/leadership/leadership.ts'
import type { Clock } from '../../../lib/util/time/clock.ts'
import { FakeKubernetes } from './fake-kubernetes.ts'

/** A clock that goes on when it is told to. */
class HandClock implements Clock {
  #now = 0
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>()

  now(): number {
    return this.#now
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  soon(callback: () => void): void {
    setImmediate(callback)
  }

  /** Until something waits for so many times. */
  async awaited(count: number): Promise<void> {
    while (this.#timers.size < count) await turn()
  }

  /** The time passes, and nothing is called back: as for a process that is stopped. */
  jump(ms: number): void {
    this.#now += ms
  }

  pass(ms: number): void {
    this.#now += ms
    for (const timer of [...this.#timers]) if (timer.at <= this.#now && this.#timers.delete(timer)) timer.callback()
  }
}

const TIMES = { durationMs: 10_000, deadlineMs: 8000, everyMs: 2000 }
const INDEX = '/configmaps/words-index'
const LEASE = '/leases/words'

/** A nimbus with a clock of its own. */
function nimbus(fake: FakeKubernetes, id: string, token?: string) {
  const clock = new HandClock()
  const leadership = new KubernetesLeadership({
    access: fake.access(token),
    cluster: 'words',
    clock,
    times: TIMES,
    patienceMs: 60_000,
  })
  const self: Leader = { id, address: `http://${id}` }
  const campaign = (signal = new AbortController().signal): Promise<Reign> => leadership.campaign(self, signal)
  return { clock, leadership, campaign }
}

/** It resigns at the end, where it leads. */
async function leading(t: ExecutionContext, fake: FakeKubernetes, id = 'one') {
  const one = nimbus(fake, id)
  const reign = await one.campaign()
  t.teardown(() => reign.resign())
  return { ...one, reign, store: reign.store('topologies') }
}

/** Another one leads, for it has waited for as long as the Lease lasts. */
async function succeeding(t: ExecutionContext, fake: FakeKubernetes, id = 'two') {
  const two = nimbus(fake, id)
  const leads = two.campaign()
  await two.clock.awaited(1)
  two.clock.pass(TIMES.durationMs)
  const reign = await leads
  t.teardown(() => reign.resign())
  return { ...two, reign, store: reign.store('topologies') }
}

const turn = (): Promise<void> => new Promise((done) => setImmediate(done))

/** Until such a request comes that was not there before. */
async function asked(fake: FakeKubernetes, method: string, path: string): Promise<void> {
  const before = fake.asked.length
  while (!fake.asked.slice(before).some((one) => one.startsWith(method) && one.includes(path))) await turn()
}

/** A leader asks to renew its Lease. Beside that it waits for its deadline. */
async function renewed(fake: FakeKubernetes, clock: HandClock): Promise<void> {
  await clock.awaited(2)
  const put = asked(fake, 'PUT', LEASE)
  clock.pass(TIMES.everyMs)
  await put
}

test.serial('what a stopped leader has sent before it was stopped is refused once another one leads', async (t) => {
  const fake = await FakeKubernetes.open(t)
  const one = await leading(t, fake)
  const version = await one.store.put('words', 'of one', 0)
  let go = (): void => {}
  const held = new Promise<undefined>((settle) => {
    go = () => settle(undefined)
  })
  fake.fate = (method, path) => (method === 'PUT' && path.endsWith(INDEX) ? held : undefined)
  const late = one.store.put('words', 'late', version)
  late.catch(() => {})
  await asked(fake, 'PUT', INDEX)
  fake.fate = () => undefined
  const two = await succeeding(t, fake)
  go()
  await t.throwsAsync(late, { code: 'NOT_LEADER' })
  t.true(one.reign.lost.aborted)
  t.is((await two.store.get('words'))?.value, 'of one')
  await two.store.put('words', 'of two', version)
})

test.serial('a leader that wakes up after its time writes nothing, and does not even ask', async (t) => {
  const fake = await FakeKubernetes.open(t)
  const { clock, reign, store } = await leading(t, fake)
  clock.jump(TIMES.deadlineMs)
  const before = fake.asked.length
  await t.throwsAsync(store.put('words', 1, 0), { code: 'NOT_LEADER' })
  t.is(fake.asked.length, before)
  t.is((reign.lost.reason as TyphoonError).code, 'NOT_LEADER')
})

test.serial('a leader whose renewals are not answered stops before anybody can take over', async (t) => {
  const fake = await FakeKubernetes.open(t)
  const { clock, reign } = await leading(t, fake)
  fake.fate = () => 'gone'
  clock.pass(TIMES.deadlineMs - 1)
  await asked(fake, 'PUT', LEASE)
  t.false(reign.lost.aborted)
  clock.pass(1)
  t.true(reign.lost.aborted)
})

test.serial(
  'a renewal whose answer got lost is no loss, and neither is a label that somebody puts on the Lease',
  async (t) => {
    const fake = await FakeKubernetes.open(t)
    const { clock, reign, store } = await leading(t, fake)
    for (const fate of ['lost', undefined] as const) {
      fake.fate = (method, path) => (method === 'PUT' && path.endsWith(LEASE) ? fate : undefined)
      const [path, lease] = [...fake.objects].find(([name]) => name.endsWith(LEASE))!
      if (fate === undefined)
        fake.objects.set(path, { ...lease, metadata: { ...lease.metadata, resourceVersion: 'labelled' } })
      await renewed(fake, clock)
      fake.fate = () => undefined
      await renewed(fake, clock)
    }
    await renewed(fake, clock)
    t.false(reign.lost.aborted)
    await store.put('words', 1, 0)
  },
)

test.serial('nobody takes a Lease that is renewed, or before it has not changed for its whole time', async (t) => {
  const fake = await FakeKubernetes.open(t)
  const one = await leading(t, fake)
  const two = nimbus(fake, 'two')
  const way = new AbortController()
  const waiting = two.campaign(way.signal)
  await asked(fake, 'GET', LEASE)
  for (let n = 0; n < 8; n++) {
    await renewed(fake, one.clock)
    await two.clock.awaited(1)
    const looked = asked(fake, 'GET', LEASE)
    two.clock.pass(TIMES.durationMs - 1)
    await looked
  }
  t.deepEqual(await two.leadership.leader(), { id: 'one', address: 'http://one' })
  way.abort(new Error('enough'))
  await t.throwsAsync(waiting, { message: 'enough' })
  t.false(one.reign.lost.aborted)
})

test.serial('a nimbus that begins again leads at once, and what it was before does not', async (t) => {
  const fake = await FakeKubernetes.open(t)
  const before = await leading(t, fake, 'one')
  await before.store.put('words', 1, 0)
  const after = await leading(t, fake, 'one')
  await t.throwsAsync(before.store.put('words', 2, 1), { code: 'TOPOLOGY_BUSY' })
  const { version } = (await after.store.get('words'))!
  await t.throwsAsync(before.store.put('words', 2, version), { code: 'NOT_LEADER' })
  await after.store.put('words', 3, version)
  t.is((before.reign.lost.reason as TyphoonError).code, 'NOT_LEADER')
})

test.serial('whatever gets lost on the way, what is kept is what was put last or what was before', async (t) => {
  const fate = fc.constantFrom(undefined, undefined, undefined, 'lost' as const, 'gone' as const)
  await fc.assert(
    fc.asyncProperty(fc.array(fate, { maxLength: 60 }), async (fates) => {
      const fake = await FakeKubernetes.open(t)
      const { store, reign } = await leading(t, fake)
      let possible: unknown[] = [undefined]
      for (let value = 1; value <= 8; value++) {
        const known = await store.get('words')
        t.true(possible.includes(known?.value), `${known?.value} is none of ${possible}`)
        fake.fate = () => fates.pop()
        const isDone = await store.put('words', value, known?.version ?? 0).then(
          () => true,
          (error: TyphoonError) => {
            if (!['STORE_UNREACHABLE', 'TOPOLOGY_BUSY'].includes(error.code)) throw error
            return false
          },
        )
        fake.fate = () => undefined
        possible = isDone ? [value] : [known?.value, value]
      }
      t.false(reign.lost.aborted)
      await reign.resign()
    }),
    { numRuns: 40 },
  )
})

test.serial('parts that nobody refers to are removed by a later reign, and no others', async (t) => {
  const fake = await FakeKubernetes.open(t)
  const one = await leading(t, fake)
  await one.store.put('kept', 1, 0)
  fake.fate = (method, path) => (method === 'PUT' && path.endsWith(INDEX) ? 'gone' : undefined)
  await t.throwsAsync(one.store.put('words', 1, 0), { code: 'STORE_UNREACHABLE' })
  fake.fate = () => undefined
  t.is(fake.names('ConfigMap').length, 3)
  await one.reign.resign()
  const two = await leading(t, fake, 'two')
  await asked(fake, 'DELETE', '/configmaps/')
  await turn()
  t.is(fake.names('ConfigMap').length, 2)
  t.is((await two.store.get('kept'))?.value, 1)
})

test.serial('records that are older than those that were seen end the reign, and no other one begins', async (t) => {
  const fake = await FakeKubernetes.open(t)
  const { leadership, reign, store } = await leading(t, fake)
  const version = await store.put('words', 1, 0)
  const backup = new Map(fake.objects)
  await store.put('words', 2, version)
  for (const [path, object] of backup) fake.objects.set(path, object)
  await t.throwsAsync(store.put('words', 3, 3), { code: 'STORE_RESTORED' })
  t.is((reign.lost.reason as TyphoonError).code, 'STORE_RESTORED')
  await reign.resign()
  for (const path of fake.objects.keys()) if (path.endsWith(INDEX)) fake.objects.delete(path)
  const again = leadership.campaign({ id: 'one', address: '' }, new AbortController().signal)
  await t.throwsAsync(again, { code: 'STORE_RESTORED' })
})

for (const [title, content, code] of [
  ['a newer version', { format: 2, reign: 1, serial: 1, entries: [] }, 'STORE_NEWER'],
  ['nobody knows whom', { format: 1, reign: 'one' }, 'STATE_CORRUPT'],
] as const)
  test.serial(`records of ${title} are not written over`, async (t) => {
    const fake = await FakeKubernetes.open(t)
    const { reign, store } = await leading(t, fake)
    await store.put('words', 1, 0)
    await reign.resign()
    const [path, map] = [...fake.objects].find(([name]) => name.endsWith(INDEX))!
    const broken = { ...map, data: { 'index.json': JSON.stringify(content) } }
    fake.objects.set(path, broken)
    await t.throwsAsync(nimbus(fake, 'two').campaign(), { code })
    await t.throwsAsync(nimbus(fake, 'two').leadership.reader('topologies').keys(), { code })
    t.is(fake.objects.get(path), broken)
  })

test.serial('a value that was damaged is not taken for one', async (t) => {
  const fake = await FakeKubernetes.open(t)
  const { store } = await leading(t, fake)
  await store.put('words', 1, 0)
  const [path, map] = [...fake.objects].find(([, one]) => 'binaryData' in one)!
  fake.objects.set(path, { ...map, binaryData: { part: Buffer.from('else').toString('base64') } })
  await t.throwsAsync(store.get('words'), { code: 'STATE_CORRUPT' })
  fake.objects.delete(path)
  await t.throwsAsync(store.get('words'), { code: 'STATE_CORRUPT' })
})

for (const [title, answer] of Object.entries({
  'no JSON': { status: 200, body: 'hello' },
  'too large': { status: 200, body: ' '.repeat(17 * 1024 * 1024) },
  'that it has too much to do': { status: 429, body: '{}' },
  'a failure of its own': { status: 503, body: '{}' },
}))
  test.serial(`an answer that is ${title} is none`, async (t) => {
    const fake = await FakeKubernetes.open(t)
    fake.fate = () => answer
    await t.throwsAsync(nimbus(fake, 'one').leadership.leader(), { code: 'STORE_UNREACHABLE' })
    const { clock, campaign } = nimbus(fake, 'one')
    const leads = campaign()
    await clock.awaited(1)
    fake.fate = () => undefined
    clock.pass(TIMES.everyMs)
    const reign = await leads
    await reign.resign()
    t.pass()
  })

test.serial('whoever may not ask is told, and does not wait', async (t) => {
  const fake = await FakeKubernetes.open(t)
  await t.throwsAsync(nimbus(fake, 'one', 'another').campaign(), { code: 'STORE_REFUSED' })
})

test.serial('what is larger than Kubernetes takes is refused, and what was there stays', async (t) => {
  const fake = await FakeKubernetes.open(t)
  const { store } = await leading(t, fake)
  const version = await store.put('words', 1, 0)
  const large = randomBytes(12_000_000).toString('base64')
  await t.throwsAsync(store.put('words', large, version), { code: 'RECORD_TOO_LARGE' })
  t.is((await store.get('words'))?.value, 1)
  t.is(fake.names('ConfigMap').length, 2)
})
