/** What becomes of a reign over etcd: its nimbus stands still or is cut off, etcd is gone, slow, or has gone back. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { setImmediate as soon } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { SeenFile } from '../../../../lib/nimbus/leadership/etcd/seen-file.ts'
import type { Leader, Reign } from '../../../../lib/nimbus/leadership/leadership.ts'
import { SimulatedClock } from '../../../../lib/testing/simulated/simulated-clock.ts'
import { folderOf, sharedFolder } from '../../../folder.ts'
import { CutWay, EtcdServer, HAS_ETCD, type MemberOptions, memberOf } from './fixtures.ts'

const folder = sharedFolder()
let shared: EtcdServer
let clusters = 0

test.before(async () => {
  if (HAS_ETCD) shared = await EtcdServer.start(folder)
})

test.after.always(() => shared?.kill())

/** A test that takes an etcd. */
function withEtcd(title: string, play: (t: ExecutionContext) => Promise<void>): void {
  if (HAS_ETCD) test(title, play)
  else test(`etcd is not installed, left out: ${title}`, (t) => t.pass())
}

function nimbus(id: string): Leader {
  return { id, address: `http://127.0.0.1:1/${id}` }
}

/** A cluster, and the nimbuses of it. */
function clusterOf(t: ExecutionContext, url: string) {
  const cluster = `cluster ${++clusters}`
  const member = async (options: Partial<MemberOptions> = {}) => {
    const one = await memberOf({ url, cluster, folder: options.folder ?? folderOf(t), ...options })
    t.teardown(() => one.close())
    return one
  }
  const campaign = async (id: string, options: Partial<MemberOptions> = {}): Promise<Reign> => {
    const reign = await (await member(options)).campaign(nimbus(id), new AbortController().signal)
    t.teardown(() => reign.resign())
    return reign
  }
  return { member, campaign, prefix: `/typhoon/${encodeURIComponent(cluster)}/` }
}

async function ownEtcd(t: ExecutionContext, ...extra: string[]): Promise<EtcdServer> {
  const server = await EtcdServer.start(folderOf(t), ...extra)
  t.teardown(() => server.kill())
  return server
}

async function wayTo(t: ExecutionContext, url: string): Promise<CutWay> {
  const way = await CutWay.to(url)
  t.teardown(() => way.close())
  return way
}

function codeOf({ lost }: Reign): string | undefined {
  return (lost.reason as { code?: string } | undefined)?.code
}

async function over(reign: Reign): Promise<string | undefined> {
  if (!reign.lost.aborted) await once(reign.lost, 'abort')
  return codeOf(reign)
}

withEtcd('a leader that stands still is followed by another one, and writes nothing when it goes on', async (t) => {
  const { campaign, member } = clusterOf(t, shared.url)
  // Its timers do not come.
  const first = await campaign('one', { clock: new SimulatedClock() })
  const version = await first.store('topologies').put('words', 1, 0)
  const second = await campaign('two')
  t.false(first.lost.aborted)
  await t.throwsAsync(first.store('topologies').put('words', 2, version), { code: 'NOT_LEADER' })
  await t.throwsAsync(first.store('topologies').put('other', 2, 0), { code: 'NOT_LEADER' })
  await t.throwsAsync(first.store('topologies').remove('words', version), { code: 'NOT_LEADER' })
  t.is(codeOf(first), 'NOT_LEADER')
  t.deepEqual(await (await member()).leader(), nimbus('two'))
  t.deepEqual(await second.store('topologies').get('words'), { value: 1, version })
})

withEtcd('a leader that is cut off knows before another one leads', async (t) => {
  const { campaign } = clusterOf(t, shared.url)
  const way = await wayTo(t, shared.url)
  const first = await campaign('one', { url: way.url })
  const order: string[] = []
  first.lost.addEventListener('abort', () => order.push('lost'))
  way.cut()
  const second = await campaign('two')
  order.push('led')
  t.deepEqual(order, ['lost', 'led'])
  t.is(codeOf(first), 'NOT_LEADER')
  way.heal()
  await t.throwsAsync(first.store('topologies').put('words', 1, 0), { code: 'NOT_LEADER' })
  t.false(second.lost.aborted)
})

withEtcd(
  'a leader goes on through a restart of etcd that is shorter than its lease, and so does what it writes',
  async (t) => {
    const etcd = await ownEtcd(t)
    const { campaign, member } = clusterOf(t, etcd.url)
    const first = await campaign('one', { leaseSeconds: 10 })
    const store = first.store('topologies')
    const version = await store.put('words', 1, 0)
    await etcd.kill()
    const late = store.put('words', 2, version)
    await etcd.start()
    await late
    t.false(first.lost.aborted)
    t.is((await store.get('words'))?.value, 2)
    t.deepEqual(await (await member()).leader(), nimbus('one'))
  },
)

withEtcd('without etcd a leader ends its reign in time, and whoever waits leads when it is back', async (t) => {
  const etcd = await ownEtcd(t)
  const { campaign, member } = clusterOf(t, etcd.url)
  const problems: MemberOptions['problems'] = []
  const first = await campaign('one')
  await etcd.kill()
  t.is(await over(first), 'NOT_LEADER')
  await t.throwsAsync((await member()).leader(), { code: 'STORE_UNREACHABLE' })
  const second = campaign('two', { problems })
  await etcd.start()
  await (await second).store('topologies').put('words', 1, 0)
  t.true(problems.every(({ code }) => code === 'STORE_UNREACHABLE'))
})

withEtcd('an etcd that is slow is waited for', async (t) => {
  const { campaign } = clusterOf(t, shared.url)
  const way = await wayTo(t, shared.url)
  way.delayMs = 100
  const store = (await campaign('one', { url: way.url, leaseSeconds: 10 })).store('topologies')
  const versions = await Promise.all(['a', 'b', 'c'].map((key) => store.put(key, key, 0)))
  t.deepEqual(await store.get('b'), { value: 'b', version: versions[1]! })
})

withEtcd('a write whose answer is lost is done once, and known when the answers come again', async (t) => {
  const { campaign, member } = clusterOf(t, shared.url)
  const way = await wayTo(t, shared.url)
  const first = await campaign('one', { url: way.url, leaseSeconds: 60 })
  const store = first.store('topologies')
  const reader = (await member()).reader('topologies')
  const done = async (key: string) => {
    for (;;) {
      const found = await reader.get(key)
      if (found !== undefined) return found
    }
  }
  way.cutAnswers()
  const put = store.put('words', 1, 0)
  const { version } = await done('words')
  way.heal()
  t.is(await put, version)
  // Nobody waits for so long.
  way.cutAnswers()
  await t.throwsAsync(store.put('other', 1, 0), { code: 'STORE_UNREACHABLE' })
  way.heal()
  t.is((await done('other')).value, 1)
  const second = await store.put('other', 2, 0)
  t.deepEqual(await reader.get('other'), { value: 2, version: second })
  await store.put('words', 2, version)
  await t.throwsAsync(store.put('other', 3, 0), { code: 'TOPOLOGY_BUSY' })
  t.false(first.lost.aborted)
})

withEtcd('a leader whose key was removed leads no more', async (t) => {
  const { campaign, prefix } = clusterOf(t, shared.url)
  const first = await campaign('one')
  await shared.ask('kv/deleterange', { key: Buffer.from(`${prefix}leader`).toString('base64') })
  t.is(await over(first), 'NOT_LEADER')
})

withEtcd('in a store that has gone back nobody leads, until one accepts it for all', async (t) => {
  const etcd = await ownEtcd(t)
  const { campaign } = clusterOf(t, etcd.url)
  const folders = { one: folderOf(t), two: folderOf(t) }
  const before = await campaign('zero', { leaseSeconds: 10 })
  await before.store('topologies').put('old', 1, 0)
  await before.resign()
  const first = await campaign('one', { folder: folders.one, leaseSeconds: 60 })
  const putBack = await etcd.backup()
  await first.store('topologies').put('new', 1, 0)
  const seen = await SeenFile.open(join(folders.two, 'seen.json'))
  const waiting = campaign('two', { seen })
  while (seen.seen?.writes !== 1) await soon()
  await putBack()
  t.is(await over(first), 'STORE_RESTORED')
  await t.throwsAsync(first.store('topologies').put('newer', 1, 0), { code: 'STORE_RESTORED' })
  await t.throwsAsync(waiting, { code: 'STORE_RESTORED' })
  await first.resign()
  await t.throwsAsync(campaign('one', { folder: folders.one }), { code: 'STORE_RESTORED' })
  const accepting = await campaign('one', { folder: folders.one, acceptsRestored: true })
  t.deepEqual(await accepting.store('topologies').keys(), ['old'])
  await accepting.resign()
  const second = await campaign('two', { folder: folders.two })
  await second.store('topologies').put('newer', 1, 0)
})

withEtcd('a store that holds nothing any more is not taken for a new one', async (t) => {
  const { campaign, prefix } = clusterOf(t, shared.url)
  const folder = folderOf(t)
  await (await campaign('one', { folder })).resign()
  await shared.ask('kv/deleterange', { key: Buffer.from(`${prefix}mark`).toString('base64') })
  await t.throwsAsync(campaign('one', { folder }), { code: 'STORE_RESTORED' })
})

withEtcd('a nimbus of an older version leads no store of a newer one', async (t) => {
  const { campaign, prefix } = clusterOf(t, shared.url)
  const encoded = (text: string) => Buffer.from(text).toString('base64')
  await shared.ask('kv/put', { key: encoded(`${prefix}mark`), value: encoded('{"format":2}') })
  await t.throwsAsync(campaign('one'), { code: 'STORE_NEWER' })
})

withEtcd('what is too large is refused, and what stands there is kept', async (t) => {
  const { campaign } = clusterOf(t, shared.url)
  const reign = await campaign('one')
  const store = reign.store('topologies')
  const version = await store.put('words', 1, 0)
  const large = randomBytes(2 * 1024 * 1024).toString('base64')
  await t.throwsAsync(store.put('words', large, version), { code: 'RECORD_TOO_LARGE' })
  t.deepEqual(await store.get('words'), { value: 1, version })
})

withEtcd('where etcd wants a password, whoever has none is refused, and whoever has it leads', async (t) => {
  const etcd = await ownEtcd(t)
  const { campaign } = clusterOf(t, etcd.url)
  await etcd.ask('auth/user/add', { name: 'root', password: 'a secret' })
  await etcd.ask('auth/user/grant', { user: 'root', role: 'root' })
  await etcd.ask('auth/enable', {})
  await t.throwsAsync(campaign('one'), { code: 'STORE_REFUSED' })
  const right = folderOf(t, { password: 'a secret\n' })
  const wrong = folderOf(t, { password: 'another\n' })
  const user = (folder: string) => ({ name: 'root', passwordFile: `${folder}/password` })
  await t.throwsAsync(campaign('one', { user: user(wrong) }), { code: 'STORE_REFUSED' })
  const reign = await campaign('one', { user: user(right) })
  await reign.store('topologies').put('words', 1, 0)
})
