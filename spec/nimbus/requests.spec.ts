/** Changes that are asked for twice under one id, of the same nimbus or of the next one, are made once. */
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { StoreDirectory } from '../../lib/nimbus/leadership/store-directory.ts'
import { Nimbus } from '../../lib/nimbus/nimbus.ts'
import type { TopologyRecord } from '../../lib/nimbus/record/record.ts'
import { takenOf, withRequest } from '../../lib/nimbus/record/requests.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import { folderOf } from '../folder.ts'
import { reignOf } from './leadership/reign-of.ts'

const now = (): Date => new Date(Date.UTC(2030, 0, 1))
const file = { path: 'a.yaml', digest: 'a'.repeat(64), bytes: 1, executable: false }
const wanted = { bundle: { entry: 'a.yaml', files: [file] }, variables: {}, aliases: {}, config: {} }

function record(name: string): TopologyRecord {
  return { id: `${name}-1-1`, name, status: 'ACTIVE', submittedAt: 0, revision: 1, wanted }
}

/** A nimbus with a topology "a", none of whose code is there, so it never runs; and the one that comes after it. */
async function begun(t: ExecutionContext) {
  const directory = folderOf(t)
  const store = new StoreDirectory(join(directory, 'topologies'))
  await store.put('a', record('a'), 0)
  let nimbus: Nimbus | undefined
  const next = async (): Promise<Nimbus> => {
    await nimbus?.leave()
    const reign = await reignOf(directory)
    nimbus = await Nimbus.open({ directory, reign, clock: new SimulatedClock(), now, onTrouble: () => {} })
    return nimbus
  }
  t.teardown(() => nimbus?.leave())
  return { next, store }
}

const asked = (what: string, id = 'the-first-of-them', digest = 'of what is asked') => ({ what, id, digest })

test('a change that comes again does not undo what was changed since', async (t) => {
  const { next } = await begun(t)
  const first = await next()
  await first.get('a').deactivate(asked('deactivate'))
  await first.get('a').activate()
  await first.get('a').deactivate(asked('deactivate'))
  t.is(first.get('a').record.status, 'ACTIVE')
  await first.get('a').setLogLevels([{ level: 'debug' }], asked('setLogLevel', 'another-one-of-them'))
  await first.get('a').setLogLevels([{ level: undefined }])
  const second = await next()
  await second.get('a').deactivate(asked('deactivate'))
  await second.get('a').setLogLevels([{ level: 'debug' }], asked('setLogLevel', 'another-one-of-them'))
  t.deepEqual([second.get('a').record.status, second.get('a').logLevels], ['ACTIVE', []])
})

test('an id stands for one change: asked for another one it is refused', async (t) => {
  const { next } = await begun(t)
  const topology = (await next()).get('a')
  await topology.deactivate(asked('deactivate'))
  await t.throwsAsync(topology.activate(asked('activate')), { code: 'SERVICE_BAD_REQUEST' })
  const other = asked('deactivate', undefined, 'of something else')
  await t.throwsAsync(topology.deactivate(other), { code: 'SERVICE_BAD_REQUEST' })
  t.is(topology.record.status, 'INACTIVE')
})

test('an id stands for a change of one topology: it is none of another', async (t) => {
  const { next, store } = await begun(t)
  await store.put('b', record('b'), 0)
  const taken = asked('deactivate')
  // What the first versions have kept has no digest.
  const { digest: _, ...old } = { ...asked('deactivate', 'one-of-an-old-one'), at: 0 }
  await store.put('c', { ...record('c'), requests: [old] }, 0)
  await store.put('d', { ...record('d'), requests: [{ ...old, id: 'another-old-one', what: 'kill' }] }, 0)
  const nimbus = await next()
  await nimbus.get('a', taken).deactivate(taken)
  for (const request of [taken, asked('deactivate', 'one-of-an-old-one')])
    t.throws(() => nimbus.get('b', request), { code: 'SERVICE_BAD_REQUEST' })
  await t.throwsAsync(nimbus.kill('b', 0, undefined, { ...taken, what: 'kill' }), { code: 'SERVICE_BAD_REQUEST' })
  t.is(nimbus.get('c', asked('deactivate', 'one-of-an-old-one')).record.name, 'c')
  await nimbus.kill('d', 0)
  await t.throwsAsync(nimbus.kill('b', 0, undefined, asked('kill', 'another-old-one')), {
    code: 'SERVICE_BAD_REQUEST',
  })
  t.deepEqual([nimbus.has('b'), nimbus.get('b').record.status], [true, 'ACTIVE'])
})

test('what was killed is killed once, though another one has its name', async (t) => {
  const { next, store } = await begun(t)
  const first = await next()
  await first.get('a').deactivate(asked('deactivate', 'one-of-before-it'))
  const kill = asked('kill')
  t.deepEqual(await Promise.all([first.kill('a', 0, undefined, kill), first.kill('a', 0, undefined, kill)]), [
    { savepoint: undefined, files: undefined },
    { savepoint: undefined, files: undefined },
  ])
  await store.put('a', { ...record('a'), id: 'a-2-2' }, 0)
  const second = await next()
  t.deepEqual(await second.kill('a', 0, undefined, kill), { savepoint: undefined })
  t.is(second.get('a').record.id, 'a-2-2')
  // What was asked of the one that is gone is not done to the one that has its name.
  t.throws(() => second.get('a', asked('deactivate', 'one-of-before-it')), { code: 'TOPOLOGY_UNKNOWN' })
  await t.throwsAsync(second.submit({ ...wanted }, {}, asked('deactivate', 'one-of-before-it')), {
    code: 'TOPOLOGY_UNKNOWN',
  })
})

test('a nimbus that ends while it kills leaves the rest to the next one, and the answer with it', async (t) => {
  const { next, store } = await begun(t)
  const kill = asked('kill')
  const killed: TopologyRecord = { ...record('a'), status: 'KILLED' }
  await store.put('a', withRequest(killed, kill, 0, { savepoint: 'last' }), 1)
  const nimbus = await next()
  nimbus.begin()
  t.like(await nimbus.kill('a', 0, 'last', kill), { savepoint: 'last' })
  t.false(nimbus.has('a'))
  t.like(await (await next()).kill('a', 0, 'last', kill), { savepoint: 'last' })
})

test('a submission that was taken is that topology, whatever its name is asked to be', async (t) => {
  const { next, store } = await begun(t)
  const submit = asked('submit')
  await store.put('b', withRequest(record('b'), submit, 0), 0)
  const nimbus = await next()
  t.is(await nimbus.submit({ ...wanted, name: 'b' }, {}, submit), nimbus.get('b'))
})

test('the last requests are kept, each once, with the time of the first', (t) => {
  let kept = withRequest(record('a'), asked('update'), 1, { isOpen: true })
  kept = withRequest(kept, asked('update'), 5, { pauseMs: 4 })
  t.deepEqual(kept.requests, [{ ...asked('update'), at: 1, pauseMs: 4 }])
  for (let number = 0; number < 40; number++) kept = withRequest(kept, asked('activate', `number-${number}`), 9)
  t.is(kept.requests?.length, 32)
  t.is(takenOf(kept.requests, asked('update')), undefined)
  t.is(takenOf(kept.requests, asked('activate', 'number-39'))?.at, 9)
  t.is(withRequest(kept, undefined, 10), kept)
})
