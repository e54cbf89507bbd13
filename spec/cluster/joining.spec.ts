/** The port of a nimbus for hosts, over real TLS: who may join, what a certificate lets do, and who is let in. */
import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { join as joinPath } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import { BlobDirectory } from '../../lib/bundle/blobs.ts'
import { CodeCopies } from '../../lib/cluster/copies/code-copies.ts'
import { startClusterServer } from '../../lib/cluster/hosts/cluster-server.ts'
import { Hosts } from '../../lib/cluster/hosts/hosts.ts'
import { HOST_HEADER, PATHS, PROCESS_HEADER } from '../../lib/cluster/messages.ts'
import { Membership } from '../../lib/cluster/supervisor/membership.ts'
import { askCopies, fetchBlob, giveBlob, join, renew } from '../../lib/cluster/supervisor/nimbus-client.ts'
import { Authority, type Credentials, clusterName, type ProcessRole } from '../../lib/cluster/trust/authority.ts'
import { type JoinToken, makeJoinToken, readJoinToken } from '../../lib/cluster/trust/join-token.ts'
import { versionHeaders } from '../../lib/cluster/versions.ts'
import type { Problem } from '../../lib/errors/typhoon-error.ts'
import { Refused } from '../../lib/net/challenge.ts'
import { openServer } from '../../lib/net/server.ts'
import { openWebSocket, type WebSocket } from '../../lib/net/websocket.ts'
import { realClock } from '../../lib/util/time/real-clock.ts'
import { folderOf } from '../folder.ts'
import { HELLO } from './messages.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const LOCAL = ['127.0.0.1']
const VERSION = '0.2.0'
const CONTENT = 'a file of a topology'
const now = (): Date => new Date()
const in1Day = (): Date => new Date(Date.now() + DAY_MS)

/** A nimbus that lets hosts in, and a token for it; `skewMs`: how far its clock is ahead. */
async function begun(t: ExecutionContext, skewMs = 0) {
  const folder = folderOf(t)
  const date = (): Date => new Date(Date.now() + skewMs)
  const authority = await Authority.open(joinPath(folder, 'authority'), date, true)
  const other = await Authority.open(joinPath(folder, 'other'), date, true)
  const blobs = new BlobDirectory(joinPath(folder, 'blobs'))
  const digest = createHash('sha256').update(CONTENT).digest('hex')
  await blobs.put(digest, Readable.from([Buffer.from(CONTENT)]))
  const troubles: Problem[] = []
  const hosts = new Hosts({
    ...{ clock: realClock, leaseMs: 60_000, version: VERSION, topologies: () => [], expects: () => false },
    ...{ log: () => {}, onRoom: () => {}, onBrought: () => {} },
  })
  let isHeard = false
  class HeardCopies extends CodeCopies {
    override heard(name: string): void {
      isHeard = true
      super.heard(name)
    }
  }
  const copies = new HeardCopies({ clock: realClock, blobs, askHosts: () => [] })
  const server = await startClusterServer({
    ...{ host: '127.0.0.1', port: 0, reachedBy: LOCAL, name: 'nimbus', authority, hosts, blobs, copies },
    ...{ clock: realClock, now: date, version: VERSION, onTrouble: (problem) => void troubles.push(problem) },
  })
  t.teardown(async () => {
    hosts.close()
    await server.close()
  })
  const token = readJoinToken(makeJoinToken(authority, [server.address], new Date(date().getTime() + DAY_MS)))
  const as = (role: ProcessRole, of = authority): Promise<Credentials> =>
    of.issue({ role, name: 'a', hosts: LOCAL, days: 1 })
  return {
    folder,
    authority,
    other,
    hosts,
    copies,
    blobs,
    heard: () => isHeard,
    token,
    digest,
    troubles,
    as,
    nimbus: server.address,
  }
}

/** The link of a supervisor, as far as it is let in. */
function linked(
  nimbus: string,
  own: Partial<Credentials>,
  ca: string,
  headers = versionHeaders(VERSION),
): Promise<WebSocket> {
  const opening = {
    ...{ maxMessageBytes: 10_000, headers, signal: AbortSignal.timeout(10_000) },
    agent: new Agent({ ...own, ca, minVersion: 'TLSv1.3' }),
  }
  return openWebSocket(new URL(PATHS.supervisor, nimbus), opening, (socket) => socket)
}

test('a host joins with a token, gets code with its certificate, makes that anew, and is linked', async (t) => {
  const { nimbus, token, digest, hosts } = await begun(t)
  const own = await join(nimbus, token, 'a', LOCAL)
  t.is(await text(await fetchBlob(nimbus, own, digest)), CONTENT)
  const renewed = await renew(nimbus, own, LOCAL)
  t.not(renewed.cert, own.cert)
  const socket = await linked(nimbus, renewed, renewed.ca)
  const first = once(socket, 'message')
  socket.send(JSON.stringify({ type: 'hello', ...HELLO, host: '127.0.0.1' }))
  t.is(JSON.parse(String((await first)[0])).type, 'welcome')
  t.is(hosts.all[0]?.name, 'a')
  // Another one of its name does not come in beside it.
  await t.throwsAsync(join(nimbus, token, 'a', LOCAL), { code: 'JOIN_REFUSED' })
  await t.throwsAsync(linked(nimbus, renewed, renewed.ca), { name: 'Error' })
  await t.throwsAsync(fetchBlob(nimbus, own, digest.replace(/./g, '0')), { code: 'BAD_BUNDLE' })
  socket.terminate()
})

test('a token that is expired, of another cluster, or sealed for another time lets nobody join', async (t) => {
  const { nimbus, token, authority, other } = await begun(t)
  const expired = readJoinToken(makeJoinToken(authority, [nimbus], new Date(Date.now() - 1000)))
  const foreign = readJoinToken(makeJoinToken(other, [nimbus], in1Day()))
  const wrong: readonly JoinToken[] = [
    expired,
    foreign,
    { ...foreign, ca: token.ca },
    { ...token, expires: token.expires + DAY_MS },
    { ...token, seal: '' },
  ]
  for (const one of wrong) await t.throwsAsync(join(nimbus, one, 'a', LOCAL), { code: 'JOIN_REFUSED' })
  for (const name of ['', 'a b', 'a/..', 'x'.repeat(101)])
    await t.throwsAsync(join(nimbus, token, name, LOCAL), { code: 'SERVICE_BAD_REQUEST' })
})

test('clocks that differ by ten minutes hinder nobody, in either direction', async (t) => {
  for (const minutes of [-10, 10]) {
    const { nimbus, token, digest } = await begun(t, minutes * 60_000)
    const own = await join(nimbus, token, 'a', LOCAL)
    t.is(await text(await fetchBlob(nimbus, own, digest)), CONTENT)
  }
})

test('without the certificate of a supervisor of the cluster there is neither code nor a link', async (t) => {
  const { nimbus, authority, other, digest, as, hosts } = await begun(t)
  const { ca } = authority
  const strangers: readonly Partial<Credentials>[] = [
    {},
    await as('worker'),
    { ...(await as('supervisor', other)), ca },
  ]
  for (const stranger of strangers) {
    await t.throwsAsync(fetchBlob(nimbus, { ...stranger, ca } as Credentials, digest), {
      code: 'SERVICE_UNAUTHORIZED',
    })
    await t.throwsAsync(renew(nimbus, { ...stranger, ca } as Credentials, LOCAL), { code: 'SERVICE_UNAUTHORIZED' })
    await t.throwsAsync(linked(nimbus, stranger, ca), { name: 'Error' })
  }
  // Another nimbus of the cluster gets code, and is no supervisor.
  const nimbus2 = await as('nimbus')
  t.is(await text(await fetchBlob(nimbus, nimbus2, digest)), CONTENT)
  await t.throwsAsync(renew(nimbus, nimbus2, LOCAL), { code: 'SERVICE_BAD_REQUEST' })
  await t.throwsAsync(linked(nimbus, nimbus2, ca), { name: 'Error' })
  t.deepEqual(hosts.all, [])
})

test('code is brought back by hosts and nimbuses, and nothing that was not asked for, or is another one', async (t) => {
  const { copies, blobs, nimbus, digest, as, heard } = await begun(t)
  const lost = createHash('sha256').update('what was lost').digest('hex')
  const give = async (role: ProcessRole, name: string, content: string): Promise<void> =>
    giveBlob(nimbus, await as(role), name, Readable.from([Buffer.from(content)]))
  await t.throwsAsync(give('supervisor', lost, 'what was lost'), { code: 'SERVICE_BAD_REQUEST' })
  // A nimbus that stands by has come, so there is somebody to wait for.
  const nothing = { reign: '', offer: 0, lack: 0 }
  const told = askCopies(nimbus, await as('nimbus'), nothing)
  while (!heard()) await new Promise((resolve) => setImmediate(resolve))
  const gathered = copies.gather([
    { digest, bytes: CONTENT.length },
    { digest: lost, bytes: 'what was lost'.length },
  ])
  t.deepEqual((await told).lacks?.digests, [lost])
  await t.throwsAsync(give('supervisor', digest, CONTENT), { code: 'SERVICE_BAD_REQUEST' })
  await t.throwsAsync(give('supervisor', lost, 'what was kept'), { code: 'BAD_BUNDLE' })
  await t.throwsAsync(give('supervisor', lost, 'what was lost, and more'), { code: 'BAD_BUNDLE' })
  await t.throwsAsync(give('worker', lost, 'what was lost'), { code: 'SERVICE_UNAUTHORIZED' })
  t.deepEqual(await blobs.missing([lost]), [lost])
  await give('supervisor', lost, 'what was lost')
  await gathered
  t.deepEqual(await blobs.missing([lost]), [])
  for (const role of ['supervisor', 'worker'] as const) await t.throwsAsync(askCopies(nimbus, await as(role), nothing))
})

test('a host of the cluster that answers in place of the nimbus is not believed', async (t) => {
  const { token, as } = await begun(t)
  const impostor = await openServer({
    ...{ host: '127.0.0.1', tls: await as('supervisor'), admitsUnknown: true, who: 'an impostor' },
    ...{ troubleCode: 'LINK_LOST', maxHeaderBytes: 8192, onTrouble: () => {} },
  })
  let asked = 0
  impostor.serve({
    request: (_request, response) => {
      asked++
      response.end()
    },
    upgrade: (_request, socket) => void socket.destroy(),
  })
  t.teardown(() => impostor.stop())
  await t.throwsAsync(join(impostor.address, token, 'a', LOCAL), { code: 'JOIN_REFUSED' })
  t.is(asked, 0)
})

test('what is no message ends the link of its supervisor, and nobody else is disturbed', async (t) => {
  const { nimbus, as, hosts, troubles } = await begun(t)
  const own = await as('supervisor')
  for (const said of [
    '',
    '{"type":"beat"}',
    '{"type":"hello"}',
    JSON.stringify({ type: 'hello', ...HELLO, slots: 0 }),
  ]) {
    const socket = await linked(nimbus, own, own.ca)
    const closed = once(socket, 'close')
    socket.send(said)
    await closed
  }
  t.deepEqual(
    troubles.map(({ code }) => code),
    ['BAD_FRAME', 'BAD_FRAME', 'BAD_FRAME', 'BAD_FRAME'],
  )
  t.deepEqual(hosts.all, [])
})

test('a host of another version is linked where it speaks the same protocols, and else both ends are told', async (t) => {
  const { nimbus, as, hosts, troubles } = await begun(t)
  const own = await as('supervisor')
  const older = versionHeaders('0.1.0')
  const another = { ...older, 'typhoon-protocols': '2.3', 'typhoon-process': 'one' }
  // It comes again and again, and is told of once; a process that is another one is told of, too.
  for (const headers of [another, another, { ...another, 'typhoon-process': 'two' }, {}]) {
    const refused = await t.throwsAsync(linked(nimbus, own, own.ca, headers), { instanceOf: Refused })
    t.true(refused.message.includes(VERSION))
    t.is(refused.message.includes('0.1.0'), 'typhoon-version' in headers)
  }
  t.deepEqual(
    troubles.map(({ code }) => code),
    ['JOIN_REFUSED', 'JOIN_REFUSED', 'JOIN_REFUSED'],
  )
  t.deepEqual(hosts.all, [])
  const socket = await linked(nimbus, own, own.ca, older)
  const first = once(socket, 'message')
  socket.send(JSON.stringify({ type: 'hello', ...HELLO, host: '127.0.0.1', version: '0.1.0' }))
  t.is(JSON.parse(String((await first)[0])).version, VERSION)
  t.is(hosts.all[0]?.offer.version, '0.1.0')
  socket.terminate()
})

test('of two processes of one name that are let in at once, the one that says hello first is the host', async (t) => {
  const { nimbus, as, hosts, troubles } = await begun(t)
  const own = await as('supervisor')
  const [first, second] = await Promise.all(
    ['one', 'two'].map((process) =>
      linked(nimbus, own, own.ca, { ...versionHeaders(VERSION), [PROCESS_HEADER]: process }),
    ),
  )
  const hello = JSON.stringify({ type: 'hello', ...HELLO, host: '127.0.0.1' })
  const welcomed = once(first!, 'message')
  first!.send(hello)
  await welcomed
  const closed = once(second!, 'close')
  second!.send(hello)
  await closed
  t.deepEqual(
    troubles.map(({ code }) => code),
    ['JOIN_REFUSED'],
  )
  t.deepEqual([hosts.all.length, hosts.all[0]?.process, hosts.all[0]?.isLinked], [1, 'one', true])
  first!.terminate()
})

test('a certificate is made anew for what it names, and for where its host comes from, and for nothing else', async (t) => {
  const { nimbus, token } = await begun(t)
  const own = await join(nimbus, token, 'a', ['10.0.0.2', 'a.example'])
  const renewed = await renew(nimbus, own, ['a.example', '127.0.0.1', '10.0.0.2'])
  t.is(new X509Certificate(renewed.cert).checkIP('127.0.0.1'), '127.0.0.1')
  for (const foreign of ['10.0.0.1', 'b.example', 'example', 'x.a.example', '127.0.0.2', '::1', '0.0.0.0', 'localhost'])
    for (const hosts of [[foreign], ['10.0.0.2', foreign]])
      await t.throwsAsync(renew(nimbus, own, hosts), { code: 'JOIN_REFUSED' }, foreign)
  for (const nonsense of ['*', '*.example', 'a.example,IP:10.0.0.1', 'a b', ''])
    await t.throwsAsync(renew(nimbus, own, [nonsense]), { code: 'SERVICE_BAD_REQUEST' }, nonsense)
})

test('a host that says that it is reached where another one is gets no link, at the door or behind it', async (t) => {
  const { nimbus, as, hosts, troubles } = await begun(t)
  const own = await as('supervisor')
  const headers = versionHeaders(VERSION)
  await t.throwsAsync(linked(nimbus, own, own.ca, { ...headers, [HOST_HEADER]: '10.0.0.1' }), { name: 'Error' })
  const socket = await linked(nimbus, own, own.ca, { ...headers, [HOST_HEADER]: '127.0.0.1' })
  const closed = once(socket, 'close')
  socket.send(JSON.stringify({ type: 'hello', ...HELLO, host: '10.0.0.1' }))
  await closed
  t.deepEqual([troubles.map(({ code }) => code), hosts.all], [['JOIN_REFUSED'], []])
})

test('a request that is too long, or of nothing that there is, is refused', async (t) => {
  const { nimbus, authority } = await begun(t)
  const status = async (path: string, body: string): Promise<number> => {
    const asking = request(new URL(path, nimbus), { method: 'POST', ca: authority.ca })
    asking.end(body)
    const [response] = await once(asking, 'response')
    response.resume()
    return response.statusCode
  }
  t.is(await status(PATHS.join, 'x'.repeat(40_000)), 400)
  t.is(await status(PATHS.join, '{'), 400)
  t.is(await status('/v1/anything', '{}'), 403)
})

test('a host joins once: what it has got is kept, is its own, and is made anew when half of it is over', async (t) => {
  const { folder, token, nimbus, other } = await begun(t)
  const kept = joinPath(folder, 'host')
  const self = { name: 'a', hosts: LOCAL }
  await t.throwsAsync(Membership.open(kept, self, undefined, now), { code: 'JOIN_REFUSED' })
  const first = await Membership.open(kept, self, token, now)
  const again = await Membership.open(kept, self, undefined, now)
  t.deepEqual([again.credentials, again.nimbuses, again.name], [first.credentials, [nimbus], 'a'])
  await again.refresh(nimbus)
  t.is(again.credentials.cert, first.credentials.cert)
  again.check()
  await t.throwsAsync(Membership.open(kept, { ...self, name: 'b' }, undefined, now), { code: 'JOIN_REFUSED' })
  const foreign = readJoinToken(makeJoinToken(other, [nimbus], in1Day()))
  const error = await t.throwsAsync(Membership.open(kept, self, foreign, now), { code: 'OTHER_CLUSTER' })
  for (const { ca } of [token, foreign]) t.true(error.message.includes(clusterName(ca)))
  // With a token it is reached by what it says, and from then on without one.
  const moved = { ...self, hosts: ['10.9.8.7'] }
  await Membership.open(kept, moved, token, now)
  t.deepEqual(
    new X509Certificate((await Membership.open(kept, moved, undefined, now)).credentials.cert).checkIP('10.9.8.7'),
    '10.9.8.7',
  )
  await Membership.open(kept, self, token, now)
  const later = await Membership.open(kept, self, undefined, () => new Date(Date.now() + 4 * DAY_MS))
  const { cert } = later.credentials
  await t.throwsAsync(later.refresh('https://127.0.0.1:1'), { code: 'SERVICE_UNREACHABLE' })
  t.is(later.credentials.cert, cert)
  await later.refresh(nimbus)
  t.not(later.credentials.cert, cert)
  t.is((await Membership.open(kept, self, undefined, now)).credentials.cert, later.credentials.cert)
  await t.throwsAsync(
    Membership.open(kept, self, undefined, () => new Date(Date.now() + 30 * DAY_MS)),
    { code: 'JOIN_REFUSED' },
  )
})

test('a host whose certificate has expired while it was away says so, and what to do', async (t) => {
  const { folder, token } = await begun(t)
  let days = 0
  const later = (): Date => new Date(Date.now() + days * DAY_MS)
  const member = await Membership.open(joinPath(folder, 'host'), { name: 'a', hosts: LOCAL }, token, later)
  days = 6
  member.check()
  days = 8
  t.throws(() => member.check(), { code: 'JOIN_REFUSED' })
})
