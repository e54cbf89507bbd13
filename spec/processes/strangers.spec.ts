/**
 * Whoever dials a nimbus or a worker without being expected is turned away; whoever sends nonsense is cut off. The run
 * goes on.
 */
import { once } from 'node:events'
import test from 'ava'
import type { ErrorCode } from '../../lib/errors/catalogue.ts'
import { type ByeFrame, decodeFrame, encodeFrame } from '../../lib/messaging/frames.ts'
import { challenged, foreignSocket, headersOf, proofFor, sealed, upgraded } from '../messaging/foreign.ts'
import { COUNT, KnownRun, RUN, SECRET } from './known-run.ts'

const WORKER_2 = headersOf(RUN, 2, 1)

/** The HTTP status with which a dial is refused; 101 where it is not. */
async function statusOf(address: string, headers: Record<string, string>, secret?: string): Promise<number> {
  if (secret === undefined) return Number.parseInt(await upgraded(address, headers), 10)
  const challenge = await challenged(address, headers)
  const proof = proofFor(challenge, secret, address, headers)
  return Number.parseInt(await upgraded(address, { ...headers, 'typhoon-proof': proof }, challenge.agent), 10)
}

/**
 * Dials a worker as its peer would, sends one message and returns the bye frame with which the worker ends the link.
 */
async function answerTo(address: string, message: Uint8Array | string): Promise<ByeFrame> {
  for (;;) {
    const socket = await foreignSocket(address, SECRET, WORKER_2)
    let bye: ByeFrame | undefined
    socket.on('message', (bytes: Buffer) => {
      const frame = decodeFrame(bytes)
      if (frame.kind === 'bye') bye = frame
    })
    socket.on('open', () => socket.send(message))
    await once(socket, 'close')
    // Its true peer has dialed again, before the message was read.
    if (bye !== undefined && bye.code !== 'LINK_LOST') return bye
  }
}

const STRANGERS: readonly { who: string; headers: Record<string, string>; secret?: string; status: number }[] = [
  { who: 'without a proof', headers: WORKER_2, status: 401 },
  { who: 'that shows the secret', headers: { ...WORKER_2, authorization: `Bearer ${SECRET}` }, status: 401 },
  { who: 'with a wrong secret', headers: WORKER_2, secret: 'guess', status: 401 },
  { who: 'from a page in a browser', headers: { ...WORKER_2, origin: 'http://localhost' }, status: 403 },
  { who: 'of another version', headers: { ...WORKER_2, 'typhoon-protocol': '999' }, status: 426 },
  { who: 'that does not say who it is', headers: { ...WORKER_2, 'typhoon-worker': 'two' }, status: 400 },
  { who: 'of another run', headers: headersOf('another', 2, 1), secret: SECRET, status: 409 },
  { who: 'that was replaced', headers: headersOf(RUN, 2, 0), secret: SECRET, status: 409 },
  { who: 'that the nimbus has not named', headers: headersOf(RUN, 2, 2), secret: SECRET, status: 409 },
  { who: 'that there is not', headers: headersOf(RUN, 77, 1), secret: SECRET, status: 409 },
]

const NONSENSE: readonly { what: string; message: Uint8Array | string; code: ErrorCode }[] = [
  { what: 'text', message: 'hello', code: 'BAD_FRAME' },
  { what: 'nothing', message: new Uint8Array(), code: 'BAD_FRAME' },
  { what: 'bytes that were changed', message: Buffer.alloc(40, 1), code: 'BAD_FRAME' },
  { what: 'an unknown kind', message: sealed([99, 1, 2, 3]), code: 'BAD_FRAME' },
  { what: 'half a pulse', message: sealed([3, 0, 0]), code: 'BAD_FRAME' },
  {
    what: 'what only a nimbus says',
    message: encodeFrame({ kind: 'control', message: { type: 'stop' } }),
    code: 'BAD_FRAME',
  },
  {
    what: 'tuples against the direction',
    message: encodeFrame({ kind: 'tuples', sequence: 1, body: Buffer.alloc(40, 7) }),
    code: 'BAD_FRAME',
  },
  { what: 'too much', message: Buffer.alloc(70_000, 1), code: 'FRAME_TOO_LARGE' },
]

test('strangers are turned away, nonsense ends its link and is counted, and every root is acked all the same', async (t) => {
  const problems: string[] = []
  const lost: number[] = []
  let running!: () => void
  const isRunning = new Promise<void>((resolve) => {
    running = resolve
  })
  const run = await KnownRun.start({
    onStatus: (status) => status === 'running' && running(),
    onProblem: ({ code }) => problems.push(code),
    onWorkerLost: (worker) => lost.push(worker),
  })
  t.teardown(() => run.running.stopNow())
  await isRunning
  for (const door of [0, 1]) {
    const address = await run.addressOf(door)
    for (const { who, headers, secret, status } of STRANGERS)
      t.is(await statusOf(address, headers, secret), status, `${who}, ${door}`)
    t.is((await fetch(address.replace(/^ws/, 'http'))).status, 426)
  }
  t.is(await statusOf(await run.addressOf(0), WORKER_2, SECRET), 409, 'a worker that is there already')
  run.running.activate()
  for (const { what, message, code } of NONSENSE) {
    const bye = await answerTo(await run.addressOf(1), message)
    t.is(bye.code, code, what)
  }
  const { status, roots } = await run.running.done
  t.is(status, 'completed')
  t.is(roots.acked, COUNT)
  t.true(roots.failed.workerLost > 0, 'nothing was on the links that were cut off')
  t.deepEqual(lost, [])
  t.true(problems.includes('BAD_FRAME') && problems.includes('FRAME_TOO_LARGE'), problems.join(', '))
  t.true(run.running.totals.latest.get(1)!.badFrames >= NONSENSE.length)
})
