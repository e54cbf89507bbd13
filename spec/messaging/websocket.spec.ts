/** Links over WebSockets keep the contract, and whatever connects to a port, nothing but the link at fault is closed. */
import { once } from 'node:events'
import { get, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, createServer, connect as openSocket, type Socket } from 'node:net'
import { mock } from 'node:test'
import test from 'ava'
import { type ClientOptions, WebSocket } from 'ws'
import { TupleBatchWriter } from '../../lib/codec/tuple-batch-writer.ts'
import { encodeFrame } from '../../lib/messaging/frames.ts'
import type { Link } from '../../lib/messaging/link.ts'
import { webSocketNetwork } from '../../lib/messaging/websocket.ts'
import { type Tuple, testTuple } from '../../lib/tuple/tuple.ts'
import { closed, connect, DIALER, disconnect, frames, LISTENER, linkContract, RUN } from '../contract/links.ts'

const SECRET = 'a-secret-of-the-run'
const MIB = 1024 * 1024
const network = webSocketNetwork({ secret: SECRET, maxFrameBytes: 16 * MIB })

linkContract({
  name: 'WebSocket',
  network: () => network,
  stranger: () => webSocketNetwork({ secret: `${SECRET}!`, maxFrameBytes: MIB }),
})

const HEADERS: Record<string, string> = {
  authorization: `Bearer ${SECRET}`,
  'typhoon-protocol': '1',
  'typhoon-run': RUN,
  'typhoon-worker': '2',
  'typhoon-incarnation': '3',
}

/** A listener, the links that it accepted, and how to wait for the next. */
async function listening() {
  let onLink: (link: Link) => void = () => {}
  const listener = await network.listen({ identity: LISTENER, accept: () => undefined, onLink: (link) => onLink(link) })
  const nextLink = (): Promise<Link> => {
    return new Promise((resolve) => {
      onLink = resolve
    })
  }
  return { listener, nextLink, port: Number(/\d+$/.exec(listener.address)![0]) }
}

/** A peer that is not of this code base, with a link at the other end of it. */
async function foreignPeer(options: ClientOptions = {}) {
  const { listener, nextLink } = await listening()
  const accepted = nextLink()
  const peer = new WebSocket(listener.address, { headers: HEADERS, perMessageDeflate: false, ...options })
  peer.on('error', () => {})
  await once(peer, 'open')
  return { listener, peer, link: await accepted }
}

/** Status and text of the answer to an upgrade with these headers. */
async function answer(port: number, headers: Record<string, string>): Promise<string> {
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': Buffer.alloc(16).toString('base64'),
  }
  const sent = request({ host: '127.0.0.1', port, headers: { ...upgrade, ...headers } }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return `${response.statusCode} ${Buffer.concat(await response.toArray()).toString()}`
}

function without(name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(HEADERS).filter(([key]) => key !== name))
}

const TURNED_AWAY: [string, Record<string, string>, string][] = [
  ['a browser', { ...HEADERS, origin: 'http://127.0.0.1' }, '403 browsers are not let in'],
  ['a peer without a secret', without('authorization'), '401 the secret of the run is missing or wrong'],
  [
    'a peer with a part of the secret',
    { ...HEADERS, authorization: 'Bearer a-sec' },
    '401 the secret of the run is missing or wrong',
  ],
  [
    'a stranger of another version learns nothing',
    { 'typhoon-protocol': '2' },
    '401 the secret of the run is missing or wrong',
  ],
  [
    'a peer of another version',
    { ...HEADERS, 'typhoon-protocol': '2' },
    '426 protocol version 1 is spoken here, not 2',
  ],
  ['a peer without a version', without('typhoon-protocol'), '426 protocol version 1 is spoken here, not undefined'],
  ['a peer without a run', without('typhoon-run'), '400 run, worker or incarnation is missing or malformed'],
  [
    'a peer whose run is malformed',
    { ...HEADERS, 'typhoon-run': '%' },
    '400 run, worker or incarnation is missing or malformed',
  ],
  [
    'a worker below 0',
    { ...HEADERS, 'typhoon-worker': '-1' },
    '400 run, worker or incarnation is missing or malformed',
  ],
  [
    'an incarnation of letters',
    { ...HEADERS, 'typhoon-incarnation': 'x' },
    '400 run, worker or incarnation is missing or malformed',
  ],
  [
    'a peer of another run',
    { ...HEADERS, 'typhoon-run': 'run-2' },
    '409 worker 1 (incarnation 1) belongs to another run',
  ],
]

for (const [who, headers, expected] of TURNED_AWAY) {
  test(`turned away: ${who}`, async (t) => {
    const { listener, port } = await listening()
    t.is(await answer(port, headers), expected)
    await listener.close()
  })
}

test('turned away: a request that is no upgrade', async (t) => {
  const { listener, port } = await listening()
  const [response] = (await once(get({ host: '127.0.0.1', port }), 'response')) as [IncomingMessage]
  t.is(response.statusCode, 426)
  response.resume()
  await listener.close()
})

test('the answer says who listens', async (t) => {
  const { listener, peer, link } = await foreignPeer()
  t.deepEqual(link.peer, DIALER)
  await link.close()
  const again = new WebSocket(listener.address, { headers: HEADERS })
  const opened = once(again, 'open')
  const [response] = (await once(again, 'upgrade')) as [IncomingMessage]
  const said = Object.entries(response.headers).filter(
    ([name]) => name.startsWith('typhoon-') || name.endsWith('extensions'),
  )
  t.deepEqual(Object.fromEntries(said), {
    'typhoon-protocol': '1',
    'typhoon-run': RUN,
    'typhoon-worker': '1',
    'typhoon-incarnation': '1',
  })
  await opened
  again.terminate()
  peer.terminate()
  await listener.close()
})

test('a run with any name is carried', async (t) => {
  const identity = { run: 'Zähler №1\n', worker: 0, incarnation: 1 }
  const listener = await network.listen({ identity, accept: () => undefined, onLink: () => {} })
  const link = await network.dial(listener.address, { ...DIALER, run: identity.run }, { worker: 0 })
  t.deepEqual(link.peer, identity)
  await link.close()
  await listener.close()
})

test('a text frame closes the link, and both ends hear why', async (t) => {
  const { listener, peer, link } = await foreignPeer()
  const bye = once(peer, 'message')
  peer.send('{"hello": "world"}')
  const message = 'on the link to worker 2 (incarnation 3): a text frame came, frames are binary'
  t.deepEqual(await closed(link), { code: 'BAD_FRAME', message, where: { worker: 2 } })
  t.is(String((await bye)[0]), `\x05\x09BAD_FRAME${message}`)
  await listener.close()
})

const CONTROL_LIMIT = 8 * MIB + 1

for (const [size, limit, heard] of [
  [1001, 1000, 'on the link to worker 2 (incarnation 3): a frame is over the limit of 1000 bytes'],
  [
    CONTROL_LIMIT + 1,
    CONTROL_LIMIT,
    'on the link to worker 1 (incarnation 1): it says that a frame was over its limit',
  ],
] as const) {
  test(`an oversize frame of ${size} bytes closes the link, and both ends hear why`, async (t) => {
    const pair = await connect(webSocketNetwork({ secret: SECRET, maxFrameBytes: 1000 }), {}, network)
    const ends = Promise.all([closed(pair.up), closed(pair.down)])
    const arrived = frames(pair.up, 1)
    pair.down.send(Buffer.alloc(1000, 1))
    t.is((await arrived)[0]!.length, 1000)
    pair.down.send(Buffer.alloc(size, 1))
    t.deepEqual(
      (await ends).map((end) => `${end?.code} ${end?.message}`),
      [
        `FRAME_TOO_LARGE on the link to worker 2 (incarnation 3): a frame is over the limit of ${limit} bytes`,
        `FRAME_TOO_LARGE ${heard}`,
      ],
    )
    await disconnect(pair)
  })
}

test('a control frame may be larger than a frame of tuples', async (t) => {
  const pair = await connect(webSocketNetwork({ secret: SECRET, maxFrameBytes: 1000 }))
  const arrived = frames(pair.down, 1)
  pair.up.send(encodeFrame({ kind: 'control', message: 'x'.repeat(8 * MIB - 2) }))
  t.is((await arrived)[0]!.length, CONTROL_LIMIT)
  t.throws(() => pair.up.send(Buffer.alloc(CONTROL_LIMIT + 1, 4)), { code: 'FRAME_TOO_LARGE' })
  await disconnect(pair)
})

test('the largest body of the codec fits into a frame', async (t) => {
  const pair = await connect(webSocketNetwork({ secret: SECRET, maxFrameBytes: 1000 }))
  const writer = new TupleBatchWriter({ maxFrameBytes: 1000 })
  let size = 900
  const tuple = (): Tuple => testTuple(['x'.repeat(size)])
  t.throws(
    () => {
      for (;;) {
        writer.add(1, tuple())
        size++
      }
    },
    { code: 'TUPLE_TOO_LARGE' },
  )
  const bodies: Uint8Array[] = []
  for (let body = writer.take(); body !== undefined; body = writer.take()) bodies.push(body)
  const arrived = frames(pair.down, bodies.length)
  for (const body of bodies) pair.up.send(encodeFrame({ kind: 'tuples', sequence: 1, body }))
  t.is((await arrived).at(-1)!.length, 1000)
  await disconnect(pair)
})

test('an oversize frame is not sent at all, and the link stays open', async (t) => {
  const small = webSocketNetwork({ secret: SECRET, maxFrameBytes: 1000 })
  const pair = await connect(small)
  t.throws(() => pair.up.send(Buffer.alloc(1001)), {
    code: 'FRAME_TOO_LARGE',
    message: /1001 bytes; the limit is 1000/,
  })
  const arrived = frames(pair.down, 1)
  pair.up.send(Buffer.alloc(1000))
  t.is((await arrived)[0]!.length, 1000)
  await disconnect(pair)
})

test('a frame that no WebSocket would send closes the link', async (t) => {
  const { listener, peer, link } = await foreignPeer()
  // Below the WebSocket: a frame with a reserved bit set.
  const { _socket: socket } = peer as unknown as { _socket: Socket }
  socket.write(Buffer.from([0xf2, 0x80, 0, 0, 0, 0]))
  const reason = await closed(link)
  t.is(reason?.code, 'BAD_FRAME')
  t.regex(reason!.message, /^on the link to worker 2 \(incarnation 3\): .*RSV/)
  peer.terminate()
  await listener.close()
})

test('a connection that breaks is a lost link', async (t) => {
  const { listener, peer, link } = await foreignPeer()
  peer.terminate()
  t.deepEqual(await closed(link), {
    code: 'LINK_LOST',
    message: 'the link to worker 2 (incarnation 3) broke: the connection is gone',
    where: { worker: 2 },
  })
  await listener.close()
})

test('a connection that is closed without a bye frame is a lost link', async (t) => {
  const { listener, peer, link } = await foreignPeer()
  peer.close(1000)
  t.regex((await closed(link))!.message, /broke: closed with WebSocket code 1000/)
  await listener.close()
})

test('bytes that are no HTTP harm nobody', async (t) => {
  const { listener, nextLink, port } = await listening()
  const socket = openSocket(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.end(Buffer.alloc(1000, 0xff))
  await once(socket.resume(), 'close')
  const accepted = nextLink()
  const link = await network.dial(listener.address, DIALER, { worker: 1 })
  const arrived = frames(await accepted, 1)
  link.send(Buffer.from('!well'))
  t.is(String((await arrived)[0]), '!well')
  await link.close()
  await listener.close()
})

test('a dial to a server that does not say who it is, or is none, fails', async (t) => {
  const server = createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-x\r\n')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  await t.throwsAsync(network.dial(address, DIALER, { worker: 1 }), {
    code: 'LINK_LOST',
    message: /cannot reach worker 1: /,
  })
  await t.throwsAsync(network.dial('no address', DIALER, { worker: 1 }), {
    code: 'LINK_LOST',
    message: /no address of a link/,
  })
  server.close()
})

test.serial('a dial that nobody answers is given up', async (t) => {
  const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  mock.timers.enable({ apis: ['setTimeout'] })
  const dialling = network.dial(address, DIALER, { worker: 1 })
  mock.timers.tick(5000)
  mock.timers.reset()
  await t.throwsAsync(dialling, { code: 'LINK_LOST', message: /did not answer within 5000 ms/ })
  server.close()
})

test('a secret that no header can carry is a defect', (t) => {
  for (const secret of ['', 'two words', 'line\n', 'é']) {
    t.throws(() => webSocketNetwork({ secret, maxFrameBytes: MIB }), { code: 'INTERNAL' })
  }
})
