/** Asks a service over HTTP. What it refuses is thrown with the code, the place and the hint that the service gives. */
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { Operation } from '../api/routes.ts'
import type { ClusterView, HostView, TopologyView, TotalsView } from '../api/schemas.ts'
import { type CollectedBundle, firstBytes } from '../bundle/collect.ts'
import { messageOf, type Problem, TyphoonError, toProblem } from '../errors/typhoon-error.ts'
import type { LogEntry } from '../nimbus/logs/log-entry.ts'
import type { ProfileOptions, RunMetrics, RunReport, TapLine, TapOptions, Trace, TracingStatus } from '../run/index.ts'
import { Connection, type ConnectionOptions, type PassedOnBy, type Sent, type Whereabouts } from './connection.ts'
import { isUnclear } from './refusal.ts'
import type { ServiceSettings } from './settings.ts'

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
  /** Over all of its runs, as long as the service lives. */
  readonly totals: TotalsView
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
  /** When it came last. */
  readonly time: string
  /** When it came first. */
  readonly since: string
  readonly times: number
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

/** What a topology that was killed has left. */
export interface LeftView {
  /** The name of a savepoint. */
  readonly savepoint?: string
  /** The folder of what it had written beside its code, on the host of the nimbus. */
  readonly files?: string
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

/** Something that is wrong with a topology. */
export interface FindingView {
  readonly code: string
  readonly severity: string
  readonly component?: string
  readonly task?: number
  readonly worker?: number
  readonly text: string
  readonly advice: string
}

/** What is asked of a tap. */
export type TapQuery = TapOptions

export type { TapLine }

/** How patient a client is, and who is told that it waits. */
export type Waiting = Pick<ConnectionOptions, 'patienceMs' | 'onWait'>

/** One service. All methods reject with what it refuses, and with SERVICE_UNREACHABLE. */
export class ServiceClient {
  readonly #connection: Connection

  private constructor(connection: Connection) {
    this.#connection = connection
  }

  static through(by: PassedOnBy, waiting: Waiting = {}): ServiceClient {
    return new ServiceClient(new Connection({ servers: [by.server], token: by.token }, { ...waiting, by }))
  }

  /**
   * @param options also how it looks again where the service is
   * @throws SERVICE_UNAUTHORIZED (rejects) where the file of the token cannot be read, USAGE where a server is no URL
   */
  static async of(
    settings: ServiceSettings,
    options: Waiting & { lookAgain?(): Promise<ServiceSettings> } = {},
  ): Promise<ServiceClient> {
    const { lookAgain, ...rest } = options
    const looking = lookAgain && { lookAgain: async () => whereabouts(await lookAgain()) }
    return new ServiceClient(new Connection(await whereabouts(settings), { ...rest, ...looking }))
  }

  /** Where it is: the nimbus that leads, as soon as another one has named it. */
  get server(): string {
    return this.#connection.server
  }

  cluster(): Promise<ClusterView> {
    return this.#connection.ask('cluster') as Promise<ClusterView>
  }

  /**
   * Makes one in the place of that of this name.
   * @returns it
   * @param days for how long it counts; undefined: for ever
   */
  async makeToken(name: string, role: string, days: number | undefined): Promise<string> {
    const body = { name, role, ...(days === undefined ? {} : { days }) }
    return ((await this.#connection.change('makeToken', { body }, 'typhoon token list')) as { token: string }).token
  }

  /** @returns what a browser gets a session for, once, and for how long it can */
  makeCode(): Promise<{ readonly code: string; readonly seconds: number }> {
    return this.#connection.ask('makeCode') as Promise<{ code: string; seconds: number }>
  }

  async hosts(): Promise<readonly HostView[]> {
    return ((await this.#connection.ask('hosts')) as { hosts: readonly HostView[] }).hosts
  }

  /** @param undo it is to be used again @returns all hosts */
  async drain(host: string, undo: boolean): Promise<readonly HostView[]> {
    const asked = { path: { name: host }, body: { undo } }
    return ((await this.#connection.change('drainHost', asked, 'typhoon hosts')) as { hosts: readonly HostView[] })
      .hosts
  }

  async tokens(): Promise<readonly TokenView[]> {
    return ((await this.#connection.ask('tokens')) as { tokens: readonly TokenView[] }).tokens
  }

  async removeToken(name: string): Promise<void> {
    let mayBeRemoved = false
    await this.#connection.changing(async (id) => {
      await this.#connection.once('removeToken', { path: { name }, id }).catch((error: unknown) => {
        // It was removed when it was asked for before.
        if (mayBeRemoved && toProblem(error).code === 'SERVICE_BAD_REQUEST') return
        mayBeRemoved ||= isUnclear(error)
        throw error
      })
    }, 'typhoon token list')
  }

  async list(): Promise<readonly TopologyView[]> {
    const { topologies } = (await this.#connection.ask('list')) as { topologies: readonly TopologyView[] }
    return topologies
  }

  status(name: string): Promise<TopologyStatusView> {
    return this.#connection.ask('status', { path: { name } }) as Promise<TopologyStatusView>
  }

  async submit(
    bundle: CollectedBundle,
    options: SubmitOptions & { readonly name?: string | undefined; readonly inactive?: boolean },
    onSent: OnSent = () => {},
  ): Promise<TopologyView> {
    const body = { ...options, bundle: bundle.manifest }
    return this.#connection.changing(async (id) => {
      await this.#send(bundle, onSent)
      return this.#connection.once('submit', { body, id })
    }, 'typhoon list') as Promise<TopologyView>
  }

  /** @returns for how long nothing was emitted, milliseconds */
  async update(
    name: string,
    bundle: CollectedBundle,
    options: SubmitOptions,
    onSent: OnSent = () => {},
  ): Promise<number> {
    const body = { ...options, bundle: bundle.manifest }
    const answer = await this.#connection.changing(async (id) => {
      await this.#send(bundle, onSent)
      return this.#connection.once('update', { path: { name }, body, id })
    }, statusOf(name))
    return (answer as { pauseMs: number }).pauseMs
  }

  activate(name: string): Promise<TopologyView> {
    return this.#connection.change('activate', { path: { name } }, statusOf(name)) as Promise<TopologyView>
  }

  deactivate(name: string): Promise<TopologyView> {
    return this.#connection.change('deactivate', { path: { name } }, statusOf(name)) as Promise<TopologyView>
  }

  /** @returns for how long nothing was emitted, milliseconds */
  async rebalance(
    name: string,
    body: { readonly workers?: number; readonly parallelism?: Readonly<Record<string, number>> },
    wait: number,
  ): Promise<number> {
    const asked = { path: { name }, query: { wait }, body }
    return ((await this.#connection.change('rebalance', asked, statusOf(name))) as { pauseMs: number }).pauseMs
  }

  /** @returns what it has left */
  kill(name: string, wait: number, savepoint?: string): Promise<LeftView> {
    const asked = { path: { name }, query: { wait, savepoint } }
    return this.#connection.change('kill', asked, 'typhoon list') as Promise<LeftView>
  }

  async logLevels(name: string): Promise<readonly LevelView[]> {
    return ((await this.#connection.ask('logLevels', { path: { name } })) as { levels: readonly LevelView[] }).levels
  }

  /** @returns what holds then */
  async setLogLevel(name: string, wanted: LevelWanted): Promise<readonly LevelView[]> {
    const asked = { path: { name }, body: wanted }
    return (
      (await this.#connection.change('setLogLevel', asked, `typhoon log-level ${name}`)) as {
        levels: readonly LevelView[]
      }
    ).levels
  }

  async errors(name: string): Promise<readonly TimedProblemView[]> {
    return ((await this.#connection.ask('errors', { path: { name } })) as { errors: readonly TimedProblemView[] })
      .errors
  }

  /** What is wrong with it, the gravest first. */
  async findings(name: string, window: string): Promise<readonly FindingView[]> {
    const asked = { path: { name }, query: { window } }
    return ((await this.#connection.ask('findings', asked)) as { findings: readonly FindingView[] }).findings
  }

  /** @param follow those to come, too: it ends with the topology or the service */
  logs(name: string, query: LogQuery, follow: boolean): AsyncGenerator<LogEntry> {
    return this.#lines('logs', { path: { name }, query: { ...query, follow: String(follow) } })
  }

  /** The tuples that it emits: it ends with the topology or the service. */
  tap(name: string, query: TapQuery): AsyncGenerator<TapLine> {
    return this.#lines('tap', { path: { name }, query: { ...query } })
  }

  /** Which tuple trees are followed, and the last that have failed. */
  tracing(name: string): Promise<TracingStatus> {
    return this.#connection.ask('traces', { path: { name } }) as Promise<TracingStatus>
  }

  /** Follows another part of the tuple trees; for good unless seconds are given. */
  follow(
    name: string,
    body: { readonly sample: number; readonly seconds?: number | undefined },
  ): Promise<TracingStatus> {
    return this.#connection.change(
      'follow',
      { path: { name }, body },
      `typhoon trace ${name}`,
    ) as Promise<TracingStatus>
  }

  /** One tuple tree. */
  trace(name: string, root: string): Promise<Trace> {
    return this.#connection.ask('trace', { path: { name, root } }) as Promise<Trace>
  }

  /** The next one, when it has its verdict or the time is up. @throws ROOT_UNKNOWN (rejects) where none came */
  async nextTrace(name: string, wait = 60): Promise<Trace> {
    for await (const trace of this.#lines<Trace>('nextTrace', { path: { name }, query: { wait } })) return trace
    throw new TyphoonError('ROOT_UNKNOWN', `no spout has emitted a tuple with a message id within ${wait} s`, {
      hint: 'is the topology active, and is there input? See typhoon status',
    })
  }

  /**
   * A profile of a worker, as it comes: what Chrome's DevTools open.
   * @throws PROFILE_BUSY; PROFILE_FAILED, also where it breaks off (rejects)
   */
  async *profile(name: string, worker: number, query: ProfileOptions): AsyncGenerator<Uint8Array> {
    const asked = { path: { name, worker: String(worker) }, query: { ...query } }
    const { body } = await this.#connection.open('profile', asked)
    try {
      if (body !== null) yield* body as AsyncIterable<Uint8Array>
    } catch (cause) {
      const message = `the profile of worker ${worker} breaks off: ${messageOf(cause)}`
      throw new TyphoonError('PROFILE_FAILED', message, { where: { worker }, hint: `see typhoon logs ${name}`, cause })
    }
  }

  async *#lines<T>(operation: Operation, asked: Sent): AsyncGenerator<T> {
    const { body } = await this.#connection.open(operation, asked)
    if (body === null) return
    const lines = createInterface({ input: Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]) })
    for await (const line of lines) yield JSON.parse(line) as T
  }

  /** Sends what the service does not have. */
  async #send({ manifest, sources }: CollectedBundle, onSent: OnSent): Promise<void> {
    const digests = [...sources.keys()]
    const { digests: missing } = (await this.#connection.once('missing', { body: { digests } })) as {
      digests: readonly string[]
    }
    const bytesOf = new Map(manifest.files.map(({ digest, bytes }) => [digest, bytes]))
    const all = missing.reduce((sum, digest) => sum + bytesOf.get(digest)!, 0)
    let sent = 0
    onSent(sent, all)
    for (const digest of missing) {
      const source = sources.get(digest)!
      const content = firstBytes(source, bytesOf.get(digest)!)
      await this.#connection.once('upload', { path: { digest }, content }).catch((error: unknown) => {
        throw isOtherContent(error) ? changedMeanwhile(source, error) : error
      })
      sent += bytesOf.get(digest)!
      onSent(sent, all)
    }
  }
}

/** The command that tells how a topology is. */
function statusOf(name: string): string {
  return `typhoon status ${name}`
}

/** The token is read. */
async function whereabouts({ server, tokenFile }: ServiceSettings): Promise<Whereabouts> {
  const servers = server.split(',').map((one) => one.trim().replace(/\/+$/, ''))
  for (const one of servers)
    if (!/^https?:\/\//.test(one) || !URL.canParse(one))
      throw new TyphoonError('USAGE', `"${one}" is not the URL of a service`, {
        hint: 'example: http://127.0.0.1:6627; of several nimbuses all, with commas between them',
      })
  if (tokenFile === undefined) return { servers, token: undefined }
  const token = await readFile(tokenFile, 'utf8').catch((cause: unknown) => {
    const message = `the token cannot be read: ${messageOf(cause)}`
    throw new TyphoonError('SERVICE_UNAUTHORIZED', message, { where: { file: tokenFile }, cause })
  })
  return { servers, token: token.trim() }
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
