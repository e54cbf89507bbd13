/**
 * The HTTP interface of a service: finds what is asked in the table, checks who asks and what comes with it, and has it
 * done. It listens on loopback unless told otherwise, asks for a token even there, for a machine has many users, and
 * answers no page of a browser that another server has sent.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { type Problem, TyphoonError, toProblem } from '../errors/typhoon-error.ts'
import { asFileTrouble } from '../identity/file-trouble.ts'
import { Guard } from '../net/guard.ts'
import { type ListenAddress, openServer, refuseUpgrade } from '../net/server.ts'
import type { AuditLine } from './audit.ts'
import { setCookie } from './browser/cookies.ts'
import { Followers, type Lines } from './browser/followers.ts'
import { type PageFiles, pageFiles, sendFile } from './browser/page-files.ts'
import { Sessions } from './browser/sessions.ts'
import { MOST_WATCHERS, Watchers } from './browser/watchers.ts'
import { ChangesUnderWay } from './changes-under-way.ts'
import { Download } from './download.ts'
import {
  type Answer,
  type Events,
  isStanding,
  type Operations,
  operationsOf,
  standingOperations,
} from './operations.ts'
import { readJson } from './read-json.ts'
import { Refused, refusalOf, statusOf } from './refusals.ts'
import { changeOf, type Matched, matched } from './requests.ts'
import { ROLES, type Route } from './route.ts'
import { TypedText } from './scraped.ts'
import type { Seen } from './seen.ts'
import { WithCookie } from './session-operations.ts'
import type { Bearer, Tokens } from './tokens.ts'
import { checkStill, missing, whoAsks } from './who-asks.ts'

/** The longest query that the table lets through fits, also where each of its characters is three bytes. */
const MAX_HEADER_BYTES = 32_768
const LINGER_MS = 200

/** What is asked while this nimbus leads. */
export interface Leading {
  readonly seen: Seen
  readonly tokens: Tokens
}

/** Keeps who has changed what. */
export interface AuditKept {
  add(line: AuditLine): void
  flushed(): Promise<void>
}

/** Where it listens, and what it serves. */
export interface ApiOptions extends ListenAddress {
  /** @throws NOT_LEADER where this nimbus does not lead (rejects) */
  leading(): Leading | Promise<Leading>
  now(): Date
  /** Where it is kept who has changed what. */
  readonly audit: AuditKept
  /** Of Typhoon. */
  readonly version: string
  onTrouble(problem: Problem): void
}

/** One that runs. */
export interface RunningApi {
  readonly url: string
  /** By which other hosts reach it. */
  readonly address: string
  /** Lets one browser in, once and at any time. @param holder see `Tokens` */
  makeCode(holder: string): string
  close(): Promise<void>
}

/** @throws PORT_TAKEN (rejects) */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const { audit, onTrouble, host = '127.0.0.1', tls } = options
  const files = await pageFiles()
  const net = await openServer({
    ...options,
    who: 'the HTTP interface',
    hint: 'another service may run: see typhoon list; or choose a port with --port',
    troubleCode: 'SERVICE_UNREACHABLE',
    maxHeaderBytes: MAX_HEADER_BYTES,
    onTrouble,
  })
  const isSecure = tls !== undefined
  const guard = new Guard({ host, token: undefined, tokenName: 'the token of the service', isSecure })
  const api = new Api({ ...options, files, guard, onLetIn: (socket) => net.door.admit(socket) })
  net.serve({
    request: (request, response) => {
      api.answer(request, response).catch((error: unknown) => {
        response.destroy()
        onTrouble(toProblem(error))
      })
    },
    upgrade: (_request, socket) => refuseUpgrade(socket, 404, 'there is no WebSocket here\n'),
  })
  return {
    url: net.url,
    address: net.address,
    makeCode: (holder) => api.makeCode(holder),
    async close() {
      api.close()
      await net.close(LINGER_MS)
      await audit.flushed()
    },
  }
}

interface ApiParts extends Pick<ApiOptions, 'leading' | 'now' | 'version' | 'audit'> {
  readonly files: PageFiles
  readonly guard: Guard
  onLetIn(socket: IncomingMessage['socket']): void
}

/** What was asked, as far as it is known, for the audit. */
interface Known {
  /** The address that it came from: its socket may be gone when it is answered. */
  readonly from: string
  bearer?: Bearer
  route?: Matched['route']
  topology?: string | undefined
  /** @throws where whoever has asked may not ask any more */
  check(): void
}

class Api {
  readonly #parts: ApiParts
  readonly #always
  #known: { readonly leading: Leading; readonly operations: Operations } | undefined
  readonly #followers = new Followers()
  readonly #sessions: Sessions
  readonly #changes = new ChangesUnderWay()
  readonly #watchers = new Watchers((error) => ({ problems: [toProblem(error)] }))

  constructor(parts: ApiParts) {
    this.#parts = parts
    this.#always = standingOperations(parts.version)
    this.#sessions = new Sessions(() => parts.now().getTime())
  }

  makeCode(holder: string): string {
    return this.#sessions.makeCode(holder, Number.POSITIVE_INFINITY)
  }

  /** Whoever follows logs or looks is let go. */
  close(): void {
    this.#watchers.close()
    this.#followers.close()
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {})
    request.on('error', () => {})
    const known: Known = { from: request.socket.remoteAddress ?? '', check() {} }
    try {
      if (this.#gaveFile(request, response)) return
      const answer = await this.#ask(request, response, known)
      this.#note(request, known, 200)
      this.#give(answer, request, response, known.check)
    } catch (thrown) {
      const error = asFileTrouble(thrown)
      const status = statusOf(error)
      this.#note(request, known, status, toProblem(error).code)
      refuse(request, response, status, error)
    }
  }

  /** The page itself, which everybody may have; a link to it may stand anywhere. */
  #gaveFile(request: IncomingMessage, response: ServerResponse): boolean {
    const { files, guard, onLetIn } = this.#parts
    const file = request.method === 'GET' ? files.get(request.url ?? '') : undefined
    if (file === undefined) return false
    const isLink = request.headers['sec-fetch-mode'] === 'navigate' && request.headers['sec-fetch-dest'] === 'document'
    const objection = guard.judge(isLink ? { host: request.headers.host } : request.headers)
    if (objection !== undefined) throw refusalOf(objection, request.headers.host)
    onLetIn(request.socket)
    sendFile(file, response)
    return true
  }

  async #ask(request: IncomingMessage, response: ServerResponse, known: Known): Promise<Answer> {
    const { guard, leading, onLetIn } = this.#parts
    const objection = guard.judge(request.headers)
    if (objection !== undefined) throw refusalOf(objection, request.headers.host)
    const asked = matched(request.method ?? '', request.url ?? '')
    const { route, path, query } = asked
    known.route = route
    known.topology = path['name']
    if (isStanding(route.id)) {
      onLetIn(request.socket)
      return this.#always[route.id]()
    }
    const led = await leading()
    const who = whoAsks(request, led.tokens, this.#sessions)
    const { by, session } = who
    if (route.role !== undefined) {
      if (by === undefined || by === 'expired') throw refusalOf(by ?? missing(request))
      known.bearer = by
      known.check = () => checkStill(who, led.tokens, this.#sessions)
      if (ROLES.indexOf(by.role) < ROLES.indexOf(route.role)) throw notAllowed(by, route)
    }
    onLetIn(request.socket)
    if (route.answer === 'events' && this.#watchers.count >= MOST_WATCHERS) throw tooManyWatch()
    const body = route.body === undefined || route.body === 'bytes' ? undefined : await readJson(request, route.body)
    const content = contentOf(request)
    const change = changeOf(request, asked, body)
    const gone = goneOf(response)
    const whoever = { gone, by: by === 'expired' ? undefined : by, session, request: change }
    const operation = this.#operationsOf(led)[route.id]
    return this.#changes.during(change, () =>
      operation({ path, query, body, accept: request.headers.accept ?? '', content, ...whoever }),
    )
  }

  #operationsOf(leading: Leading): Operations {
    if (this.#known?.leading !== leading) {
      const parts = { ...leading, sessions: this.#sessions, version: this.#parts.version }
      this.#known = { leading, operations: operationsOf(parts) }
    }
    return this.#known.operations
  }

  #note({ method }: IncomingMessage, { from, bearer, route, topology }: Known, status: number, code?: string): void {
    if (route === undefined || bearer === undefined || (method === 'GET' && route.isNoted !== true)) return
    this.#parts.audit.add({
      time: this.#parts.now().toISOString(),
      ...{ by: bearer.name, from, operation: route.id, status },
      ...(topology === undefined ? {} : { topology }),
      ...(code === undefined ? {} : { code }),
    })
  }

  /** @param check see `Known` */
  #give(answer: Answer, request: IncomingMessage, response: ServerResponse, check: () => void): void {
    if (typeof answer === 'string') send(response, 200, 'text/plain; charset=utf-8', answer)
    else if (answer instanceof TypedText) send(response, 200, answer.type, answer.text)
    else if (answer instanceof Download) void answer.send(response, HEADERS)
    else if (isLines(answer)) this.#followers.add(answer, { request, response }, HEADERS, check)
    else if (isEvents(answer)) this.#giveEvents(answer, request, response, check)
    else if (answer instanceof WithCookie) {
      response.setHeader('set-cookie', setCookie(request, answer.cookie))
      send(response, 200, JSON_TYPE, `${JSON.stringify(answer.body)}\n`)
    } else send(response, 200, JSON_TYPE, `${JSON.stringify(answer)}\n`)
  }

  #giveEvents({ look }: Events, request: IncomingMessage, response: ServerResponse, check: () => void): void {
    request.socket.setTimeout(0)
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' })
    this.#watchers.add(response, look, check)
  }
}

const JSON_TYPE = 'application/json; charset=utf-8'
const HEADERS = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'x-frame-options': 'DENY' }

function isLines(answer: object): answer is Lines {
  return Object.hasOwn(answer, 'entries')
}

function isEvents(answer: object): answer is Events {
  return Object.hasOwn(answer, 'look')
}

/** Aborted when whoever has asked is gone, or has all of the answer. */
function goneOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  return gone.signal
}

/** What is sent; whoever does not read it to its end can be answered all the same. */
function contentOf(request: IncomingMessage): Readable {
  return Readable.from(request.iterator({ destroyOnReturn: false }))
}

/** The rest of a body that is not wanted would be taken for the next request: the connection ends. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, error: unknown): void {
  if (!request.complete) response.setHeader('connection', 'close')
  if (status === 401) response.setHeader('www-authenticate', 'Bearer')
  if (error instanceof Refused && error.allow !== undefined) response.setHeader('allow', error.allow)
  const problems = error instanceof TyphoonError ? error.problems : [toProblem(error)]
  const leader = error instanceof Refused ? error.leader : undefined
  send(response, status, JSON_TYPE, `${JSON.stringify({ problems, leader })}\n`)
  request.resume()
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...HEADERS, 'content-type': type, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

function tooManyWatch(): Refused {
  return new Refused('REFUSED', `${MOST_WATCHERS} pages look already`, 503, { hint: 'close one of them' })
}

function notAllowed({ name, role }: Bearer, route: Route): TyphoonError {
  const message = `the token "${name}" may ${role}, and this takes the role ${route.role}`
  return new Refused('SERVICE_UNAUTHORIZED', message, 403, { hint: 'ask with another token: --token-file FILE' })
}
