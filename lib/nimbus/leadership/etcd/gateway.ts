/**
 * Asks etcd through its JSON gateway: one request after the other, of whichever of its members answers. Each has a
 * limited time, each answer a limited size, and what does not look like an answer of etcd counts as none. A question is
 * asked again where no answer has come, so whoever asks must be content with having asked twice.
 */
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { messageOf, TyphoonError } from '../../../errors/typhoon-error.ts'
import { readWhole } from '../../../net/read-whole.ts'
import { type Tls, type Way, wayTo } from '../../../net/tls.ts'
import { object, text, whole } from '../../../shape/guards.ts'
import type { Clock } from '../../../util/time/clock.ts'
import { refused, unreachable } from '../store-errors.ts'

/** Where etcd is, and as whom it is asked. */
export interface EtcdAccess {
  /** Of its members, each with the port for clients; at least one. */
  readonly endpoints: readonly URL[]
  /** What this side shows and believes; left out, it shows nothing. */
  readonly tls?: Partial<Tls> | undefined
  /** The password is read anew whenever it is needed. */
  readonly user?: { readonly name: string; readonly passwordFile: string } | undefined
}

const REQUEST_MS = 2000
/** How long it is asked again and again. */
const PATIENCE_MS = 5000
const PAUSE_MS = 100
/** A value of 1 MiB in base64, three of them. */
const MOST_BYTES = 8 * 1024 * 1024

/** Codes of gRPC. */
const CODE = { deadline: 4, notFound: 5, unavailable: 14, unauthenticated: 16 } as const
/** The server had a trouble that passes: no leader of its own, a time that ran out. */
const PASSING: readonly number[] = [2, CODE.deadline, 13, CODE.unavailable]
const OLD_TOKEN = /invalid auth token|revision of auth store is old|user name is empty/

const failure = object({ code: whole(0, 16) }, { error: text(), message: text() })
const authenticated = object({ token: text(4096) })

/** etcd has refused. */
export class EtcdRefusal extends Error {
  readonly grpc: number

  constructor({ code, error, message }: { code: number; error?: string; message?: string }) {
    super(message ?? error ?? `gRPC code ${code}`)
    this.grpc = code
  }

  /** What was asked about is not there. */
  get isUnknown(): boolean {
    return this.grpc === CODE.notFound
  }
}

interface Member {
  readonly url: URL
  readonly way: Way
}

export class Gateway {
  readonly #access: EtcdAccess
  readonly #clock: Clock
  readonly #members: readonly Member[]
  #current = 0
  #token: string | undefined

  constructor(access: EtcdAccess, clock: Clock) {
    this.#access = access
    this.#clock = clock
    this.#members = access.endpoints.map((url) => ({ url, way: wayTo(url, access.tls) }))
  }

  /** Where it is, for people. */
  get name(): string {
    return `etcd:${this.#access.endpoints.map(({ origin }) => origin).join(',')}`
  }

  /**
   * @param path below `/v3/`
   * @param patienceMs after which nobody waits any more
   * @throws STORE_UNREACHABLE, STORE_REFUSED, EtcdRefusal where something is unknown (rejects)
   */
  async ask(path: string, body: object, patienceMs = PATIENCE_MS): Promise<unknown> {
    const until = this.#clock.now() + patienceMs
    let hasNewToken = false
    for (let tries = 1; ; tries++) {
      const leftMs = until - this.#clock.now()
      try {
        return await this.#askOnce(path, body, Math.min(REQUEST_MS, Math.max(1, leftMs)))
      } catch (error) {
        if (error instanceof TyphoonError || (error instanceof EtcdRefusal && error.isUnknown)) throw error
        if (error instanceof EtcdRefusal && !PASSING.includes(error.grpc)) {
          if (!OLD_TOKEN.test(error.message) || this.#token === undefined || hasNewToken)
            throw refused(this.name, error.message)
          this.#token = undefined
          hasNewToken = true
        } else {
          this.#current = (this.#current + 1) % this.#members.length
          if (until - this.#clock.now() <= PAUSE_MS) throw unreachable(this.name, messageOf(error), error)
          if (tries % this.#members.length === 0) await this.#pause()
        }
      }
    }
  }

  close(): void {
    for (const { way } of this.#members) way.agent.destroy()
  }

  async #askOnce(path: string, body: object, limitMs: number): Promise<unknown> {
    const member = this.#members[this.#current]!
    const { user } = this.#access
    if (user !== undefined && this.#token === undefined) {
      const shown = { name: user.name, password: await passwordIn(user.passwordFile) }
      const answer = await post(member, 'auth/authenticate', shown, undefined, limitMs)
      if (!authenticated(answer)) throw new Error('it has answered with no token')
      this.#token = answer.token
    }
    return post(member, path, body, this.#token, limitMs)
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(PAUSE_MS, resolve))
  }
}

/** @throws STORE_REFUSED (rejects) */
async function passwordIn(file: string): Promise<string> {
  const content = await readFile(file, 'utf8').catch((cause: unknown) => {
    const message = `the password of the store cannot be read: ${messageOf(cause)}`
    throw new TyphoonError('STORE_REFUSED', message, { where: { file }, hint: 'name a file that this user may read' })
  })
  return content.trim()
}

/** One request. @throws EtcdRefusal, and what the network says (rejects) */
async function post(
  { url, way }: Member,
  path: string,
  body: object,
  token: string | undefined,
  limitMs: number,
): Promise<unknown> {
  const content = JSON.stringify(body)
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(content),
    ...(token === undefined ? {} : { authorization: token }),
  }
  const request = way.request(new URL(`/v3/${path}`, url), { method: 'POST', agent: way.agent, headers })
  const late = new Error(`no answer within ${Math.round(limitMs)} ms`)
  const timer = setTimeout(() => request.destroy(late), limitMs)
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request.on('error', reject)
      request.on('response', resolve)
      request.end(content)
    })
    const answer = await contentOf(response)
    if (response.statusCode === 200) return answer
    throw failure(answer) ? new EtcdRefusal(answer) : new Error(`HTTP status ${response.statusCode}`)
  } finally {
    clearTimeout(timer)
  }
}

async function contentOf(response: IncomingMessage): Promise<unknown> {
  const tooLong = (): Error => new Error(`its answer has more than ${MOST_BYTES} bytes`)
  const said = await readWhole(response, MOST_BYTES, tooLong)
  try {
    return JSON.parse(said.toString())
  } catch {
    throw new Error(`what it answers with status ${response.statusCode} is not JSON`)
  }
}
