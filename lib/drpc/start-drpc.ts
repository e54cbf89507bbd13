/**
 * Starts the DRPC server of a run: one port for clients over HTTP and WebSocket, and for the workers of the run, who know a secret that is made here
 * and leaves this process in their environment alone.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { messageOf, type ResolvedConfig, type Topology, TyphoonError } from '../index.ts'
import { realClock } from '../util/real-clock.ts'
import { DrpcServer } from './drpc-server.ts'
import { digest, Guard, isLoopback, type Refusal, refusal, showsSecret } from './face/guard.ts'
import { HttpFace } from './face/http-face.ts'
import { InvocationsHub } from './face/invocations-hub.ts'
import { clientSockets, type Sockets, workerSockets } from './face/sockets.ts'
import { DRPC_SECRET_VARIABLE, DRPC_URL_VARIABLE } from './invocations-of.ts'
import { bodyOf, CLIENT_PATH, INVOCATIONS_PATH } from './messages.ts'
import { FUNCTION_KEY } from './request-spout.ts'

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
  /** For the environment of the workers. */
  readonly env: Readonly<Record<string, string>>
  /** The token that was made, because the server can be reached from elsewhere and none was configured: tell it, once. */
  readonly madeToken: string | undefined
  readonly server: DrpcServer
  /** Takes no more requests; those that no task has taken end with DRPC_SHUTDOWN. */
  drain(): void
  /** Every request that has not ended ends with DRPC_SHUTDOWN, and the port is free. */
  close(): Promise<void>
}

/** Time for a client to send its request. */
const PATIENCE_MS = 10_000
const MOST_CONNECTIONS = 4096
/** For the last answers to leave. */
const LINGER_MS = 200

/** The functions that a topology serves: what the configuration of its components says. */
export function functionsOf(topology: Topology): string[] {
  const named = Object.values(topology.components).map(({ config }) => config[FUNCTION_KEY])
  return [...new Set(named.filter((name) => typeof name === 'string'))].sort()
}

/** Starts the server for these functions. @throws PORT_TAKEN (rejects) */
export async function startDrpc(config: DrpcConfig, functions: readonly string[]): Promise<RunningDrpc> {
  const host = config['drpc.host']
  const madeToken = config['drpc.token'] === null && !isLoopback(host) ? newSecret() : undefined
  const server = new DrpcServer({
    clock: realClock,
    timeoutMs: config['drpc.request.timeout.secs'] * 1000,
    queueSize: config['drpc.queue.size'],
    functions,
  })
  const guard = new Guard(host, config['drpc.token'] ?? madeToken ?? null)
  const secret = newSecret()
  const hub = new InvocationsHub(server)
  const clients = clientSockets(server, config['drpc.max.request.bytes'])
  const workers = workerSockets(hub)
  const http = makeHttpServer(new HttpFace(server, guard, config['drpc.max.request.bytes']))
  http.on('upgrade', upgrading(guard, digest(secret), clients, workers))
  const port = await listen(http, host, config['drpc.http.port'])
  return {
    url: urlOf(host, port),
    env: { [DRPC_URL_VARIABLE]: urlOf(reachable(host), port), [DRPC_SECRET_VARIABLE]: secret },
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

function makeHttpServer(face: HttpFace): Server {
  const limits = { headersTimeout: PATIENCE_MS, requestTimeout: 3 * PATIENCE_MS, connectionsCheckingInterval: 1000 }
  const http = createServer({ ...limits, maxHeaderSize: 16_384 + 4096, noDelay: true }, (request, response) =>
    face.handle(request, response),
  )
  http.maxConnections = MOST_CONNECTIONS
  http.keepAliveTimeout = 60_000
  return http
}

/** Judges who wants a WebSocket, and which. */
function upgrading(
  guard: Guard,
  secret: Buffer,
  clients: Sockets,
  workers: Sockets,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    const { url, headers } = request
    let refused: Refusal | undefined
    if (url === CLIENT_PATH) refused = guard.judge(headers)
    else if (url !== INVOCATIONS_PATH) refused = refusal(404, 'DRPC_BAD_REQUEST', 'there is no WebSocket here')
    else if (!showsSecret(headers, secret))
      refused = refusal(401, 'DRPC_UNAUTHORIZED', 'this is for workers of the run alone')
    if (refused !== undefined) refuse(socket, refused)
    else if (url === CLIENT_PATH) clients.upgrade(request, socket, head)
    else workers.upgrade(request, socket, head)
  }
}

function refuse(socket: Duplex, { status, error }: Refusal): void {
  const text = JSON.stringify(bodyOf(error))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(text)}`,
  ]
  socket.once('finish', () => socket.destroy())
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
}

function listen(http: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'another program listens there' : messageOf(cause)
      const message = `the DRPC server cannot listen on ${host}, port ${port}: ${why}`
      reject(new TyphoonError('PORT_TAKEN', message, { cause, hint: 'set drpc.http.port; with 0 it takes a free one' }))
    })
    http.listen(port, host, () => resolve((http.address() as AddressInfo).port))
  })
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

function newSecret(): string {
  return randomBytes(24).toString('base64url')
}
