/** Asks a service over HTTP. What it refuses is thrown with the code, the place and the hint that the service gives. */
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { Route } from '../api/route.ts'
import { type Operation, ROUTES } from '../api/routes.ts'
import type { ClusterView, HostView, TopologyView } from '../api/schemas.ts'
import { type CollectedBundle, firstBytes } from '../bundle/collect.ts'
import { DefinitionError, messageOf, type Problem, TyphoonError } from '../errors/typhoon-error.ts'
import type { LogEntry } from '../nimbus/logs/log-entry.ts'
import type { RunMetrics, RunReport } from '../run/index.ts'
import { object, text } from '../shape/guards.ts'
import type { ServiceSettings } from './settings.ts'

/** What goes with a request. */
interface Sent {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: unknown
  /** Sent as it is. */
  readonly content?: Readable
}

/** What is submitted beside the code. */
export interface SubmitOptions {
  readonly variables: Readonly<Record<string, string>>
  readonly aliases: Readonly<Record<string, string>>
  readonly config: Readonly<Record<string, unknown>>
  /** What it kept before is removed first. */
  readonly fresh: boolean
  /** It begins though its snapshot holds what nothing in it takes any more. */
  readonly allowDroppedState: boolean
}

/** How far the sending of a bundle is. */
export type OnSent = (sentBytes: number, allBytes: number) => void

/** One topology, with what it has counted. */
export interface TopologyStatusView {
  readonly topology: TopologyView
  readonly metrics?: RunMetrics
  readonly report?: RunReport
}

/** Whose a token is, and what it may. */
export interface TokenView {
  readonly name: string
  readonly role: string
  readonly expires?: string
}

/** An error, and when it was. */
export interface TimedProblemView {
  readonly time: string
  readonly worker: number
  readonly problem: Problem
}

/** A level at which components log, in place of that of the configuration. */
export interface LevelView {
  readonly level: string
  /** All others unless named. */
  readonly component?: string
  /** ISO 8601, in UTC; for good unless given. */
  readonly until?: string
}

/** What is asked of it; where no level is, that of the configuration. */
export interface LevelWanted {
  readonly component?: string
  readonly level?: string
  readonly seconds?: number
}

/** What is asked of the logs. */
export interface LogQuery {
  readonly lines?: number | undefined
  readonly component?: string | undefined
  readonly worker?: number | undefined
  readonly level?: string | undefined
  readonly root?: string | undefined
  readonly containing?: string | undefined
}

/** A way to a service by somebody who passes requests on, and needs their `Authorization` for itself. */
export interface PassedOnBy {
  /** How the service is called where it is told of. */
  readonly server: string
  readonly token: string
  /** @param path from the root of the service */
  pass(
    path: string,
    method: string,
    headers: Readonly<Record<string, string>>,
    body?: string | Readable,
  ): Promise<Response>
}

/** The header of the token where that of HTTP is somebody else's. */
const TOKEN_HEADER = 'x-typhoon-token'

/** One service. All methods reject with what it refuses, and with SERVICE_UNREACHABLE. */
export class ServiceClient {
  #server: string
  readonly #token: string | undefined
  readonly #by: PassedOnBy | undefined

  private constructor(server: string, token: string | undefined, by?: PassedOnBy) {
    this.#server = server
    this.#token = token
    this.#by = by
  }

  static through(by: PassedOnBy): ServiceClient {
    return new ServiceClient(by.server, by.token, by)
  }

  /**
   * @throws SERVICE_UNAUTHORIZED (rejects) where the file of the token cannot be read, USAGE where the server is no URL
   */
  static async of({ server, tokenFile }: ServiceSettings): Promise<ServiceClient> {
    if (!/^https?:\/\//.test(server) || !URL.canParse(server))
      throw new TyphoonError('USAGE', `"${server}" is not the URL of a service`, {
        hint: 'example: http://127.0.0.1:6627',
      })
    const trimmed = server.replace(/\/+$/, '')
    if (tokenFile === undefined) return new ServiceClient(trimmed, undefined)
    const token = await readFile(tokenFile, 'utf8').catch((cause: unknown) => {
      const message = `the token cannot be read: ${messageOf(cause)}`
      throw new TyphoonError('SERVICE_UNAUTHORIZED', message, { where: { file: tokenFile }, cause })
    })
    return new ServiceClient(trimmed, token.trim())
  }

  /** Where it is: the nimbus that leads, as soon as another one has named it. */
  get server(): string {
    return this.#server
  }

  cluster(): Promise<ClusterView> {
    return this.#ask('cluster') as Promise<ClusterView>
  }

  /**
   * Makes one in the place of that of this name.
   * @returns it
   * @param days for how long it counts; undefined: for ever
   */
  async makeToken(name: string, role: string, days: number | undefined): Promise<string> {
    const body = { name, role, ...(days === undefined ? {} : { days }) }
    return ((await this.#ask('makeToken', { body })) as { token: string }).token
  }

  async hosts(): Promise<readonly HostView[]> {
    return ((await this.#ask('hosts')) as { hosts: readonly HostView[] }).hosts
  }

  /** @param undo it is to be used again @returns all hosts */
  async drain(host: string, undo: boolean): Promise<readonly HostView[]> {
    const asked = { path: { name: host }, body: { undo } }
    return ((await this.#ask('drainHost', asked)) as { hosts: readonly HostView[] }).hosts
  }

  async tokens(): Promise<readonly TokenView[]> {
    return ((await this.#ask('tokens')) as { tokens: readonly TokenView[] }).tokens
  }

  async removeToken(name: string): Promise<void> {
    await this.#ask('removeToken', { path: { name } })
  }

  async list(): Promise<readonly TopologyView[]> {
    const { topologies } = (await this.#ask('list')) as { topologies: readonly TopologyView[] }
    return topologies
  }

  status(name: string): Promise<TopologyStatusView> {
    return this.#ask('status', { path: { name } }) as Promise<TopologyStatusView>
  }

  async submit(
    bundle: CollectedBundle,
    options: SubmitOptions & { readonly name?: string | undefined; readonly inactive?: boolean },
    onSent: OnSent = () => {},
  ): Promise<TopologyView> {
    await this.#send(bundle, onSent)
    return this.#ask('submit', { body: { ...options, bundle: bundle.manifest } }) as Promise<TopologyView>
  }

  /** @returns for how long nothing was emitted, milliseconds */
  async update(
    name: string,
    bundle: CollectedBundle,
    options: SubmitOptions,
    onSent: OnSent = () => {},
  ): Promise<number> {
    await this.#send(bundle, onSent)
    const body = { ...options, bundle: bundle.manifest }
    return ((await this.#ask('update', { path: { name }, body })) as { pauseMs: number }).pauseMs
  }

  activate(name: string): Promise<TopologyView> {
    return this.#ask('activate', { path: { name } }) as Promise<TopologyView>
  }

  deactivate(name: string): Promise<TopologyView> {
    return this.#ask('deactivate', { path: { name } }) as Promise<TopologyView>
  }

  /** @returns for how long nothing was emitted, milliseconds */
  async rebalance(
    name: string,
    body: { readonly workers?: number; readonly parallelism?: Readonly<Record<string, number>> },
    wait: number,
  ): Promise<number> {
    const asked = { path: { name }, query: { wait }, body }
    return ((await this.#ask('rebalance', asked)) as { pauseMs: number }).pauseMs
  }

  /** @returns the name of the savepoint that it has left */
  async kill(name: string, wait: number, savepoint?: string): Promise<string | undefined> {
    const asked = { path: { name }, query: { wait, savepoint } }
    return ((await this.#ask('kill', asked)) as { savepoint?: string }).savepoint
  }

  async logLevels(name: string): Promise<readonly LevelView[]> {
    return ((await this.#ask('logLevels', { path: { name } })) as { levels: readonly LevelView[] }).levels
  }

  /** @returns what holds then */
  async setLogLevel(name: string, wanted: LevelWanted): Promise<readonly LevelView[]> {
    const asked = { path: { name }, body: wanted }
    return ((await this.#ask('setLogLevel', asked)) as { levels: readonly LevelView[] }).levels
  }

  async errors(name: string): Promise<readonly TimedProblemView[]> {
    return ((await this.#ask('errors', { path: { name } })) as { errors: readonly TimedProblemView[] }).errors
  }

  /** @param follow those to come, too: it ends with the topology or the service */
  async *logs(name: string, query: LogQuery, follow: boolean): AsyncGenerator<LogEntry> {
    const asked = { path: { name }, query: { ...query, follow: String(follow) } }
    const { body } = await this.#request('logs', asked)
    if (body === null) return
    const lines = createInterface({ input: Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]) })
    for await (const line of lines) yield JSON.parse(line) as LogEntry
  }

  /** Sends what the service does not have. */
  async #send({ manifest, sources }: CollectedBundle, onSent: OnSent): Promise<void> {
    const digests = [...sources.keys()]
    const { digests: missing } = (await this.#ask('missing', { body: { digests } })) as { digests: readonly string[] }
    const bytesOf = new Map(manifest.files.map(({ digest, bytes }) => [digest, bytes]))
    const all = missing.reduce((sum, digest) => sum + bytesOf.get(digest)!, 0)
    let sent = 0
    onSent(sent, all)
    for (const digest of missing) {
      const source = sources.get(digest)!
      const content = firstBytes(source, bytesOf.get(digest)!)
      await this.#ask('upload', { path: { digest }, content }).catch((error: unknown) => {
        throw isOtherContent(error) ? changedMeanwhile(source, error) : error
      })
      sent += bytesOf.get(digest)!
      onSent(sent, all)
    }
  }

  async #ask(operation: Operation, sent: Sent = {}): Promise<unknown> {
    const response = await this.#request(operation, sent)
    return response.json()
  }

  /** @param follows whether the nimbus that leads is asked where this one does not */
  async #request(operation: Operation, sent: Sent, follows = true): Promise<Response> {
    const response = await this.#fetch(operation, sent)
    if (response.ok) return response
    const { error, leader } = await refusal(response)
    // What was sent as it is cannot be sent again; it follows what has found the leader.
    const isBound = this.#by !== undefined || sent.content !== undefined
    if (!follows || isBound || leader === undefined || !mayFollow(this.#server, leader)) throw error
    const before = this.#server
    this.#server = leader
    try {
      return await this.#request(operation, sent, false)
    } catch (cause) {
      if (!isUnreachable(cause)) throw cause
      this.#server = before
      throw error
    }
  }

  async #fetch(operation: Operation, { path = {}, query = {}, body, content }: Sent): Promise<Response> {
    const { method, path: pattern }: Route = ROUTES[operation]
    const asked = pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''))
    const given = Object.entries(query).filter((entry): entry is [string, string | number] => entry[1] !== undefined)
    const search = new URLSearchParams(
      Object.fromEntries(given.map(([name, value]) => [name, String(value)])),
    ).toString()
    const target = `${asked}${search === '' ? '' : `?${search}`}`
    const headers = {
      ...this.#tokenHeader(),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const sent = body === undefined ? content : JSON.stringify(body)
    if (this.#by !== undefined) return this.#by.pass(target, method, headers, sent)
    return fetch(`${this.#server}${target}`, {
      ...{ method, headers },
      ...(sent === undefined ? {} : { body: typeof sent === 'string' ? sent : Readable.toWeb(sent) }),
      ...(content === undefined ? {} : { duplex: 'half' }),
      redirect: 'error',
    } as RequestInit).catch((cause: unknown) => {
      throw this.#unreachable(cause)
    })
  }

  #tokenHeader(): Readonly<Record<string, string>> {
    if (this.#token === undefined) return {}
    return this.#by === undefined ? { authorization: `Bearer ${this.#token}` } : { [TOKEN_HEADER]: this.#token }
  }

  #unreachable(cause: unknown): TyphoonError {
    const reason = ((cause as Error).cause ?? cause) as NodeJS.ErrnoException
    const why = messageOf(reason)
    const isStranger = /^(?:UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/.test(reason.code ?? '')
    return new TyphoonError('SERVICE_UNREACHABLE', `no service answers at ${this.#server}: ${why}`, {
      hint: isStranger ? BELIEVE : 'start one with typhoon up, or name another with --server URL',
      cause,
    })
  }
}

const BELIEVE =
  'let this host believe its authority: typhoon cluster ca > ca.pem there, NODE_EXTRA_CA_CERTS=ca.pem here'

/** What was submitted is not in order. */
const UNFIT = 422

/** Why it was refused, and who can be asked instead. */
interface Refusal {
  readonly error: TyphoonError
  /** The URL of the nimbus that leads. */
  readonly leader: string | undefined
}

const led = object({ leader: object({ address: text(2048) }) })

async function refusal(response: Response): Promise<Refusal> {
  const body: unknown = await response.json().catch(() => ({}))
  const problems = (body as { problems?: readonly Problem[] }).problems
  const [first] = Array.isArray(problems) ? (problems as readonly Problem[]) : []
  const leader = led(body) && URL.canParse(body.leader.address) ? body.leader.address : undefined
  return { error: errorOf(response.status, first, problems), leader }
}

function errorOf(status: number, first: Problem | undefined, problems: readonly Problem[] | undefined): TyphoonError {
  if (first !== undefined && status === UNFIT) return new DefinitionError(problems!)
  if (first !== undefined) return new TyphoonError(first.code, first.message, first)
  return new TyphoonError('SERVICE_UNREACHABLE', `what answers there is not a service of Typhoon (${status})`)
}

/** A token that was shown over TLS is shown over nothing less. */
function mayFollow(from: string, leader: string): boolean {
  const { protocol } = new URL(leader)
  return protocol === 'https:' || (protocol === 'http:' && !from.startsWith('https:'))
}

function isUnreachable(error: unknown): boolean {
  return error instanceof TyphoonError && error.code === 'SERVICE_UNREACHABLE'
}

function isOtherContent(error: unknown): boolean {
  return error instanceof TyphoonError && error.code === 'BAD_BUNDLE'
}

function changedMeanwhile(file: string, cause: unknown): TyphoonError {
  return new TyphoonError('BAD_BUNDLE', `${file} was changed while it was sent`, {
    where: { file },
    hint: 'data that changes belongs elsewhere than into the folder of the project',
    cause,
  })
}
