/**
 * Starts the DRPC server of a run: one port for clients over HTTP and WebSocket, and for the workers of the run, who
 * know a secret that is made here, is handed to them over their stdin, and never goes over the wire.
 *
 * Where the workers are on other hosts, they come to another port, over TLS and with a certificate of the cluster. So
 * do clients of those hosts, through a port of their own host's loopback that a supervisor opens: whoever names another
 * host is a page of a browser, and refused.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { shareOfDescriptors } from '../../identity/descriptors.ts'
import type { Problem, ResolvedConfig } from '../../index.ts'
import { ByteBudget } from '../../net/budget.ts'
import { Challenger } from '../../net/challenge.ts'
import { Guard } from '../../net/guard.ts'
import { isLoopback, LOOPBACK } from '../../net/loopback.ts'
import { newSecret } from '../../net/proof.ts'
import { type ListenAddress, type NetServer, openServer, refuseUpgrade } from '../../net/server.ts'
import type { WebSockets } from '../../net/websocket.ts'
import { realClock } from '../../util/time/real-clock.ts'
import { DRPC_RESOURCE, type WorkerDoor } from '../protocol/invocations.ts'
import { bodyOf, CLIENT_PATH, INVOCATIONS_PATH, JSON_GROWTH, MESSAGE_HEAD } from '../protocol/messages.ts'
import { DrpcServer } from './drpc-server.ts'
import { HttpFace } from './http-face.ts'
import { InvocationsHub } from './invocations-hub.ts'
import { type Refusal, refusal, refusalFor } from './refusal.ts'
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
  /** The address for clients: `http://127.0.0.1:3774`. */
  readonly url: string
  /** Where workers and clients of other hosts come, over TLS: `https://10.0.0.1:40123`; undefined without such. */
  readonly elsewhere: string | undefined
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

/** Half of the descriptors at most: the rest is for what the run itself needs. */
const MOST_CONNECTIONS = 4096
/** Arguments may stand in the path. */
const MAX_HEADER_BYTES = 16_384 + 4096
/** The most bytes of requests that have come in part, of all clients together. */
const UNREAD_BYTES = 64 * 1024 * 1024
/**
 * On several hosts: until then the supervisor of this host, which has led clients of the port elsewhere, has heard that
 * it is to give the port up, and so has a nimbus that led before.
 */
const HANDOVER_MS = 5000
/** Of the name of a server: 48 random bits. */
const NAME_LENGTH = 8
/** The time that the last answers have to leave. */
const LINGER_MS = 200

/**
 * Starts the server for these functions.
 * @param onTrouble connections cannot be accepted for now
 * @param elsewhere where workers and clients of other hosts come, with the certificate to show them
 * @throws PORT_TAKEN, BAD_CONFIG (rejects)
 */
export async function startDrpc(
  config: DrpcConfig,
  functions: readonly string[],
  onTrouble: (problem: Problem) => void = () => {},
  elsewhere?: Omit<ListenAddress, 'port'>,
): Promise<RunningDrpc> {
  const host = config['drpc.host']
  const madeToken = config['drpc.token'] === null && !isLoopback(host) ? newSecret() : undefined
  const token = config['drpc.token'] ?? madeToken
  const guards = { own: guardOf(host, token), remote: guardOf(LOOPBACK, token) }
  const server = new DrpcServer({
    clock: realClock,
    timeoutMs: config['drpc.request.timeout.secs'] * 1000,
    queueSize: config['drpc.queue.size'],
    functions,
    name: `${newSecret().slice(0, NAME_LENGTH)}-`,
  })
  const hub = new InvocationsHub(server)
  const parts = partsOf(server, hub, config['drpc.max.request.bytes'])
  const port = config['drpc.http.port']
  const own = await open({ host, port }, onTrouble, elsewhere === undefined ? 0 : HANDOVER_MS)
  const remote = elsewhere === undefined ? undefined : await openOther(own, elsewhere, onTrouble)
  const forWorkers: WorkerDoor = { url: (remote ?? own).address, secret: newSecret() }
  const challenger = new Challenger({ secret: forWorkers.secret, claims: [] }, forWorkers.url, {})
  serve(own, guards.own, remote === undefined ? challenger : undefined, parts)
  if (remote !== undefined) serve(remote, guards.remote, challenger, parts)
  return {
    url: own.url,
    elsewhere: remote?.address,
    resources: { [DRPC_RESOURCE]: forWorkers },
    madeToken,
    server,
    drain: () => server.drain(),
    async close() {
      server.shutdown()
      hub.close()
      for (const sockets of [parts.clients, parts.workers]) sockets.close()
      await Promise.all([own.close(LINGER_MS), remote?.close(LINGER_MS)])
    },
  }
}

/** What answers, whichever port is asked. */
interface Parts {
  readonly server: DrpcServer
  readonly maxBytes: number
  readonly unread: ByteBudget
  readonly clients: WebSockets
  readonly workers: WebSockets
}

function partsOf(server: DrpcServer, hub: InvocationsHub, maxBytes: number): Parts {
  const unread = new ByteBudget(Math.max(UNREAD_BYTES, 2 * (maxBytes * JSON_GROWTH + MESSAGE_HEAD)))
  return { server, maxBytes, unread, clients: clientSockets(server, maxBytes, unread), workers: workerSockets(hub) }
}

function guardOf(host: string, token: string | undefined): Guard {
  return new Guard({ host, token, tokenName: 'drpc.token' })
}

function open(address: ListenAddress, onTrouble: (problem: Problem) => void, waitsMs = 0): Promise<NetServer> {
  return openServer({
    ...{ ...address, waitsMs },
    who: 'the DRPC server',
    hint: 'set drpc.http.port; with 0 it takes a free one',
    troubleCode: 'DRPC_UNREACHABLE',
    maxHeaderBytes: MAX_HEADER_BYTES,
    maxConnections: shareOfDescriptors(2, MOST_CONNECTIONS),
    onTrouble,
  })
}

/** Where there can be no second port, the first is free again. */
async function openOther(
  first: NetServer,
  address: ListenAddress,
  onTrouble: (problem: Problem) => void,
): Promise<NetServer> {
  try {
    return await open(address, onTrouble)
  } catch (error) {
    first.stop()
    throw error
  }
}

/** @param challenger of workers, where they come to this port */
function serve(net: NetServer, guard: Guard, challenger: Challenger | undefined, parts: Parts): void {
  const { server, maxBytes, unread, clients, workers } = parts
  const face = new HttpFace(server, guard, { maxBytes, unread, onLetIn: (socket) => net.door.admit(socket) })
  net.serve({
    request(request, response) {
      if (request.url === INVOCATIONS_PATH && challenger?.challenge(request, response) === true)
        net.door.heard(request.socket)
      else face.handle(request, response)
    },
    upgrade(request, socket, head) {
      const isClient = request.url === CLIENT_PATH
      const refused = isClient ? judgeClient(request, guard) : judgeWorker(request, socket, challenger)
      if (refused !== undefined)
        return refuseUpgrade(socket, refused.status, JSON.stringify(bodyOf(refused.error)), 'application/json')
      net.door.admit(socket)
      const sockets = isClient ? clients : workers
      sockets.upgrade(request, socket, head)
    },
  })
}

function judgeClient({ headers }: IncomingMessage, guard: Guard): Refusal | undefined {
  const objection = guard.judge(headers)
  return objection === undefined ? undefined : refusalFor(objection, headers.host)
}

/** Why something that is not a client gets no WebSocket. */
function judgeWorker(
  request: IncomingMessage,
  socket: Duplex,
  challenger: Challenger | undefined,
): Refusal | undefined {
  if (request.url !== INVOCATIONS_PATH) return refusal(404, 'DRPC_BAD_REQUEST', 'there is no WebSocket here')
  if (challenger?.admits(request, socket) === true) return undefined
  return refusal(401, 'DRPC_UNAUTHORIZED', 'only workers of the run may connect here')
}
