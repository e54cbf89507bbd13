/**
 * Starts the DRPC server of a run: one port for clients over HTTP and WebSocket, and for the workers of the run, who
 * know a secret that is made here, is handed to them over their stdin, and never goes over the wire.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { messageOf, type Problem, type ResolvedConfig } from '../../index.ts'
import { ByteBudget } from '../../net/budget.ts'
import { Challenger } from '../../net/challenge.ts'
import { descriptorLimit, isOutOfDescriptors, outOfDescriptors } from '../../net/descriptors.ts'
import { Door } from '../../net/door.ts'
import { bind, refuseUpgrade } from '../../net/listen.ts'
import { isLoopback } from '../../net/loopback.ts'
import { newSecret } from '../../net/proof.ts'
import { realClock } from '../../util/real-clock.ts'
import { DRPC_RESOURCE, type WorkerDoor } from '../protocol/invocations.ts'
import { bodyOf, CLIENT_PATH, INVOCATIONS_PATH, JSON_GROWTH, MESSAGE_HEAD } from '../protocol/messages.ts'
import { DrpcServer } from './drpc-server.ts'
import { Guard, type Refusal, refusal } from './guard.ts'
import { HttpFace } from './http-face.ts'
import { InvocationsHub } from './invocations-hub.ts'
import { clientSockets, workerSockets } from './sockets.ts'

/** What is needed of the configuration. */
export type DrpcConfig = Pick<
  ResolvedConfig,
  | 'drpc.host'
  | 'drpc.http.port'
  | 'drpc.token'
  | 'drpc.request.timeout.secs'
  | 'drpc.queue.size'
  | 'drpc.max.request.bytes'
>

/** A server that runs. */
export interface RunningDrpc {
  /** For clients: `http://127.0.0.1:3774`. */
  readonly url: string
  /** Resources that the workers of the run begin with. */
  readonly resources: { readonly [DRPC_RESOURCE]: WorkerDoor }
  /**
   * The token that was made, because the server can be reached from elsewhere and none was configured: tell it, once.
   */
  readonly madeToken: string | undefined
  readonly server: DrpcServer
  /** Takes no more requests; those that no task has taken end with DRPC_SHUTDOWN. */
  drain(): void
  /** Every request that has not ended ends with DRPC_SHUTDOWN, and the port is free. */
  close(): Promise<void>
}

/** Time for a client to send its request. */
const PATIENCE_MS = 10_000
/** Half of the descriptors at most: the rest is for what the run itself needs. */
const MOST_CONNECTIONS = 4096
/** Connections that have sent no request that was let in. */
const MOST_STRANGERS = 256
/** Of requests that have not come whole, of all clients together. */
const UNREAD_BYTES = 64 * 1024 * 1024
/** For the last answers to leave. */
const LINGER_MS = 200

/**
 * Starts the server for these functions.
 * @param onTrouble connections cannot be accepted for now @throws PORT_TAKEN, BAD_CONFIG (rejects)
 */
export async function startDrpc(
  config: DrpcConfig,
  functions: readonly string[],
  onTrouble: (problem: Problem) => void = () => {},
): Promise<RunningDrpc> {
  const host = config['drpc.host']
  const maxBytes = config['drpc.max.request.bytes']
  const madeToken = config['drpc.token'] === null && !isLoopback(host) ? newSecret() : undefined
  const server = new DrpcServer({
    clock: realClock,
    timeoutMs: config['drpc.request.timeout.secs'] * 1000,
    queueSize: config['drpc.queue.size'],
    functions,
  })
  const guard = new Guard(host, config['drpc.token'] ?? madeToken ?? null)
  const unread = new ByteBudget(Math.max(UNREAD_BYTES, 2 * (maxBytes * JSON_GROWTH + MESSAGE_HEAD)))
  const hub = new InvocationsHub(server)
  const clients = clientSockets(server, maxBytes, unread)
  const workers = workerSockets(hub)
  const http = makeHttpServer()
  const door = new Door(http, { strangers: shareOfDescriptors(10, MOST_STRANGERS), patienceMs: PATIENCE_MS })
  const port = await bind(http, { host, port: config['drpc.http.port'], ...WHO }, (error) =>
    onTrouble(troubleOf(error)),
  )
  const forWorkers: WorkerDoor = { url: urlOf(reachable(host), port), secret: newSecret() }
  const challenger = new Challenger({ secret: forWorkers.secret, claims: [] }, forWorkers.url, {})
  const face = new HttpFace(server, guard, { maxBytes, unread, onLetIn: (socket) => door.admit(socket) })
  http.on('request', (request, response) => {
    if (request.url === INVOCATIONS_PATH && challenger.challenge(request, response)) door.heard(request.socket)
    else face.handle(request, response)
  })
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const kind = request.url === CLIENT_PATH ? clients : workers
    const refused = kind === clients ? guard.judge(request.headers) : judgeWorker(request, socket, challenger)
    if (refused !== undefined)
      return refuseUpgrade(socket, refused.status, JSON.stringify(bodyOf(refused.error)), 'application/json')
    door.admit(socket)
    kind.upgrade(request, socket, head)
  })
  return {
    url: urlOf(host, port),
    resources: { [DRPC_RESOURCE]: forWorkers },
    madeToken,
    server,
    drain: () => server.drain(),
    async close() {
      server.shutdown()
      hub.close()
      for (const sockets of [clients, workers]) sockets.close()
      await closeHttp(http)
    },
  }
}

const WHO = { who: 'the DRPC server', hint: 'set drpc.http.port; with 0 it takes a free one' }

function makeHttpServer(): Server {
  const limits = { headersTimeout: PATIENCE_MS, requestTimeout: 3 * PATIENCE_MS, connectionsCheckingInterval: 1000 }
  const http = createServer({ ...limits, maxHeaderSize: 16_384 + 4096, noDelay: true })
  http.maxConnections = shareOfDescriptors(2, MOST_CONNECTIONS)
  http.keepAliveTimeout = 60_000
  return http
}

/** One in so many of the descriptors of this process, and no more than `most`. */
function shareOfDescriptors(oneIn: number, most: number): number {
  return Math.min(most, Math.ceil(descriptorLimit() / oneIn))
}

function troubleOf(error: Error): Problem {
  const what = 'the DRPC server could not accept a connection'
  if (isOutOfDescriptors(error)) return outOfDescriptors(what)
  return { code: 'DRPC_UNREACHABLE', message: `${what}: ${messageOf(error)}`, where: {} }
}

/** Why something that is not a client gets no WebSocket. */
function judgeWorker(request: IncomingMessage, socket: Duplex, challenger: Challenger): Refusal | undefined {
  if (request.url !== INVOCATIONS_PATH) return refusal(404, 'DRPC_BAD_REQUEST', 'there is no WebSocket here')
  if (challenger.admits(request, socket)) return undefined
  return refusal(401, 'DRPC_UNAUTHORIZED', 'this is for workers of the run alone')
}

/** The last answers leave; then whoever still holds a connection loses it. */
function closeHttp(http: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => http.closeAllConnections(), LINGER_MS)
    http.close(() => {
      clearTimeout(timer)
      resolve()
    })
    http.closeIdleConnections()
  })
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** What this machine dials to reach a server that listens on every address. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}
