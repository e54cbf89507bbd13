import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { WebSocket } from 'ws'
import { DrpcClient } from '../../lib/drpc/index.ts'
import { startDrpc } from '../../lib/drpc/server/start-drpc.ts'
import { resolveConfig } from '../../lib/topology/config/config.ts'
import { raw, served, worker, workerSocket } from './servers.ts'

const post = (args: string | Buffer, headers = {}) => ({ method: 'POST', body: args, headers })

async function answerOf(response: Response): Promise<[number, string | null, unknown]> {
  const text = await response.text()
  const type = response.headers.get('content-type')
  return [response.status, type, type?.startsWith('application/json') ? JSON.parse(text) : text]
}

/** A status line and a code of raw HTTP. */
function told(text: string): [string | undefined, string | undefined] {
  return [/^HTTP\/1\.1 (\d+)/.exec(text)?.[1], /"code":"(\w+)"/.exec(text)?.[1]]
}

async function echo(t: ExecutionContext, config = {}): Promise<string> {
  const drpc = await served(t, config)
  worker(t, drpc)
  return drpc.url
}

test('POST takes the body as the arguments, GET the rest of the path, and a function without arguments gets none', async (t) => {
  const url = await echo(t)
  t.deepEqual(await answerOf(await fetch(`${url}/drpc/echo`, post('ä b/c'))), [
    200,
    'text/plain; charset=utf-8',
    'ä b/c',
  ])
  t.deepEqual(await answerOf(await fetch(`${url}/drpc/echo/%C3%A4%20b%2Fc/d`)), [
    200,
    'text/plain; charset=utf-8',
    'ä b/c/d',
  ])
  t.deepEqual(await answerOf(await fetch(`${url}/drpc/echo`)), [200, 'text/plain; charset=utf-8', ''])
})

test('an object or a list of JSON is told as such; everything else is text', async (t) => {
  const url = await echo(t)
  const typeOf = async (args: string) => (await fetch(`${url}/drpc/echo`, post(args))).headers.get('content-type')
  t.is(await typeOf('[[2]]'), 'application/json; charset=utf-8')
  t.is(await typeOf('{"a":1}'), 'application/json; charset=utf-8')
  for (const text of ['2', '[1', '{a}', '<b>', '[1],[2]}']) t.is(await typeOf(text), 'text/plain; charset=utf-8', text)
})

test('each failure has its status and its code', async (t) => {
  const drpc = await served(t)
  worker(t, drpc, ({ id, args }, client) => void client.fail(id, `no ${args}`))
  const code = async (path: string, init?: RequestInit) => {
    const [status, , body] = await answerOf(await fetch(`${drpc.url}${path}`, init))
    return [status, (body as { code: string }).code]
  }
  t.deepEqual(await code('/drpc/echo/luck'), [500, 'DRPC_FAILED'])
  t.deepEqual(await code('/drpc/nobody/x'), [404, 'DRPC_BAD_REQUEST'])
  t.deepEqual(await code('/'), [404, 'DRPC_BAD_REQUEST'])
  t.deepEqual(await code('/drpc/'), [404, 'DRPC_BAD_REQUEST'])
  t.deepEqual(await code('/drpc/echo/a?b=c'), [400, 'DRPC_BAD_REQUEST'])
  t.deepEqual(await code('/drpc/echo/%E0%A4'), [400, 'DRPC_BAD_REQUEST'])
  t.deepEqual(await code('/drpc/echo', post(Buffer.from([0xff, 0xfe]))), [400, 'DRPC_BAD_REQUEST'])
  const misread: Record<string, string>[] = [
    { 'content-encoding': 'gzip' },
    { 'content-encoding': 'br' },
    { 'content-type': 'text/plain; charset=latin1' },
  ]
  for (const headers of misread)
    t.deepEqual(await code('/drpc/echo', { ...post('luck'), headers }), [415, 'DRPC_BAD_REQUEST'])
  const plain: Record<string, string>[] = [
    { 'content-encoding': 'identity' },
    { 'content-type': 'text/plain; charset="UTF-8"' },
  ]
  for (const headers of plain) t.deepEqual(await code('/drpc/echo', { ...post('luck'), headers }), [500, 'DRPC_FAILED'])
  t.deepEqual(await code('/drpc/echo', { method: 'DELETE' }), [405, 'DRPC_BAD_REQUEST'])
})

test('a request that nobody takes ends with 504', async (t) => {
  const { url } = await served(t, { 'drpc.request.timeout.secs': 0.05 })
  t.like(await answerOf(await fetch(`${url}/drpc/none`)), { 0: 504, 2: { code: 'DRPC_TIMEOUT' } })
})

test('a request that finds the queue full ends with 429', async (t) => {
  const { url, server } = await served(t, { 'drpc.queue.size': 1 })
  const first = fetch(`${url}/drpc/none`)
  while (server.waiting('none') === 0) await new Promise((resolve) => setImmediate(resolve))
  t.like(await answerOf(await fetch(`${url}/drpc/none`)), { 0: 429, 2: { code: 'DRPC_QUEUE_FULL' } })
  server.shutdown()
  t.is((await first).status, 503)
})

test('arguments over the limit are refused, announced or not, and the server goes on', async (t) => {
  const url = await echo(t, { 'drpc.max.request.bytes': 100 })
  t.is((await fetch(`${url}/drpc/echo`, post('x'.repeat(101)))).status, 413)
  t.is((await fetch(`${url}/drpc/echo/${'x'.repeat(101)}`)).status, 413)
  const announced = 'POST /drpc/echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99999999\r\n\r\nx'
  t.deepEqual(told(await raw(url, announced)), ['413', 'DRPC_BAD_REQUEST'])
  const chunk = `${(200).toString(16)}\r\n${'x'.repeat(200)}\r\n`
  const chunked = `POST /drpc/echo HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n${chunk}`
  t.deepEqual(told(await raw(url, chunked)), ['413', 'DRPC_BAD_REQUEST'])
  t.is((await fetch(`${url}/drpc/echo`, post('x'.repeat(100)))).status, 200)
})

test('bytes that are no HTTP, and a header without end, end their connection alone', async (t) => {
  const url = await echo(t)
  t.is(told(await raw(url, '\u0000\u0001garbage\r\n\r\n'))[0], '400')
  t.is(told(await raw(url, `GET /drpc/echo HTTP/1.1\r\nx: ${'y'.repeat(40_000)}\r\n`))[0], '431')
  t.is(await (await fetch(`${url}/drpc/echo/still`)).text(), 'still')
})

test('on loopback a foreign host, a foreign origin and a page of a browser are refused', async (t) => {
  const url = await echo(t)
  const ask = (headers: string) =>
    raw(url, `GET /drpc/echo/x HTTP/1.1\r\nconnection: close\r\n${headers}\r\n\r\n`).then(told)
  const own = `host: ${new URL(url).host}`
  t.deepEqual(await ask(own), ['200', undefined])
  t.deepEqual(await ask('host: localhost'), ['200', undefined])
  t.deepEqual(await ask('host: [::1]:1'), ['200', undefined])
  for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example', '', '127.0.0.1@evil'])
    t.deepEqual(await ask(`host: ${host}`), ['403', 'REFUSED'], host)
  for (const origin of ['http://evil.example', 'null', 'http://localhost:1', 'https://127.0.0.1'])
    t.deepEqual(await ask(`${own}\r\norigin: ${origin}`), ['403', 'REFUSED'], origin)
  t.deepEqual(await ask(`${own}\r\nsec-fetch-site: cross-site`), ['403', 'REFUSED'])
  const socket = new WebSocket(`${url.replace('http', 'ws')}/drpc`, { origin: 'http://evil.example' })
  const [error] = (await once(socket, 'error')) as [Error]
  t.regex(error.message, /403/)
})

test('no answer lets a page of another origin read it', async (t) => {
  const { headers } = await fetch(`${await echo(t)}/drpc/echo/x`)
  t.is(headers.get('access-control-allow-origin'), null)
  t.is(headers.get('x-content-type-options'), 'nosniff')
})

test('with a token, whoever shows none or another one is refused, over HTTP and over WebSocket', async (t) => {
  const url = await echo(t, { 'drpc.token': 'open sesame'.replace(' ', '-') })
  const statusOf = async (headers: Record<string, string>) => (await fetch(`${url}/drpc/echo/x`, { headers })).status
  t.is(await statusOf({}), 401)
  t.is(await statusOf({ authorization: 'Bearer open-sesam' }), 401)
  t.is(await statusOf({ authorization: 'Basic open-sesame' }), 401)
  t.is(await statusOf({ authorization: 'Bearer open-sesame' }), 200)
  t.is((await fetch(`${url}/drpc/echo/x?token=open-sesame`)).status, 401)
  await t.throwsAsync(DrpcClient.connect(url), { code: 'DRPC_UNAUTHORIZED' })
  await t.throwsAsync(DrpcClient.connect(url, { token: 'no' }), { code: 'DRPC_UNAUTHORIZED' })
  const client = await DrpcClient.connect(url, { token: 'open-sesame' })
  t.is(await client.execute('echo', 'x'), 'x')
  client.close()
})

test('a server that can be reached from elsewhere makes a token where none is set, and wants it', async (t) => {
  const drpc = await served(t, { 'drpc.host': '0.0.0.0' })
  worker(t, drpc)
  t.regex(drpc.madeToken!, /^[\w-]{43}$/)
  const { url } = drpc.resources['typhoon.drpc']
  t.is((await fetch(`${url}/drpc/echo/x`)).status, 401)
  const headers = { authorization: `Bearer ${drpc.madeToken}` }
  t.is(await (await fetch(`${url}/drpc/echo/x`, { headers })).text(), 'x')
})

test('the token of clients does not open the door of the workers, nor the other way round', async (t) => {
  const drpc = await served(t, { 'drpc.token': 'for-clients' })
  const open = async (path: string, token: string) => {
    const socket = new WebSocket(`${drpc.url.replace('http', 'ws')}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const answer = await once(socket, 'open').then(
      () => 'open',
      ({ message }: Error) => message,
    )
    socket.terminate()
    return answer
  }
  const { secret } = drpc.resources['typhoon.drpc']
  const worker = await workerSocket(drpc)
  await once(worker, 'open')
  worker.terminate()
  t.regex(await open('/drpc-invocations', secret), /401/, 'the secret itself is no proof of it')
  t.regex(await open('/drpc-invocations', 'for-clients'), /401/)
  t.is(await open('/drpc', 'for-clients'), 'open')
  t.regex(await open('/drpc', secret), /401/)
  t.regex(await open('/elsewhere', 'for-clients'), /404/)
})

test('a client that goes away takes its request back', async (t) => {
  const drpc = await served(t)
  const asking = httpRequest(`${drpc.url}/drpc/none`, { method: 'POST' })
  asking.on('error', () => {})
  const waits = new Promise<void>((resolve) => drpc.server.watch(() => resolve()))
  asking.end('x')
  await waits
  t.is(drpc.server.waiting('none'), 1)
  asking.destroy()
  while (drpc.server.pending > 0) await new Promise((resolve) => setImmediate(resolve))
  t.is(drpc.server.waiting('none'), 0)
})

test('ten thousand requests at once: those that find no place are refused, the others answered, and later ones too', async (t) => {
  const drpc = await served(t)
  const client = await DrpcClient.connect(drpc.url)
  const answers = Array.from({ length: 10_000 }, (_, n) =>
    client.execute('echo', String(n)).then(
      (result) => result === String(n),
      ({ code }: { code: string }) => code,
    ),
  )
  // Nobody answers before the last one has been refused.
  t.is(await answers.at(-1), 'DRPC_QUEUE_FULL')
  worker(t, drpc)
  const outcomes = await Promise.all(answers)
  t.is(outcomes.filter((outcome) => outcome === true).length, 128)
  t.is(outcomes.filter((outcome) => outcome === 'DRPC_QUEUE_FULL').length, 10_000 - 128)
  t.is(await client.execute('echo', 'after'), 'after')
  client.close()
})

test('the end of the server ends waiting requests with DRPC_SHUTDOWN, and frees the port', async (t) => {
  const drpc = await served(t)
  const client = await DrpcClient.connect(drpc.url)
  const answers = [client.execute('none', 'x'), fetch(`${drpc.url}/drpc/none`)] as const
  while (drpc.server.waiting('none') < 2) await new Promise((resolve) => setImmediate(resolve))
  const closed = drpc.close()
  await t.throwsAsync(answers[0], { code: 'DRPC_SHUTDOWN' })
  t.like(await answerOf(await answers[1]), { 0: 503, 2: { code: 'DRPC_SHUTDOWN' } })
  await closed
  const port = Number(new URL(drpc.url).port)
  const next = await startDrpc(resolveConfig({ 'drpc.http.port': port }), ['echo'])
  await t.throwsAsync(startDrpc(resolveConfig({ 'drpc.http.port': port }), ['echo']), { code: 'PORT_TAKEN' })
  await next.close()
})

test('bodies that do not come to their end are bounded together: the oldest are given up, and others are answered', async (t) => {
  const BYTES = 4 * 1024 * 1024
  const url = await echo(t, { 'drpc.max.request.bytes': BYTES })
  const { hostname, port } = new URL(url)
  const sockets: Socket[] = []
  const givenUp: number[] = []
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  const body = Buffer.alloc(BYTES - 1, 'x')
  // More than the server keeps of all clients, with whatever limit it has made of the largest arguments.
  for (let n = 0; givenUp.length === 0 && n < 60; n++) {
    const socket = connect(Number(port), hostname)
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('close', () => givenUp.push(n))
    socket.write(`POST /drpc/echo HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Length: ${BYTES}\r\n\r\n`)
    await new Promise((sent) => socket.write(body, sent))
    // By the time that this is answered the server has begun to read the body, however busy the machine is.
    await fetch(`${url}/drpc/echo`, post('between'))
  }
  t.is(givenUp[0], 0, 'the one that has been under way longest')
  t.deepEqual(await answerOf(await fetch(`${url}/drpc/echo`, post('still here'))), [
    200,
    'text/plain; charset=utf-8',
    'still here',
  ])
})
