/** Whoever dials a nimbus or a worker without being expected is turned away; whoever sends nonsense is cut off. The run goes on. */
import { once } from 'node:events'
import test from 'ava'
import { WebSocket } from 'ws'
import type { RunEvents } from '../../lib/daemon/events.ts'
import { Nimbus } from '../../lib/daemon/nimbus.ts'
import { ProcessLauncher } from '../../lib/daemon/process-launcher.ts'
import type { ErrorCode } from '../../lib/errors/catalogue.ts'
import { loadTopology } from '../../lib/flux/load-topology.ts'
import type { FromWorker } from '../../lib/messaging/control.ts'
import { type ByeFrame, decodeFrame, encodeFrame } from '../../lib/messaging/frames.ts'
import { identityHeaders, VERSION_HEADER, WORKER_HEADER } from '../../lib/messaging/handshake.ts'
import type { Identity, Link, Listener, Network } from '../../lib/messaging/link.ts'
import { webSocketNetwork } from '../../lib/messaging/websocket.ts'
import { planTopology } from '../../lib/scheduler/plan.ts'
import { resolveConfig } from '../../lib/topology/config.ts'
import { realClock } from '../../lib/util/real-clock.ts'
import { topologyFile } from './cli.ts'

const RUN = 'a-run-that-strangers-know'
const SECRET = 'and-its-secret'
const COUNT = 30_000

/** Counts 30,000 numbers through two workers, whose addresses it finds out by listening to what they say to their nimbus. */
class KnownRun {
  readonly nimbus: Nimbus
  readonly #addresses = new Map<number, Promise<string>>()
  readonly #found = new Map<number, (address: string) => void>()

  static async start(events: RunEvents): Promise<KnownRun> {
    const file = topologyFile('faulty')
    const variables = { count: String(COUNT) }
    const config = { 'topology.max.spout.pending': 50, 'topology.frame.max.bytes': 65_536 }
    const { definition } = await loadTopology(file, { variables, config })
    const plan = planTopology(definition.topology)
    const run = new KnownRun(plan.workers)
    const resolved = resolveConfig(plan.topology.config)
    const ports = {
      clock: realClock,
      network: run.#network(webSocketNetwork({ secret: SECRET, maxFrameBytes: 65_536 })),
      launcher: new ProcessLauncher({ run: RUN, secret: SECRET, config: resolved, events }),
      events,
    }
    Object.assign(run, {
      nimbus: new Nimbus({ run: RUN, plan, source: { file, variables, config }, inactive: true }, ports),
    })
    await run.nimbus.start()
    return run
  }

  private constructor(workers: readonly number[]) {
    for (const id of [0, ...workers]) {
      this.#addresses.set(id, new Promise((resolve) => this.#found.set(id, resolve)))
    }
    this.nimbus = undefined as never
  }

  addressOf(worker: number): Promise<string> {
    return this.#addresses.get(worker)!
  }

  #network(real: Network): Network {
    return {
      ...real,
      listen: async (options): Promise<Listener> => {
        const listener = await real.listen({
          ...options,
          onLink: (link) => {
            this.#overhear(link)
            options.onLink(link)
          },
        })
        this.#found.get(0)!(listener.address)
        return listener
      },
    }
  }

  #overhear(link: Link): void {
    const listen = link.onFrame.bind(link)
    link.onFrame = (listener) =>
      listen((bytes) => {
        const frame = decodeFrame(bytes)
        const message = frame.kind === 'control' ? (frame.message as FromWorker) : undefined
        if (message?.type === 'listening') this.#found.get(link.peer.worker)!(message.address)
        listener(bytes)
      })
  }
}

function headersOf(identity: Partial<Identity> = {}): Record<string, string> {
  return { authorization: `Bearer ${SECRET}`, ...identityHeaders({ run: RUN, worker: 2, incarnation: 1, ...identity }) }
}

/** The HTTP status with which a dial is refused; 101 where it is not. */
function statusOf(address: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address, { headers })
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode!)
      socket.terminate()
    })
    socket.on('open', () => {
      resolve(101)
      socket.terminate()
    })
    socket.on('error', reject)
  })
}

/** Dials a worker as its peer would, sends one message and returns the bye frame with which the worker ends the link. */
async function answerTo(address: string, message: Uint8Array | string): Promise<ByeFrame> {
  for (;;) {
    const socket = new WebSocket(address, { headers: headersOf() })
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

const STRANGERS: readonly { who: string; headers: Record<string, string>; status: number }[] = [
  { who: 'without a secret', headers: identityHeaders({ run: RUN, worker: 2, incarnation: 1 }), status: 401 },
  { who: 'with a wrong secret', headers: { ...headersOf(), authorization: 'Bearer guess' }, status: 401 },
  { who: 'from a page in a browser', headers: { ...headersOf(), origin: 'http://localhost' }, status: 403 },
  { who: 'of another version', headers: { ...headersOf(), [VERSION_HEADER]: '999' }, status: 426 },
  { who: 'of another run', headers: headersOf({ run: 'another' }), status: 409 },
  { who: 'that was replaced', headers: headersOf({ incarnation: 0 }), status: 409 },
  { who: 'that there is not', headers: headersOf({ worker: 77 }), status: 409 },
  { who: 'that does not say who it is', headers: { ...headersOf(), [WORKER_HEADER]: 'two' }, status: 400 },
]

const NONSENSE: readonly { what: string; message: Uint8Array | string; code: ErrorCode; text: RegExp }[] = [
  { what: 'text', message: 'hello', code: 'BAD_FRAME', text: /text frame/ },
  { what: 'nothing', message: new Uint8Array(), code: 'BAD_FRAME', text: /empty/ },
  { what: 'an unknown kind', message: Buffer.of(99, 1, 2, 3), code: 'BAD_FRAME', text: /kind of frame 99/ },
  { what: 'half a pulse', message: Buffer.of(3, 0, 0), code: 'BAD_FRAME', text: /8 bytes/ },
  {
    what: 'what only a nimbus says',
    message: encodeFrame({ kind: 'control', message: { type: 'stop' } }),
    code: 'BAD_FRAME',
    text: /control frame/,
  },
  {
    what: 'tuples against the direction',
    message: encodeFrame({ kind: 'tuples', sequence: 1, body: Buffer.alloc(40, 7) }),
    code: 'BAD_FRAME',
    text: /other direction/,
  },
  { what: 'too much', message: Buffer.alloc(70_000, 1), code: 'FRAME_TOO_LARGE', text: /65536/ },
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
  t.teardown(() => run.nimbus.stopNow())
  await isRunning
  for (const door of [0, 1]) {
    const address = await run.addressOf(door)
    for (const { who, headers, status } of STRANGERS) t.is(await statusOf(address, headers), status, `${who}, ${door}`)
    t.is((await fetch(address.replace(/^ws/, 'http'))).status, 426)
  }
  t.is(await statusOf(await run.addressOf(0), headersOf()), 409, 'a worker that is there already')
  run.nimbus.activate()
  for (const { what, message, code, text } of NONSENSE) {
    const bye = await answerTo(await run.addressOf(1), message)
    t.is(bye.code, code, what)
    t.regex(bye.text, text)
  }
  const { status, roots } = await run.nimbus.done
  t.is(status, 'completed')
  t.is(roots.acked, COUNT)
  t.true(roots.failed.workerLost > 0, 'nothing was on the links that were cut off')
  t.deepEqual(lost, [])
  t.true(problems.includes('BAD_FRAME') && problems.includes('FRAME_TOO_LARGE'), problems.join(', '))
  t.true(run.nimbus.tally.latest.get(1)!.badFrames >= NONSENSE.length)
})
