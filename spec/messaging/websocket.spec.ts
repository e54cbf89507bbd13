/**
 * Links over WebSockets keep the contract, and whatever connects to a port, nothing but the link at fault is closed.
 * One test at a time: whoever is slow at a handshake is a stranger who is cut off.
 */
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer, connect as openSocket, type Socket } from 'node:net'
import { mock } from 'node:test'
import test, { type ExecutionContext } from 'ava'
import type { ClientOptions } from 'ws'
import { TupleBatchWriter } from '../../lib/codec/tuple-batch-writer.ts'
import { encodeFrame } from '../../lib/messaging/frames.ts'
import type { Link } from '../../lib/messaging/link.ts'
import { webSocketNetwork } from '../../lib/messaging/websocket.ts'
import { type Tuple, testTuple } from '../../lib/tuple/tuple.ts'
import { closed, connect, DIALER, disconnect, frames, LISTENER, linkContract, RUN } from '../contract/links.ts'
import { HOST, OTHER } from '../net/certificates.ts'
import { challenged, foreignSocket, headersOf, NONCE, proofFor, sealed, upgraded } from './foreign.ts'

const SECRET = 'a-secret-of-the-run'
const MIB = 1024 * 1024
const network = webSocketNetwork({ secret: SECRET, maxFrameBytes: 16 * MIB })

linkContract({
  name: 'WebSocket',
  network: () => network,
  stranger: () => webSocketNetwork({ secret: `${SECRET}!`, maxFrameBytes: MIB }),
})

linkContract({
  name: 'WebSocket over TLS',
  network: () => webSocketNetwork({ secret: SECRET, maxFrameBytes: 16 * MIB, tls: HOST }),
  stranger: () => webSocketNetwork({ secret: `${SECRET}!`, maxFrameBytes: MIB, tls: HOST }),
})

const HEADERS = headersOf(RUN, 2, 3)

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
  const peer = await foreignSocket(listener.address, SECRET, HEADERS, options)
  await once(peer, 'open')
  return { listener, peer, link: await accepted }
}

function without(name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(HEADERS).filter(([key]) => key !== name))
}

const MALFORMED = '400 run, worker or incarnation is missing or malformed'

const TURNED_AWAY: [string, Record<string, string>, string][] = [
  ['a browser', { ...HEADERS, origin: 'http://127.0.0.1' }, '403 browsers are refused'],
  [
    'a peer of another version',
    { ...HEADERS, 'typhoon-protocol': '1' },
    '426 this process speaks protocol version 3, not 1',
  ],
  [
    'a peer without a version',
    without('typhoon-protocol'),
    '426 this process speaks protocol version 3, not undefined',
  ],
  ['a peer without a run', without('typhoon-run'), MALFORMED],
  ['a peer whose run is malformed', { ...HEADERS, 'typhoon-run': '%' }, MALFORMED],
  ['a worker below 0', { ...HEADERS, 'typhoon-worker': '-1' }, MALFORMED],
  ['an incarnation of letters', { ...HEADERS, 'typhoon-incarnation': 'x' }, MALFORMED],
]

for (const [who, headers, expected] of TURNED_AWAY) {
  test.serial(`turned away, at the first request and at the second: ${who}`, async (t) => {
    const { listener } = await listening()
    const { status, text, agent } = await challenged(listener.address, headers)
    t.is(`${status} ${text}`, expected)
    agent.destroy()
    t.is(await upgraded(listener.address, headers), expected)
    await listener.close()
  })
}

const NO_PROOF = '401 the proof of the secret is missing or wrong'

test.serial(
  'turned away: a peer without a proof, with a wrong one, with the secret itself, or of another run',
  async (t) => {
    const { listener } = await listening()
    const { address } = listener
    t.is(await upgraded(address, HEADERS), NO_PROOF)
    t.is(await upgraded(address, { ...HEADERS, authorization: `Bearer ${SECRET}`, 'typhoon-proof': SECRET }), NO_PROOF)
    for (const wrong of ['', 'x'.repeat(43), SECRET]) {
      const { agent } = await challenged(address, HEADERS)
      t.is(await upgraded(address, { ...HEADERS, 'typhoon-proof': wrong }, agent), NO_PROOF)
    }
    const other = headersOf('run-2', 2, 3)
    const challenge = await challenged(address, other)
    const proof = proofFor(challenge, SECRET, address, other)
    t.is(
      await upgraded(address, { ...other, 'typhoon-proof': proof }, challenge.agent),
      '409 worker 1 (incarnation 1) belongs to another run',
    )
    await listener.close()
  },
)

test.serial('turned away: a request that is no upgrade', async (t) => {
  const { listener, port } = await listening()
  const [response] = (await once(get({ host: '127.0.0.1', port }), 'response')) as [IncomingMessage]
  t.is(response.statusCode, 426)
  response.resume()
  await listener.close()
})

test.serial('the listener says who it is, and proves it first', async (t) => {
  const { listener, peer, link } = await foreignPeer()
  t.deepEqual(link.peer, DIALER)
  await link.close()
  const challenge = await challenged(listener.address, HEADERS)
  t.like(challenge, { status: 401, headers: { 'www-authenticate': 'Typhoon', ...headersOf(RUN, 1, 1) } })
  t.is(challenge.headers['typhoon-proof'], proofFor(challenge, SECRET, listener.address, HEADERS, 'listener'))
  challenge.agent.destroy()
  peer.terminate()
  await listener.close()
})

test.serial('a proof opens one door once: not again, not on another connection, not for another worker', async (t) => {
  const { listener } = await listening()
  const { address } = listener
  const first = await challenged(address, HEADERS)
  const proof = proofFor(first, SECRET, address, HEADERS)
  const elsewhere = await challenged(address, HEADERS)
  t.is(await upgraded(address, { ...HEADERS, 'typhoon-proof': proof }, elsewhere.agent), NO_PROOF, 'elsewhere')
  const other = headersOf(RUN, 2, 4)
  t.is(await upgraded(address, { ...other, 'typhoon-proof': proof }, first.agent), NO_PROOF, 'as somebody else')
  const second = await challenged(address, HEADERS)
  const good = { ...HEADERS, 'typhoon-proof': proofFor(second, SECRET, address, HEADERS) }
  t.is(await upgraded(address, good, second.agent), '101')
  t.is(await upgraded(address, good), NO_PROOF, 'once more')
  const third = await challenged(address, HEADERS)
  t.is(await upgraded(address, good, third.agent), NO_PROOF, 'as an answer to another challenge')
  await listener.close()
})

test.serial("the listener's own proof opens no door", async (t) => {
  const { listener } = await listening()
  const { headers, agent } = await challenged(listener.address, HEADERS)
  const mirrored = { ...HEADERS, 'typhoon-proof': headers['typhoon-proof']! }
  t.is(await upgraded(listener.address, mirrored, agent), NO_PROOF)
  await listener.close()
})

/** A server that is no listener of ours, with all that is said to it. */
async function impostor(
  t: ExecutionContext,
  serve: (socket: Socket) => void,
): Promise<{ address: string; heard: Buffer[] }> {
  const heard: Buffer[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {}).on('data', (bytes) => heard.push(bytes))
    serve(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return { address: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, heard }
}

test.serial('whoever takes the port of a dead worker learns nothing that opens a door, and gets no link', async (t) => {
  const guess = [
    'HTTP/1.1 401 Unauthorized',
    ...Object.entries(headersOf(RUN, 1, 1)).map(([name, value]) => `${name}: ${value}`),
    `typhoon-nonce: ${NONCE}`,
    `typhoon-proof: ${NONCE}`,
    'content-length: 0',
  ]
  for (const answer of [guess, ['HTTP/1.1 101 Switching Protocols', 'upgrade: websocket', 'connection: upgrade']]) {
    const { address, heard } = await impostor(t, (socket) => {
      socket.once('data', () => socket.write(`${answer.join('\r\n')}\r\n\r\n`))
    })
    await t.throwsAsync(network.dial(address, DIALER, { worker: 1 }))
    const said = Buffer.concat(heard).toString('latin1')
    t.regex(said, /typhoon-nonce/)
    t.notRegex(said, /typhoon-proof|authorization|a-secret/i, 'neither the secret nor a proof of it')
  }
})

test.serial('the proofs of two others cannot be passed on from another address', async (t) => {
  const { listener, port } = await listening()
  const { address, heard } = await impostor(t, (socket) => {
    const forward = openSocket(port, '127.0.0.1').on('error', () => {})
    socket.pipe(forward).pipe(socket)
  })
  await t.throwsAsync(network.dial(address, DIALER, { worker: 1 }), { code: 'REFUSED' })
  t.notRegex(Buffer.concat(heard).toString('latin1'), /typhoon-proof/)
  await listener.close()
})

test.serial('a run with any name is carried', async (t) => {
  const identity = { run: 'Zähler №1\n', worker: 0, incarnation: 1 }
  const listener = await network.listen({ identity, accept: () => undefined, onLink: () => {} })
  const link = await network.dial(listener.address, { ...DIALER, run: identity.run }, { worker: 0 })
  t.deepEqual(link.peer, identity)
  await link.close()
  await listener.close()
})

test.serial('a text frame closes the link, and both ends hear why', async (t) => {
  const { listener, peer, link } = await foreignPeer()
  const bye = once(peer, 'message')
  peer.send('{"hello": "world"}')
  const message = 'on the link to worker 2 (incarnation 3): a text frame was received; frames are binary'
  t.deepEqual(await closed(link), { code: 'BAD_FRAME', message, where: { worker: 2 } })
  t.deepEqual((await bye)[0], sealed(Buffer.from(`\x05\x09BAD_FRAME${message}`)))
  await listener.close()
})

const CONTROL_LIMIT = 8 * MIB + 5

for (const [size, limit, heard] of [
  [1001, 1000, 'on the link to worker 2 (incarnation 3): a frame is over the limit of 1000 bytes'],
  [
    CONTROL_LIMIT + 1,
    CONTROL_LIMIT,
    'on the link to worker 1 (incarnation 1): it says that a frame was over its limit',
  ],
] as const) {
  test.serial(`an oversize frame of ${size} bytes closes the link, and both ends hear why`, async (t) => {
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

test.serial('a control frame may be larger than a frame of tuples', async (t) => {
  const pair = await connect(webSocketNetwork({ secret: SECRET, maxFrameBytes: 1000 }))
  const arrived = frames(pair.down, 1)
  pair.up.send(encodeFrame({ kind: 'control', message: 'x'.repeat(8 * MIB - 2) }))
  t.is((await arrived)[0]!.length, CONTROL_LIMIT)
  t.throws(() => pair.up.send(Buffer.alloc(CONTROL_LIMIT + 1, 4)), { code: 'FRAME_TOO_LARGE' })
  await disconnect(pair)
})

test.serial('the largest body of the codec fits into a frame', async (t) => {
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

test.serial('an oversize frame is not sent at all, and the link stays open', async (t) => {
  const small = webSocketNetwork({ secret: SECRET, maxFrameBytes: 1000 })
  const pair = await connect(small)
  t.throws(() => pair.up.send(Buffer.alloc(1001)), { code: 'FRAME_TOO_LARGE' })
  const arrived = frames(pair.down, 1)
  pair.up.send(Buffer.alloc(1000))
  t.is((await arrived)[0]!.length, 1000)
  await disconnect(pair)
})

test.serial('a frame that no WebSocket would send closes the link', async (t) => {
  const { listener, peer, link } = await foreignPeer()
  // Below the WebSocket: a frame with a reserved bit set.
  const { _socket: socket } = peer as unknown as { _socket: Socket }
  socket.write(Buffer.from([0xf2, 0x80, 0, 0, 0, 0]))
  const reason = await closed(link)
  t.like(reason, { code: 'BAD_FRAME', where: { worker: 2 } })
  peer.terminate()
  await listener.close()
})

test.serial('a connection that breaks is a lost link', async (t) => {
  const { listener, peer, link } = await foreignPeer()
  peer.terminate()
  t.like(await closed(link), { code: 'LINK_LOST', where: { worker: 2 } })
  await listener.close()
})

test.serial('a connection that is closed without a bye frame is a lost link', async (t) => {
  const { listener, peer, link } = await foreignPeer()
  peer.close(1000)
  t.like(await closed(link), { code: 'LINK_LOST', where: { worker: 2 } })
  await listener.close()
})

test.serial('bytes that are no HTTP harm nobody', async (t) => {
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

test.serial('a dial to a server that does not say who it is, or is none, fails', async (t) => {
  const server = createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-x\r\n')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  await t.throwsAsync(network.dial(address, DIALER, { worker: 1 }), { code: 'LINK_LOST' })
  await t.throwsAsync(network.dial('no address', DIALER, { worker: 1 }), { code: 'LINK_LOST' })
  server.close()
})

test.serial('a dial that nobody answers is given up', async (t) => {
  const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  mock.timers.enable({ apis: ['setTimeout'] })
  const dialling = network.dial(address, DIALER, { worker: 1 })
  mock.timers.tick(10_000)
  mock.timers.reset()
  await t.throwsAsync(dialling, { code: 'LINK_LOST' })
  server.close()
})

test.serial(
  'who has a certificate of another authority, or none, gets no link though it knows the secret',
  async (t) => {
    const secure = webSocketNetwork({ secret: SECRET, maxFrameBytes: MIB, tls: HOST })
    const listener = await secure.listen({ identity: LISTENER, accept: () => undefined, onLink: () => t.fail() })
    for (const stranger of [webSocketNetwork({ secret: SECRET, maxFrameBytes: MIB, tls: OTHER }), network])
      await t.throwsAsync(stranger.dial(listener.address, DIALER, { worker: 1 }), { code: 'LINK_LOST' })
    await listener.close()
  },
)

test.serial('links are on loopback; elsewhere they are where they are told, by the name that is told', async (t) => {
  const elsewhere = webSocketNetwork({ secret: SECRET, maxFrameBytes: MIB, host: '0.0.0.0', advertised: 'localhost' })
  const pair = await connect(elsewhere)
  t.regex(pair.listener.address, /^ws:\/\/localhost:\d+$/)
  await disconnect(pair)
  const { listener } = await listening()
  t.regex(listener.address, /^ws:\/\/127\.0\.0\.1:\d+$/)
  await listener.close()
})

test.serial('an empty secret is a defect', (t) => {
  t.throws(() => webSocketNetwork({ secret: '', maxFrameBytes: MIB }), { code: 'INTERNAL' })
})
