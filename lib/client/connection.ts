/**
 * The way to a service: to the nimbus that leads, and to the next one when that is gone.
 *
 * The law of changes: each has an id, and is asked for under it until somebody says what has become of it. A service
 * makes it once. Where nobody says so for too long, that is what is thrown, and nothing else.
 */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { REQUEST_HEADER, type Route } from '../api/route.ts'
import { type Operation, ROUTES } from '../api/routes.ts'
import { isUnclear, mayPass, outcomeUnknown, refusalIn, Unanswered, unanswered } from './refusal.ts'

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
  /** So long a change is asked for again. */
  readonly patienceMs?: number
}

/** The header of the token where that of HTTP is somebody else's. */
const TOKEN_HEADER = 'x-typhoon-token'
/** Two leases of a leader, and what it takes another one to begin. */
const PATIENCE_MS = 60_000
const PAUSE_MS = 250
const LOOK_MS = 2000

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
    const { patienceMs = PATIENCE_MS } = this.#options
    const until = Date.now() + patienceMs
    for (let mayBeMade = false, times = 1; ; times++) {
      try {
        return await attempt()
      } catch (error) {
        mayBeMade ||= tells !== undefined && isUnclear(error)
        // Nobody was there who could have heard it, of all that are known, or it is refused.
        const isLeft = error instanceof Unanswered && times < this.#servers.length
        if (!mayPass(error) || !(mayBeMade || this.#hasAnswered || isLeft)) throw error
        if (Date.now() >= until) throw mayBeMade ? outcomeUnknown(patienceMs / 1000, tells!, error) : error
      }
      if (times % this.#servers.length === 0) await this.#look()
      this.#servers = [...this.#servers.slice(1), this.server]
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

  /** @param follows whether the nimbus that leads is asked where this one does not */
  async #request(operation: Operation, sent: Sent, follows = true): Promise<Response> {
    const response = await this.#fetch(operation, sent)
    if (response.ok) {
      this.#hasAnswered = true
      return response
    }
    const { error, leader } = await refusalIn(response)
    // What was sent as it is cannot be sent again; it follows what has found the leader.
    const isBound = this.#options.by !== undefined || sent.content !== undefined
    if (!follows || isBound || leader === undefined || !mayFollow(this.server, leader)) throw error
    const before = this.#servers
    this.#servers = [...new Set([leader, ...before])]
    try {
      return await this.#request(operation, sent, false)
    } catch (cause) {
      if (!(cause instanceof Unanswered) || cause.mayBeDone) throw cause
      this.#servers = before
      throw error
    }
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
    const watch = id === undefined ? undefined : this.#watch(server)
    return fetch(`${server}${target}`, {
      ...{ method, headers },
      ...(sent === undefined ? {} : { body: typeof sent === 'string' ? sent : Readable.toWeb(sent) }),
      ...(content === undefined ? {} : { duplex: 'half' }),
      ...(watch === undefined ? {} : { signal: watch.signal }),
      redirect: 'error',
    } as RequestInit)
      .catch((cause: unknown) => {
        throw unanswered(server, cause, id !== undefined)
      })
      .finally(() => watch?.end())
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
