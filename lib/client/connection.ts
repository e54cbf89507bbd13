/**
 * The way to a service: to the nimbus that leads, and to the next one when that is gone.
 *
 * Of several nimbuses, those that were named and those that one of them has named, all are asked in turn until one does
 * what is asked, or patience is over. Where only one was named, and it has never answered, nobody else can be asked;
 * whoever passes requests on may find another one that is ready.
 *
 * The law of changes: each has an id, and is asked for under it until somebody says what has become of it. A service
 * makes it once. Where nobody says so for too long, that is what is thrown, and nothing else.
 */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { REQUEST_HEADER, type Route } from '../api/route.ts'
import { type Operation, ROUTES } from '../api/routes.ts'
import { TyphoonError } from '../errors/typhoon-error.ts'
import { Asking } from './asking.ts'
import { isUnclear, LedElsewhere, mayPass, outcomeUnknown, refusalIn, Unanswered, unanswered } from './refusal.ts'

/** What goes with a request. */
export interface Sent {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: unknown
  /** Sent as it is. */
  readonly content?: Readable
  /** Which change it is. */
  readonly id?: string
}

/** A service, as far as it is known where it is. */
export interface Whereabouts {
  /** Where its nimbuses are: at least one. */
  readonly servers: readonly string[]
  readonly token: string | undefined
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

/** How it is asked. */
export interface ConnectionOptions {
  readonly by?: PassedOnBy
  /** Looks again where the service is: another nimbus may have said so meanwhile. */
  lookAgain?(): Promise<Whereabouts>
  /** So long it is asked again; a minute for a change, and less for what changes nothing, unless given. */
  readonly patienceMs?: number
  /** All were asked once, and are asked again. @param why in short @param ms for how long at most */
  onWait?(why: unknown, ms: number): void
}

/** The header of the token where that of HTTP is somebody else's. */
const TOKEN_HEADER = 'x-typhoon-token'
/** Two leases of a leader, and what it takes another one to begin. */
const PATIENCE_MS = 60_000
/** A lease, and that: whoever only looks can look again. */
const READING_PATIENCE_MS = 20_000
const PAUSE_MS = 250
const LOOK_MS = 2000
/** Within it one of several must show that it is there. */
const REACH_MS = 3000
/** More are not known, whoever is named. */
const MOST_SERVERS = 32

export class Connection {
  readonly #options: ConnectionOptions
  /** All that are known, the one that is asked first. */
  #servers: readonly string[]
  #token: string | undefined
  /** Somebody has answered. */
  #hasAnswered = false

  constructor({ servers, token }: Whereabouts, options: ConnectionOptions = {}) {
    this.#servers = servers
    this.#token = token
    this.#options = options
  }

  /** Where it is: the nimbus that leads, as soon as another one has named it. */
  get server(): string {
    return this.#servers[0]!
  }

  /** Asks for what changes nothing. */
  ask(operation: Operation, sent: Sent = {}): Promise<unknown> {
    return this.#again(() => this.#answer(operation, sent))
  }

  /** As `ask`; the answer comes bit by bit. */
  open(operation: Operation, sent: Sent = {}): Promise<Response> {
    return this.#again(() => this.#request(operation, sent))
  }

  /** Asks for a change. @param tells the command that shows what has become of it */
  change(operation: Operation, sent: Sent, tells: string): Promise<unknown> {
    return this.changing((id) => this.#answer(operation, { ...sent, id }), tells)
  }

  /**
   * Asks for a change that takes several questions, all of them again where that is needed.
   * @param attempt asks for it under this id
   */
  changing<T>(attempt: (id: string) => Promise<T>, tells: string): Promise<T> {
    const id = randomUUID()
    return this.#again(() => attempt(id), tells)
  }

  /** One question of a change. */
  async once(operation: Operation, sent: Sent): Promise<unknown> {
    return this.#answer(operation, sent)
  }

  /** @param tells of a change */
  async #again<T>(attempt: () => Promise<T>, tells?: string): Promise<T> {
    const usualMs = tells === undefined ? READING_PATIENCE_MS : PATIENCE_MS
    const asking = new Asking(this.#options.patienceMs ?? usualMs)
    for (let mayBeMade = false; ; ) {
      const { server } = this
      try {
        await this.#reach(server)
        return await attempt()
      } catch (error) {
        if (!mayPass(error)) throw error
        mayBeMade ||= tells !== undefined && isUnclear(error)
        const leader = this.#leaderIn(error)
        if (!mayBeMade && !this.#mayOthersAnswer(error)) throw error
        asking.failed(server, error)
        if (leader !== undefined && asking.isLeft(leader)) this.#begin(leader)
        else
          await this.#turn(asking, () => (mayBeMade ? outcomeUnknown(asking.seconds, tells!, asking.why) : asking.why))
      }
    }
  }

  #mayOthersAnswer(error: unknown): boolean {
    if (this.#hasAnswered || this.#servers.length > 1) return true
    return this.#options.by !== undefined && error instanceof Unanswered
  }

  /** The next one is to be asked. @param unlucky what is thrown where patience is over */
  async #turn(asking: Asking, unlucky: () => unknown): Promise<void> {
    const next = this.#servers.find((server) => asking.isLeft(server))
    if (next !== undefined) {
      this.#begin(next)
      return
    }
    if (asking.isOver) throw unlucky()
    if (asking.isFirstRound) this.#options.onWait?.(asking.why, asking.patienceMs)
    await this.#look()
    asking.beginRound()
    this.#servers = [...this.#servers.slice(1), this.server]
  }

  #begin(server: string): void {
    this.#servers = [server, ...this.#servers.filter((known) => known !== server)]
  }

  /** Who leads in the place of the one that was asked; it is known from now on. */
  #leaderIn(error: unknown): string | undefined {
    if (!(error instanceof TyphoonError) || error.code !== 'NOT_LEADER') return undefined
    this.#hasAnswered = true
    if (!(error instanceof LedElsewhere) || this.#options.by !== undefined) return undefined
    const leader = error.leader.replace(/\/+$/, '')
    if (this.#servers.includes(leader)) return leader
    if (this.#servers.length >= MOST_SERVERS || !mayFollow(this.server, leader)) return undefined
    this.#servers = [...this.#servers, leader]
    return leader
  }

  /** Of several a host that is away or a nimbus that stands still is soon left, and has heard of no change. */
  async #reach(server: string): Promise<void> {
    if (this.#servers.length === 1) return
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new Error(`nothing came within ${REACH_MS / 1000} s`)), REACH_MS)
    try {
      const { body } = await fetch(`${server}/ping`, { signal: late.signal, redirect: 'error' })
      await body?.cancel()
    } catch (cause) {
      throw unanswered(server, cause, false)
    } finally {
      clearTimeout(timer)
    }
  }

  /** All that are known were asked. */
  async #look(): Promise<void> {
    await new Promise((settle) => setTimeout(settle, PAUSE_MS))
    const found = await this.#options.lookAgain?.().catch(() => undefined)
    if (found === undefined) return
    this.#token = found.token
    this.#servers = [...new Set([...found.servers, ...this.#servers])]
  }

  async #answer(operation: Operation, sent: Sent): Promise<unknown> {
    const response = await this.#request(operation, sent)
    return response.json().catch((cause: unknown) => {
      throw unanswered(this.server, cause, sent.id !== undefined)
    })
  }

  async #request(operation: Operation, sent: Sent): Promise<Response> {
    const response = await this.#fetch(operation, sent)
    if (!response.ok) throw await refusalIn(response)
    this.#hasAnswered = true
    return response
  }

  async #fetch(operation: Operation, { path = {}, query = {}, body, content, id }: Sent): Promise<Response> {
    const { method, path: pattern }: Route = ROUTES[operation]
    const asked = pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''))
    const given = Object.entries(query).filter((entry): entry is [string, string | number] => entry[1] !== undefined)
    const search = new URLSearchParams(
      Object.fromEntries(given.map(([name, value]) => [name, String(value)])),
    ).toString()
    const target = `${asked}${search === '' ? '' : `?${search}`}`
    const headers = {
      ...this.#tokenHeader(),
      ...(id === undefined ? {} : { [REQUEST_HEADER]: id }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const sent = body === undefined ? content : JSON.stringify(body)
    const { by } = this.#options
    if (by !== undefined) return by.pass(target, method, headers, sent)
    const { server } = this
    const watch = this.#watch(server)
    return fetch(`${server}${target}`, {
      ...{ method, headers },
      ...(sent === undefined ? {} : { body: typeof sent === 'string' ? sent : Readable.toWeb(sent) }),
      ...(content === undefined ? {} : { duplex: 'half' }),
      ...{ signal: watch.signal, redirect: 'error' },
    } as RequestInit)
      .catch((cause: unknown) => {
        throw unanswered(server, cause, id !== undefined)
      })
      .finally(() => watch.end())
  }

  /** Looks now and then whether another nimbus leads: then the one that was asked will not answer, and is let go. */
  #watch(server: string): { readonly signal: AbortSignal; end(): void } {
    const gone = new AbortController()
    const look = async (): Promise<void> => {
      const found = await this.#options.lookAgain?.().catch(() => undefined)
      const others = new Set([...(found?.servers ?? []), ...this.#servers])
      others.delete(server)
      for (const other of others)
        if (await leads(other)) gone.abort(new Error(`${other} leads in the place of the one that was asked`))
    }
    const timer = setInterval(() => void look(), LOOK_MS)
    return { signal: gone.signal, end: () => clearInterval(timer) }
  }

  #tokenHeader(): Readonly<Record<string, string>> {
    if (this.#token === undefined) return {}
    const isDirect = this.#options.by === undefined
    return isDirect ? { authorization: `Bearer ${this.#token}` } : { [TOKEN_HEADER]: this.#token }
  }
}

async function leads(server: string): Promise<boolean> {
  return fetch(`${server}/ready`, { signal: AbortSignal.timeout(LOOK_MS), redirect: 'error' }).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** A token that was shown over TLS is shown over nothing less. */
function mayFollow(from: string, leader: string): boolean {
  const { protocol } = new URL(leader)
  return protocol === 'https:' || (protocol === 'http:' && !from.startsWith('https:'))
}
