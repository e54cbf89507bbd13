import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createNetServer } from 'node:net'
import test from 'ava'
import { WebSocket } from 'ws'
import { DrpcClient } from '../../lib/drpc/index.ts'
import { DrpcServer } from '../../lib/drpc/server/drpc-server.ts'
import { clientSockets } from '../../lib/drpc/server/sockets.ts'
import { startDrpc } from '../../lib/drpc/server/start-drpc.ts'
import { ByteBudget } from '../../lib/net/budget.ts'
import { resolveConfig } from '../../lib/topology/config/config.ts'
import { realClock } from '../../lib/util/time/real-clock.ts'
import { served, worker, workerSocket } from './servers.ts'

test('many requests are under way at a time over one connection, and each gets its own answer', async (t) => {
  const drpc = await served(t, { 'drpc.queue.size': 2000 })
  worker(t, drpc)
  const client = await DrpcClient.connect(drpc.url)
  const numbers = Array.from({ length: 1000 }, (_, n) => `Nr. ${n} "\n\u0000ß`)
  t.deepEqual(await Promise.all(numbers.map((args) => client.execute('echo', args))), numbers)
  client.close()
})

test('errors come with code, message and hint', async (t) => {
  const drpc = await served(t)
  const client = await DrpcClient.connect(drpc.url)
  const error = await t.throwsAsync<Error & { hint?: string }>(client.execute('ecco'), { code: 'DRPC_BAD_REQUEST' })
  t.regex(error.hint!, /echo/)
  client.close()
})

test('a function whose name has megabytes is refused in a few words', async (t) => {
  const drpc = await served(t, { 'drpc.max.request.bytes': 1_048_576 })
  const client = await DrpcClient.connect(drpc.url)
  const error = await t.throwsAsync<Error & { hint?: string }>(client.execute('ecco'.repeat(1_500_000)), {
    code: 'DRPC_BAD_REQUEST',
  })
  t.true(error.message.length < 200)
  t.is(error.hint, 'known: echo, none')
  client.close()
})

test('a token that no header can carry is refused by the client and by the server', async (t) => {
  const drpc = await served(t)
  for (const token of ['', 'two words', 'line\n', 'é']) {
    t.throws(() => new DrpcClient(drpc.url, { token }), { code: 'DRPC_BAD_REQUEST' })
    await t.throwsAsync(startDrpc(resolveConfig({ 'drpc.http.port': 0, 'drpc.token': token }), []), {
      code: 'BAD_CONFIG',
    })
  }
})

test('a request that the client waits for no longer is taken back', async (t) => {
  const drpc = await served(t)
  const client = await DrpcClient.connect(drpc.url, { timeoutMs: 30 })
  await t.throwsAsync(client.execute('none', 'x'), { code: 'DRPC_TIMEOUT' })
  while (drpc.server.pending > 0) await new Promise((resolve) => setImmediate(resolve))
  client.close()
  t.is(drpc.server.pending, 0)
})

test('when the connection breaks, what is under way is rejected, and the next request dials again', async (t) => {
  const first = await served(t)
  const port = Number(new URL(first.url).port)
  const client = await DrpcClient.connect(first.url)
  const lost = client.execute('none')
  lost.catch(() => {})
  while (first.server.waiting('none') === 0) await new Promise((resolve) => setImmediate(resolve))
  await first.close()
  await t.throwsAsync(lost, { code: 'DRPC_SHUTDOWN' })
  while ((await client.execute('echo').catch(({ code }) => code)) !== 'DRPC_UNREACHABLE');
  const second = await served(t, { 'drpc.http.port': port })
  worker(t, second)
  t.is(await client.execute('echo', 'again'), 'again')
  client.close()
  await t.throwsAsync(client.execute('echo'), { code: 'DRPC_UNREACHABLE' })
})

test('where no server is, or something else answers, that is told', async (t) => {
  const other = createServer((_request, response) => response.writeHead(418).end('tea'))
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
  await t.throwsAsync(DrpcClient.connect(url), { code: 'DRPC_UNREACHABLE' })
  other.close()
  other.closeAllConnections()
  await once(other, 'close')
  await t.throwsAsync(DrpcClient.connect(url), { code: 'DRPC_UNREACHABLE' })
  for (const wrong of ['', 'nowhere', 'ftp://127.0.0.1'])
    await t.throwsAsync(DrpcClient.connect(wrong), { code: 'DRPC_BAD_REQUEST' })
})

for (const [what, message] of [
  ['no JSON', 'garbage'],
  ['no request', '{"id":1}'],
  ['a binary frame', Buffer.from('{"id":1,"function":"echo","args":""}')],
] as const) {
  test(`a message that is ${what} is answered with DRPC_BAD_REQUEST and ends its connection, and no other`, async (t) => {
    const drpc = await served(t)
    worker(t, drpc)
    const client = await DrpcClient.connect(drpc.url)
    const socket = new WebSocket(`${drpc.url.replace('http', 'ws')}/drpc`)
    await once(socket, 'open')
    socket.send(message)
    const [answer] = (await once(socket, 'message')) as [Buffer]
    t.like(JSON.parse(String(answer)), { id: null, code: 'DRPC_BAD_REQUEST' })
    const [code] = await once(socket, 'close')
    t.is(code, 1008)
    t.is(await client.execute('echo', 'still'), 'still')
    client.close()
  })
}

test('arguments over the limit, and an id that is in use, are refused and the connection goes on; a giant frame ends it', async (t) => {
  const drpc = await served(t, { 'drpc.max.request.bytes': 100 })
  worker(t, drpc)
  const socket = new WebSocket(`${drpc.url.replace('http', 'ws')}/drpc`)
  await once(socket, 'open')
  const ask = async (message: object) => {
    socket.send(JSON.stringify(message))
    const [answer] = (await once(socket, 'message')) as [Buffer]
    return JSON.parse(String(answer))
  }
  t.like(await ask({ id: 1, function: 'echo', args: 'x'.repeat(101) }), { id: 1, code: 'DRPC_BAD_REQUEST' })
  socket.send(JSON.stringify({ id: 2, function: 'none', args: '' }))
  t.like(await ask({ id: 2, function: 'echo', args: '' }), { id: 2, code: 'DRPC_BAD_REQUEST' })
  t.deepEqual(await ask({ id: 'three', function: 'echo', args: 'x' }), { id: 'three', result: 'x' })
  socket.send('x'.repeat(100_000))
  const [code] = await once(socket, 'close')
  t.is(code, 1009)
})

test('a worker whose connection breaks loses its requests to another; a message of it that makes no sense breaks it', async (t) => {
  const drpc = await served(t)
  const hold = worker(t, drpc, () => {})
  const client = await DrpcClient.connect(drpc.url)
  const answer = client.execute('echo', 'x')
  while (drpc.server.waiting('echo') > 0 || drpc.server.pending === 0)
    await new Promise((resolve) => setImmediate(resolve))
  worker(t, drpc)
  hold.release()
  t.is(await answer, 'x')
  client.close()
  const socket = await workerSocket(drpc)
  await once(socket, 'open')
  socket.send('{"type":"room","feed":7,"room":1}')
  const [code] = await once(socket, 'close')
  t.is(code, 1008)
})

test('an end that has fallen silent is cut off, and its requests are taken back', async (t) => {
  const server = new DrpcServer({ clock: realClock, timeoutMs: 60_000, queueSize: 10 })
  const sockets = clientSockets(server, 100, new ByteBudget(10_000), 100)
  const http = createServer()
  http.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head))
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const socket = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`, { autoPong: false })
  const closed = once(socket, 'close')
  await once(socket, 'open')
  const asked = new Promise<void>((resolve) => server.watch(() => resolve()))
  socket.send('{"id":1,"function":"f","args":""}')
  // On a slow machine it may be cut off before its request is read.
  await Promise.race([asked, closed])
  const [code] = await closed
  t.is(code, 1006)
  while (server.pending > 0) await new Promise((resolve) => setImmediate(resolve))
  sockets.close()
  http.close()
  t.is(server.pending, 0)
})

test('what clients have sent in part is bounded together: whoever has begun first is cut off, and small requests go on', async (t) => {
  const budget = new ByteBudget(100_000)
  const server = new DrpcServer({ clock: realClock, timeoutMs: 60_000, queueSize: 10 })
  const sockets = clientSockets(server, 50_000, budget)
  const http = createServer()
  http.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head))
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const dial = async (): Promise<WebSocket> => {
    const socket = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`)
    await once(socket, 'open')
    return socket
  }
  const slow = await Promise.all(Array.from({ length: 5 }, dial))
  let cut = 0
  for (const socket of slow) socket.on('error', () => {}).on('close', () => cut++)
  const quick = await dial()
  // The beginning of a message that never ends.
  for (const socket of slow) {
    const before = budget.bytes + cut
    socket.send('x'.repeat(40_000), { fin: false })
    while (budget.bytes + cut === before) await new Promise((resolve) => setImmediate(resolve))
  }
  while (cut === 0) await new Promise((resolve) => setImmediate(resolve))
  t.true(budget.bytes <= 100_000)
  const asked = new Promise<void>((resolve) => server.watch(() => resolve()))
  quick.send('{"id":1,"function":"f","args":""}')
  await asked
  t.is(quick.readyState, WebSocket.OPEN)
  for (const socket of [...slow, quick]) socket.terminate()
  sockets.close()
  http.close()
})

test('a server that never finishes the handshake is given up', async (t) => {
  const mute = createNetServer(() => {})
  mute.listen(0, '127.0.0.1')
  await once(mute, 'listening')
  const { port } = mute.address() as AddressInfo
  await t.throwsAsync(DrpcClient.connect(`http://127.0.0.1:${port}`), { code: 'DRPC_UNREACHABLE' })
  mute.close()
})

test('the server listens on IPv6, too', async (t) => {
  const drpc = await startDrpc(resolveConfig({ 'drpc.http.port': 0, 'drpc.host': '::1' }), ['echo']).catch(() => null)
  if (drpc === null) return t.pass('this machine has no IPv6')
  worker(t, drpc)
  t.regex(drpc.url, /^http:\/\/\[::1\]:\d+$/)
  t.is(drpc.madeToken, undefined)
  t.is(await (await fetch(`${drpc.url}/drpc/echo/six`)).text(), 'six')
  await drpc.close()
})
