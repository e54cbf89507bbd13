/** Servers listen on loopback unless they are told otherwise; over TLS they answer who has a certificate. */
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { Agent, get as getSecurely, type RequestOptions } from 'node:https'
import { connect } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import type { NetServer, ServerOptions } from '../../lib/net/server.ts'
import { openServer } from '../../lib/net/server.ts'
import { AUTHORITY, HOST, OTHER } from './certificates.ts'

/** A server that says hello, and ends with its test. */
async function hello(t: ExecutionContext, place: Partial<ServerOptions> = {}): Promise<NetServer> {
  const server = await openServer({
    ...place,
    who: 'the server of a test',
    troubleCode: 'LINK_LOST',
    maxHeaderBytes: 4096,
    onTrouble: () => {},
  })
  server.serve({
    request: (_request, response) => void response.setHeader('connection', 'close').end('hello'),
    upgrade: (_request, socket) => void socket.destroy(),
  })
  t.teardown(() => server.stop())
  return server
}

async function textOf(asked: ReturnType<typeof get>): Promise<string> {
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return (await response.toArray()).join('')
}

test('a server listens on loopback, and takes a free port', async (t) => {
  const { url, address } = await hello(t)
  t.regex(url, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
  t.is(address, url)
  t.is(await textOf(get(url)), 'hello')
})

test('one that listens everywhere is dialed by its advertised name, or over loopback where it has none', async (t) => {
  const [local, known] = [
    await hello(t, { host: '0.0.0.0' }),
    await hello(t, { host: '0.0.0.0', advertised: 'storm-7.example.org' }),
  ]
  t.regex(local.url, /^http:\/\/0\.0\.0\.0:/)
  t.regex(local.address, /^http:\/\/127\.0\.0\.1:/)
  t.regex(known.address, /^http:\/\/storm-7\.example\.org:/)
})

test('a port that is taken says by what to look for', async (t) => {
  const port = Number(new URL((await hello(t)).url).port)
  await t.throwsAsync(hello(t, { port }), { code: 'PORT_TAKEN' })
})

test('a port that is taken is waited for where that is wanted, and had when it is free', async (t) => {
  const before = await hello(t)
  const port = Number(new URL(before.url).port)
  await t.throwsAsync(hello(t, { port, waitsMs: 1 }), { code: 'PORT_TAKEN' })
  const waiting = hello(t, { port, waitsMs: 60_000 })
  before.stop()
  t.is(await textOf(get((await waiting).url)), 'hello')
})

test('the port of a server that was stopped is free at once', async (t) => {
  const answers: unknown[] = []
  // Whoever else runs on this machine may get the port between the two, but hardly three times.
  for (let trial = 0; trial < 3 && !answers.includes('hello'); trial++) {
    const first = await hello(t)
    first.stop()
    const again = hello(t, { port: Number(new URL(first.url).port) })
    answers.push(
      await again.then(
        ({ url }) => textOf(get(url)),
        ({ code }) => code,
      ),
    )
  }
  t.is(answers.at(-1), 'hello')
})

test('with an authority both ends show a certificate of it: whoever has none, or another one, gets no answer', async (t) => {
  const { address } = await hello(t, { tls: HOST })
  t.regex(address, /^https:\/\/127\.0\.0\.1:/)
  const ask = (options: RequestOptions): Promise<string> =>
    textOf(getSecurely(address, { agent: new Agent(), ...options }))
  t.is(await ask(HOST), 'hello')
  await t.throwsAsync(ask({ ca: AUTHORITY }))
  await t.throwsAsync(ask(OTHER))
  await t.throwsAsync(ask({ ...HOST, maxVersion: 'TLSv1.2' }), { message: /version/ })
  await t.throwsAsync(textOf(get(address.replace('https', 'http'))))
})

test('without an authority a server asks for no certificate, and is believed by who knows its own', async (t) => {
  const { ca, ...own } = HOST
  const { address } = await hello(t, { tls: own })
  t.is(await textOf(getSecurely(address, { ca: ca!, agent: new Agent() })), 'hello')
  await t.throwsAsync(textOf(getSecurely(address, { agent: new Agent() })))
})

test('whoever begins with TLS and does not go on is a stranger, and is gone when the server stops', async (t) => {
  const server = await hello(t, { tls: HOST })
  const socket = connect(Number(new URL(server.address).port), '127.0.0.1')
  const closed = once(
    socket.on('error', () => {}),
    'close',
  )
  await once(socket, 'connect')
  while (server.door.strangers === 0) await new Promise((resolve) => setImmediate(resolve))
  server.stop()
  await closed
  t.is(server.door.strangers, 0)
})

test('whoever was let in over TLS is a stranger no more', async (t) => {
  const server = await openServer({
    tls: HOST,
    who: 'the server of a test',
    troubleCode: 'LINK_LOST',
    maxHeaderBytes: 4096,
    onTrouble: () => {},
  })
  t.teardown(() => server.stop())
  const counts: number[] = []
  server.serve({
    request(request, response) {
      counts.push(server.door.strangers)
      server.door.admit(request.socket)
      counts.push(server.door.strangers)
      response.end()
    },
    upgrade: () => {},
  })
  await textOf(getSecurely(server.address, { ...HOST, agent: new Agent() }))
  t.deepEqual(counts, [1, 0])
})
