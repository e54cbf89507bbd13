/**
 * Asks the API server of a Kubernetes cluster over HTTPS, without a client library. It says what the server answers,
 * and throws where there is none, or one that says that the question itself is not allowed.
 *
 * Limits: an answer is awaited for a time and may be so large; redirects are not followed.
 */
import { Agent, type IncomingMessage, request as plainRequest, type RequestOptions } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { messageOf, TyphoonError } from '../errors/typhoon-error.ts'
import { readWhole } from '../net/read-whole.ts'
import type { ClusterAccess, Credentials } from './access.ts'

/** An object, as the API server has it. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [more: string]: unknown
}

interface ObjectMeta {
  readonly name: string
  readonly resourceVersion?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly [more: string]: unknown
}

/**
 * What came of a question: `missing`: no such object; `conflict`: it is another one than was thought, or is there
 * already.
 */
export type Answer<T = unknown> =
  | { readonly is: 'done'; readonly body: T }
  | { readonly is: 'missing' }
  | { readonly is: 'conflict' }

/** What goes with a question. */
export interface Asked {
  readonly body?: unknown
  /** `application/json` unless given. */
  readonly contentType?: string
  /** `application/json` unless given. */
  readonly accept?: string
}

/** What goes to whoever is behind the API server. */
export interface PassedOn {
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Readable | undefined
}

interface Told {
  readonly status: number
  readonly text: string
}

const PATIENCE_MS = 5000
const MOST_BYTES = 16 * 1024 * 1024
const OBJECTION_CHARACTERS = 300

/** An API server. */
export class KubernetesApi {
  readonly namespace: string
  readonly #access: ClusterAccess
  readonly #patienceMs: number
  #known: { readonly by: string; readonly agent: Agent } | undefined

  constructor(access: ClusterAccess, { patienceMs = PATIENCE_MS }: { readonly patienceMs?: number } = {}) {
    this.namespace = access.namespace
    this.#access = access
    this.#patienceMs = patienceMs
  }

  /** Closes what is kept open. */
  close(): void {
    this.#known?.agent.destroy()
  }

  /**
   * @param path from the root, with its query
   * @throws KUBERNETES_UNREACHABLE (rejects): it may have been done or not; KUBERNETES_REFUSED
   */
  async ask<T = KubernetesObject>(method: string, path: string, asked: Asked = {}): Promise<Answer<T>> {
    const credentials = await this.#access.credentials()
    const { status, text } = await this.#send(method, path, asked, credentials)
    if (status === 404) return { is: 'missing' }
    if (status === 409) return { is: 'conflict' }
    const body = parsed(text)
    if (status >= 200 && status < 300 && body !== undefined) return { is: 'done', body: body as T }
    const said = objection(body) ?? `status ${status}`
    if (status >= 500 || status === 429 || body === undefined) throw this.#unreachable(`${method} ${path}: ${said}`)
    throw new TyphoonError('KUBERNETES_REFUSED', `${this.#access.server} refuses ${method} ${path}: ${said}`, {
      hint: status === 403 ? 'give the account this right: see the Role that the export has written' : undefined,
    })
  }

  /**
   * Asks what is behind the API server, as long as that takes; the answer is passed on as it comes.
   * @throws KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED (rejects)
   */
  async pass(method: string, path: string, sent: PassedOn): Promise<IncomingMessage> {
    const credentials = await this.#access.credentials()
    return this.#open(method, path, sent, credentials)
  }

  async #send(method: string, path: string, asked: Asked, credentials: Credentials): Promise<Told> {
    const body = asked.body === undefined ? undefined : JSON.stringify(asked.body)
    const headers = {
      accept: asked.accept ?? 'application/json',
      ...(body === undefined ? {} : { 'content-type': asked.contentType ?? 'application/json' }),
    }
    const limit = AbortSignal.timeout(this.#patienceMs)
    try {
      const incoming = await this.#open(method, path, { headers, body }, credentials, limit)
      return { status: incoming.statusCode ?? 0, text: await readAll(incoming) }
    } catch (cause) {
      if (limit.aborted) throw this.#unreachable(`no answer within ${this.#patienceMs / 1000} s`, cause)
      throw cause instanceof TyphoonError ? cause : this.#unreachable(messageOf(cause), cause)
    }
  }

  #open(
    method: string,
    path: string,
    { headers, body }: PassedOn,
    credentials: Credentials,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const url = new URL(`${this.#access.server.replace(/\/+$/, '')}${path}`)
    const isSecure = url.protocol === 'https:'
    const options: RequestOptions = {
      method,
      agent: this.#agentFor(isSecure, credentials),
      headers: {
        ...headers,
        ...(credentials.token === undefined ? {} : { authorization: `Bearer ${credentials.token}` }),
        ...(typeof body === 'string' ? { 'content-length': Buffer.byteLength(body) } : {}),
      },
      ...(signal === undefined ? {} : { signal }),
    }
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown): void => reject(this.#unreachable(messageOf(cause), cause))
      const outgoing = (isSecure ? secureRequest : plainRequest)(url, options, resolve)
      outgoing.on('error', fail)
      if (body instanceof Readable) pipeline(body, outgoing).catch(fail)
      else outgoing.end(body)
    })
  }

  /** Another one for other certificates; connections of the same are used again. */
  #agentFor(isSecure: boolean, { ca, cert, key }: Credentials): Agent {
    const by = JSON.stringify([isSecure, ca, cert, key])
    if (this.#known?.by === by) return this.#known.agent
    this.close()
    const given = Object.fromEntries(Object.entries({ ca, cert, key }).filter(([, value]) => value !== undefined))
    const agent = isSecure ? new SecureAgent({ keepAlive: true, minVersion: 'TLSv1.2', ...given }) : new Agent()
    this.#known = { by, agent }
    return agent
  }

  #unreachable(why: string, cause?: unknown): TyphoonError {
    return new TyphoonError('KUBERNETES_UNREACHABLE', `${this.#access.server} does not answer: ${why}`, {
      hint: 'it is tried again where that is of use; look at the API server and at what is between',
      ...(cause === undefined ? {} : { cause }),
    })
  }
}

/** @throws (rejects) where it is too large, or breaks off */
async function readAll(incoming: IncomingMessage): Promise<string> {
  const tooLong = (): Error => new Error(`its answer has more than ${MOST_BYTES} bytes`)
  return (await readWhole(incoming, MOST_BYTES, tooLong)).toString()
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/** What the server says in a Status. */
function objection(body: { readonly message?: unknown } | undefined): string | undefined {
  return typeof body?.message === 'string' ? body.message.slice(0, OBJECTION_CHARACTERS) : undefined
}
