/**
 * The port of a nimbus for the hosts of its cluster, over TLS 1.3 with certificates of its authority. Who shows none
 * may ask for one alone, with a token; whoever shows that of a supervisor gets the code of topologies, and a link;
 * another nimbus gets the code, too.
 */
import { createReadStream } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { BlobDirectory } from '../../bundle/blobs.ts'
import { isDigest } from '../../bundle/manifest.ts'
import { type Problem, TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import { readWhole } from '../../net/read-whole.ts'
import { openServer, refuseUpgrade } from '../../net/server.ts'
import { commonNameOf } from '../../net/tls.ts'
import { type WebSocket, WebSockets } from '../../net/websocket.ts'
import { list, object, type Shape, type Shaped, text, whole } from '../../shape/guards.ts'
import type { Clock } from '../../util/time/clock.ts'
import type { CodeCopies } from '../copies/code-copies.ts'
import { readTaken } from '../copies/copy-messages.ts'
import { HOST_HEADER, MOST_MESSAGE_BYTES, PATHS, PROCESS_HEADER, readFromSupervisor } from '../messages.ts'
import { type Authority, type Credentials, type Holder, holderOf, isProcessName } from '../trust/authority.ts'
import { checkJoinToken } from '../trust/join-token.ts'
import { checkReachedBy } from '../trust/reached-by.ts'
import { versionObjection } from '../versions.ts'
import type { Host } from './host.ts'
import type { Hosts } from './hosts.ts'

/** Where it listens, and what it serves. */
export interface ClusterServerOptions {
  readonly host: string
  readonly port: number
  /** Names and addresses by which hosts reach it. */
  readonly reachedBy: readonly string[]
  /** Of this nimbus. */
  readonly name: string
  /** Of Typhoon. */
  readonly version: string
  readonly authority: Authority
  readonly hosts: Hosts
  readonly blobs: BlobDirectory
  readonly copies: CodeCopies
  readonly clock: Clock
  readonly now: () => Date
  onTrouble(problem: Problem): void
}

/** One that runs. */
export interface ClusterServer {
  /** `https://10.0.0.1:6628` */
  readonly address: string
  close(): Promise<void>
}

const MAX_HEADER_BYTES = 16_384
const MOST_BODY_BYTES = 32_768
const LINGER_MS = 200
/** Certificates count for so long; they are made anew long before that. */
const SUPERVISOR_DAYS = 7
const NIMBUS_DAYS = 30
const DAY_MS = 24 * 60 * 60 * 1000

/** Names of hosts, and addresses: nothing that stands for others. */
const hostName: Shape<string> = (given): given is string => typeof given === 'string' && /^[\w.:-]{1,255}$/.test(given)
const names = list(hostName)
const joining = object({ name: text(100), hosts: names, expires: whole(), seal: text(100) })
const renewing = object({ hosts: names })

/** @throws PORT_TAKEN (rejects) */
export async function startClusterServer(options: ClusterServerOptions): Promise<ClusterServer> {
  const { authority, name, reachedBy, hosts, clock, onTrouble } = options
  const issue = (): Promise<Credentials> =>
    authority.issue({ role: 'nimbus', name, hosts: reachedBy, days: NIMBUS_DAYS })
  const net = await openServer({
    ...{ host: options.host, port: options.port, advertised: reachedBy[0], tls: await issue(), admitsUnknown: true },
    who: 'the port for hosts',
    hint: 'choose another one with --cluster-port',
    troubleCode: 'SERVICE_UNREACHABLE',
    maxHeaderBytes: MAX_HEADER_BYTES,
    onTrouble,
  })
  const sockets = new WebSockets<Peer>({ maxMessageBytes: MOST_MESSAGE_BYTES }, (socket, peer) =>
    receive(socket, peer, hosts, onTrouble),
  )
  const port = new ClusterPort(options)
  /** The processes that were refused for their version, by the names of their hosts. */
  const misfits = new Map<string, string>()
  net.serve({
    request(request, response) {
      if (holderIn(request) !== undefined) net.door.admit(request.socket)
      void port.answer(request, response).catch((error: unknown) => refuse(response, error))
    },
    upgrade(request, socket, head) {
      const supervisor = supervisorIn(request)
      if (supervisor === undefined || request.url !== PATHS.supervisor)
        return refuseUpgrade(socket, 403, 'a supervisor of the cluster may come in here, with its certificate')
      const process = String(request.headers[PROCESS_HEADER] ?? '')
      const misfit = versionObjection(supervisor, request.headers, options.version)
      if (misfit !== undefined) {
        // It comes again and again.
        if (misfits.get(supervisor) !== process) onTrouble(misfit)
        misfits.set(supervisor, process)
        return refuseUpgrade(socket, 426, misfit.message)
      }
      const checkReached = (reachedBy: string): void => checkReachedBy(supervisor, [reachedBy], request.socket)
      const problem = hosts.objection(supervisor, process) ?? foreignIn(request, checkReached)
      if (problem !== undefined) return refuseUpgrade(socket, 409, inOneLine(problem))
      net.door.admit(socket)
      sockets.upgrade(request, socket, head, { name: supervisor, process, checkReached })
    },
  })
  let cancel = (): void => {}
  const renew = async (): Promise<void> => {
    cancel = clock.after((NIMBUS_DAYS * DAY_MS) / 4, () => void renew())
    await issue()
      .then((credentials) => net.renew(credentials))
      .catch((error: unknown) => onTrouble(toProblem(error)))
  }
  cancel = clock.after((NIMBUS_DAYS * DAY_MS) / 4, () => void renew())
  return {
    address: net.address,
    async close() {
      cancel()
      sockets.close()
      await net.close(LINGER_MS)
    },
  }
}

/** A supervisor, and which process it is. */
interface Peer {
  readonly name: string
  readonly process: string
  /** @throws JOIN_REFUSED where it may not be reached by this */
  checkReached(host: string): void
}

/** What is asked over HTTP. */
class ClusterPort {
  readonly #options: ClusterServerOptions

  constructor(options: ClusterServerOptions) {
    this.#options = options
  }

  /** @throws TyphoonError what to refuse (rejects) */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request
    if (method === 'POST' && url === PATHS.join) return give(response, await this.#join(await bodyOf(request)))
    const holder = holderIn(request)
    if (holder === undefined || holder.role === 'worker')
      throw new TyphoonError('SERVICE_UNAUTHORIZED', 'this needs the certificate of a supervisor of the cluster')
    if (method === 'POST' && url === PATHS.renew && holder.role === 'supervisor')
      return give(response, await this.#renew(holder.name, await bodyOf(request), request.socket))
    if (holder.role === 'nimbus') this.#options.copies.heard(holder.name)
    if (method === 'POST' && url === PATHS.copies && holder.role === 'nimbus')
      return give(response, await this.#tell(holder.name, await bodyOf(request), response))
    const digest = url.startsWith(PATHS.blob) ? url.slice(PATHS.blob.length) : ''
    if (method === 'POST' && isDigest(digest)) {
      await this.#options.copies.take(digest, request)
      return give(response, {})
    }
    if (method !== 'GET' || !isDigest(digest)) throw new TyphoonError('SERVICE_BAD_REQUEST', 'there is nothing here')
    await this.#giveBlob(digest, response)
  }

  async #join(body: unknown): Promise<Credentials> {
    const { authority, hosts, now } = this.#options
    if (!joining(body) || !isProcessName(body.name))
      throw new TyphoonError('SERVICE_BAD_REQUEST', 'what asks to join does not say who it is')
    checkJoinToken(body, authority, now())
    const problem = hosts.objection(body.name)
    if (problem !== undefined) throw new TyphoonError(problem.code, problem.message, { hint: problem.hint! })
    return this.#issue(body.name, body)
  }

  /** What is not its own yet takes a token. */
  async #renew(supervisor: string, body: unknown, socket: Duplex): Promise<Credentials> {
    if (!renewing(body)) throw new TyphoonError('SERVICE_BAD_REQUEST', 'it does not say by which names it is reached')
    checkReachedBy(supervisor, body.hosts, socket)
    return this.#issue(supervisor, body)
  }

  /** What a nimbus that stands by is to have; it is let wait. */
  async #tell(nimbus: string, body: unknown, response: ServerResponse): Promise<object> {
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    return this.#options.copies.ask(nimbus, readTaken(body), gone.signal)
  }

  #issue(name: string, { hosts }: Shaped<typeof renewing>): Promise<Credentials> {
    return this.#options.authority.issue({ role: 'supervisor', name, hosts, days: SUPERVISOR_DAYS })
  }

  async #giveBlob(digest: string, response: ServerResponse): Promise<void> {
    const { blobs } = this.#options
    if (!(await blobs.has(digest))) throw new TyphoonError('BAD_BUNDLE', `there is no content ${digest}`)
    response.writeHead(200, { 'content-type': 'application/octet-stream' })
    await pipeline(createReadStream(blobs.pathOf(digest)), response)
  }
}

/** A supervisor has opened a link: what it says first is what it offers. */
function receive(
  socket: WebSocket,
  { name, process, checkReached }: Peer,
  hosts: Hosts,
  onTrouble: (problem: Problem) => void,
): void {
  let host: Host | undefined
  socket.on('message', (data: Buffer) => {
    try {
      const message = readFromSupervisor(data)
      if (host !== undefined) hosts.heard(host, message)
      else if (message.type === 'hello') {
        // Another one of its name may have come since it was let in.
        const problem = hosts.objection(name, process)
        if (problem !== undefined) throw new TyphoonError(problem.code, problem.message, problem)
        checkReached(message.host)
        host = hosts.came(name, message, socket, process)
      }
    } catch (error) {
      onTrouble(toProblem(error))
      socket.terminate()
    }
  })
  socket.on('close', () => {
    if (host !== undefined) hosts.left(host, socket)
  })
}

function holderIn({ socket }: { readonly socket: Duplex }): Holder | undefined {
  return holderOf(commonNameOf(socket))
}

function supervisorIn(request: { readonly socket: Duplex }): string | undefined {
  const holder = holderIn(request)
  return holder?.role === 'supervisor' ? holder.name : undefined
}

/** Why a host may not be reached by what it says. One that does not say it here says it later. */
function foreignIn({ headers }: IncomingMessage, check: (host: string) => void): Problem | undefined {
  const said = headers[HOST_HEADER]
  try {
    if (typeof said === 'string') check(said)
    return undefined
  } catch (error) {
    return toProblem(error)
  }
}

function inOneLine({ message, hint }: Problem): string {
  return hint === undefined ? message : `${message}: ${hint}`
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const tooLong = (): Error => new TyphoonError('SERVICE_BAD_REQUEST', 'the request is too long')
  const body = await readWhole(request, MOST_BODY_BYTES, tooLong)
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

function give(response: ServerResponse, answer: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const problem = toProblem(error)
  const status = problem.code === 'SERVICE_UNAUTHORIZED' || problem.code === 'JOIN_REFUSED' ? 403 : 400
  response
    .writeHead(status, { 'content-type': 'application/json', connection: 'close' })
    .end(JSON.stringify({ problems: [problem] }))
}
