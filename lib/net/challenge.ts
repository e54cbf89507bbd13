/**
 * The proofs of `proof.ts` over HTTP, before a connection becomes a WebSocket. Both requests go over one connection:
 *
 *     dialer    GET, typhoon-nonce: its random number, and what it says of itself
 *     listener  401, typhoon-nonce, typhoon-proof: the listener's, and what it says of itself
 *     dialer    the request for a WebSocket, typhoon-proof: the dialer's, and the same of itself
 *
 * The dialer goes on only where the listener's proof is good. Nothing but headers of HTTP is read from a dialer before
 * its own is.
 */
import type { Agent, IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Exchange, isNonce, newNonce, proofOf, proves } from './proof.ts'
import { type Tls, wayTo } from './tls.ts'

/** Headers of both sides: a random number of 43 characters, and the proof of having the secret. */
const NONCE_HEADER = 'typhoon-nonce'
const PROOF_HEADER = 'typhoon-proof'

/** What both sides of one kind of connection agree on. */
export interface Terms {
  readonly secret: string
  /** The headers in which each side says who it is; the proofs cover them. */
  readonly claims: readonly string[]
  /** What the dialer shows and believes, where the address is one of TLS. */
  readonly tls?: Tls | undefined
}

type Headers = Readonly<Record<string, string>>

/** The listener's half. */
export class Challenger {
  readonly #terms: Terms
  readonly #address: string
  readonly #own: Headers
  /** The open challenge of each connection: a proof is asked for once. */
  readonly #open = new WeakMap<Duplex, Exchange>()

  /** @param address as dialers know it @param own what this side says of itself, by header */
  constructor(terms: Terms, address: string, own: Headers) {
    this.#terms = terms
    this.#address = address
    this.#own = own
  }

  /** Answers the first request. @returns false where it has no random number, so that a dialer did not send it */
  challenge(request: IncomingMessage, response: ServerResponse): boolean {
    const dialerNonce = request.headers[NONCE_HEADER]
    if (!isNonce(dialerNonce)) return false
    const { secret, claims } = this.#terms
    const exchange: Exchange = {
      dialerNonce,
      listenerNonce: newNonce(),
      address: this.#address,
      dialer: claimed(request.headers, claims),
      listener: claimed(this.#own, claims),
    }
    this.#open.set(request.socket, exchange)
    const headers = {
      ...this.#own,
      'www-authenticate': 'Typhoon',
      [NONCE_HEADER]: exchange.listenerNonce,
      [PROOF_HEADER]: proofOf(secret, 'listener', exchange),
    }
    response.writeHead(401, headers).end()
    return true
  }

  /** Whether the second request has the proof that was asked for on this connection. Asked a second time it has not. */
  admits({ headers }: IncomingMessage, connection: Duplex): boolean {
    const exchange = this.#open.get(connection)
    this.#open.delete(connection)
    if (exchange === undefined || !sameTexts(claimed(headers, this.#terms.claims), exchange.dialer)) return false
    return proves(headers[PROOF_HEADER], this.#terms.secret, 'dialer', exchange)
  }
}

/** What the dialer's first request came to. */
export interface Proven {
  /** What the listener has proved, and says of itself. */
  readonly answer: IncomingHttpHeaders
  /** The agent of the second request, which goes over the same connection with the dialer's proof. */
  readonly agent: Agent
  readonly headers: Headers
}

const LONGEST_REFUSAL = 10_000
const LONGEST_MESSAGE = 1000

/** The listener has refused a request, or has not proved that it knows the secret; the message is one line. */
export class Refused extends Error {
  /** The answer's status of HTTP. */
  readonly status: number
  /** What it has answered, or is said of it. */
  readonly text: string

  constructor(status: number, text: string) {
    super(onOneLine(text))
    this.status = status
    this.text = text
  }
}

/** What a refusal says, to be read in an error. */
export function onOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, LONGEST_MESSAGE)
}

/**
 * The dialer's half.
 * @param address of the listener, as it was announced: `ws://…` or `http://…`, or one with TLS
 * @param path of the first request
 * @param own what this side says of itself
 * @throws Refused, or what the connection breaks with, the signal's reason included (rejects)
 */
export function prove(terms: Terms, address: string, path: string, own: Headers, signal: AbortSignal): Promise<Proven> {
  const dialerNonce = newNonce()
  const url = new URL(path, address.replace(/^ws/, 'http'))
  const { agent, request } = wayTo(url, terms.tls)
  return new Promise<Proven>((resolve, reject) => {
    let hasAnswer = false
    const asking = request(url, { agent, headers: { ...own, [NONCE_HEADER]: dialerNonce }, signal }, (response) => {
      hasAnswer = true
      readText(response, (text) => {
        const { headers, statusCode = 0 } = response
        const listenerNonce = headers[NONCE_HEADER]
        if (statusCode !== 401 || !isNonce(listenerNonce)) return reject(new Refused(statusCode, text))
        const { secret, claims } = terms
        const exchange: Exchange = {
          dialerNonce,
          listenerNonce,
          address,
          dialer: claimed(own, claims),
          listener: claimed(headers, claims),
        }
        if (!proves(headers[PROOF_HEADER], secret, 'listener', exchange))
          return reject(new Refused(statusCode, 'it has not proved that it knows the secret'))
        resolve({ answer: headers, agent, headers: { ...own, [PROOF_HEADER]: proofOf(secret, 'dialer', exchange) } })
      })
    })
    asking.on('error', reject)
    asking.on('close', () => {
      if (!hasAnswer) reject(new Error('the connection was closed'))
    })
    asking.end()
  }).catch((error: unknown) => {
    agent.destroy()
    throw error
  })
}

/** The start of a response's text. */
export function readText(response: IncomingMessage, done: (text: string) => void): void {
  let text = ''
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    if (text.length < LONGEST_REFUSAL) text += chunk
    else response.destroy()
  })
  response.once('close', () => done(text.slice(0, LONGEST_REFUSAL)))
}

function claimed(headers: Readonly<Record<string, string | string[] | undefined>>, names: readonly string[]): string[] {
  return names.map((name) => String(headers[name] ?? ''))
}

function sameTexts(these: readonly string[], those: readonly string[]): boolean {
  return these.length === those.length && these.every((text, index) => text === those[index])
}
