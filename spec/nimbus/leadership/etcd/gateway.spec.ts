/** What etcd, or what answers in its place, may say, and what is made of it. */
import { writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { serverTls } from '../../../../lib/net/tls.ts'
import { EtcdClient } from '../../../../lib/nimbus/leadership/etcd/etcd-client.ts'
import { type EtcdAccess, Gateway } from '../../../../lib/nimbus/leadership/etcd/gateway.ts'
import { realClock } from '../../../../lib/util/time/real-clock.ts'
import { folderOf } from '../../../folder.ts'
import { AUTHORITY, HOST, OTHER } from '../../../net/certificates.ts'

const REVISION = { header: { revision: '7' } }

/** Something that answers. @param tls of its own */
async function answering(t: ExecutionContext, listener: RequestListener, tls?: object): Promise<URL> {
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return new URL(`${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

function saying(status: number, body: string): RequestListener {
  return (_request, response) => response.writeHead(status).end(body)
}

function clientOf(t: ExecutionContext, access: EtcdAccess): EtcdClient {
  const client = new EtcdClient(new Gateway(access, realClock))
  t.teardown(() => client.close())
  return client
}

const ANSWERS: readonly (readonly [what: string, status: number, body: string])[] = [
  ['nothing', 200, ''],
  ['what is not JSON', 200, '<html>'],
  ['a list', 200, '[]'],
  ['no header', 200, '{"succeeded":true}'],
  ['a revision that is no number', 200, '{"header":{"revision":"x"}}'],
  ['a revision that is too large', 200, '{"header":{"revision":"9223372036854775807"}}'],
  ['more than was asked', 200, JSON.stringify({ ...REVISION, responses: [{}, {}] })],
  ['a value that is none', 200, JSON.stringify({ ...REVISION, responses: [{ response_range: { kvs: [{}] } }] })],
  ['an error without a code', 404, 'Not Found'],
  ['trouble of its own', 503, JSON.stringify({ error: 'etcdserver: no leader', code: 14 })],
]

for (const [what, status, body] of ANSWERS)
  test(`where the answer is ${what}, there is no store`, async (t) => {
    const url = await answering(t, saying(status, body))
    const gateway = new Gateway({ endpoints: [url] }, realClock)
    t.teardown(() => gateway.close())
    const client = new EtcdClient({ ask: (path, asked) => gateway.ask(path, asked, 150), name: 'etcd' } as Gateway)
    await t.throwsAsync(client.transact([], [{ get: 'a' }]), { code: 'STORE_UNREACHABLE' })
  })

test('an answer that does not end is not read to its end', async (t) => {
  let most = 0
  const url = await answering(t, (_request, response) => {
    const chunk = Buffer.alloc(1024 * 1024, ' ')
    let chunks = 0
    const more = (): void => {
      while (!response.destroyed && response.write(chunk)) most = Math.max(most, ++chunks)
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  })
  const gateway = new Gateway({ endpoints: [url] }, realClock)
  t.teardown(() => gateway.close())
  await t.throwsAsync(gateway.ask('kv/range', {}, 1500), { code: 'STORE_UNREACHABLE' })
  t.true(most < 64)
})

test('a member that does not answer is left for the next one', async (t) => {
  const silent = await answering(t, () => {})
  const broken = await answering(t, (request) => request.socket.destroy())
  const good = await answering(t, saying(200, JSON.stringify({ ...REVISION, succeeded: true, responses: [{}] })))
  const client = clientOf(t, { endpoints: [silent, broken, good] })
  t.deepEqual(await client.transact([], [{ get: 'a' }]), { succeeded: true, revision: 7, found: [undefined] })
})

for (const [code, message] of [
  [3, 'etcdserver: authentication failed, invalid user ID or password'],
  [7, 'etcdserver: permission denied'],
  [8, 'etcdserver: mvcc: database space exceeded'],
  [9, 'etcdserver: authentication is not enabled'],
  [16, 'etcdserver: invalid auth token'],
] as const)
  test(`"${message}" is told, and not tried again`, async (t) => {
    let times = 0
    const url = await answering(t, (_request, response) => {
      times++
      response.writeHead(400).end(JSON.stringify({ error: message, message, code }))
    })
    const client = clientOf(t, { endpoints: [url] })
    await t.throwsAsync(client.get('a'), { code: 'STORE_REFUSED', message: new RegExp(message) })
    t.is(times, 1)
  })

test('whoever has a user shows a password of a file, and a new one when its token has expired', async (t) => {
  const folder = folderOf(t)
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, 'first\n')
  const shown: string[] = []
  let valid = ''
  const url = await answering(t, async (request, response) => {
    const body = (await request.toArray()).join('')
    if (request.url === '/v3/auth/authenticate') {
      valid = `token ${shown.length}`
      shown.push(JSON.parse(body).password)
      response.end(JSON.stringify({ token: valid }))
    } else if (request.headers.authorization === valid) response.end('{}')
    else response.writeHead(401).end(JSON.stringify({ message: 'etcdserver: invalid auth token', code: 16 }))
  })
  const client = clientOf(t, { endpoints: [url], user: { name: 'typhoon', passwordFile } })
  t.is(await client.get('a'), undefined)
  valid = 'another'
  writeFileSync(passwordFile, 'second\n')
  t.is(await client.get('a'), undefined)
  t.deepEqual(shown, ['first', 'second'])
})

test('without the file of its password nothing is asked', async (t) => {
  const url = await answering(t, saying(200, '{}'))
  const user = { name: 'typhoon', passwordFile: join(folderOf(t), 'none') }
  await t.throwsAsync(clientOf(t, { endpoints: [url], user }).get('a'), { code: 'STORE_REFUSED' })
})

test('over TLS both show a certificate of the authority, and nobody else is believed', async (t) => {
  const url = await answering(t, saying(200, '{}'), serverTls(HOST))
  const ask = (tls: EtcdAccess['tls']) => {
    const gateway = new Gateway({ endpoints: [url], tls }, realClock)
    t.teardown(() => gateway.close())
    return gateway.ask('kv/range', {}, 1500)
  }
  t.deepEqual(await ask(HOST), {})
  await t.throwsAsync(ask(undefined), { code: 'STORE_UNREACHABLE' })
  await t.throwsAsync(ask({ ...OTHER, ca: AUTHORITY }), { code: 'STORE_UNREACHABLE' })
})
