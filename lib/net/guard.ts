/**
 * Who may ask a server over HTTP. On loopback everyone on this machine may, unless there is a token; but no page of a
 * browser: its requests name a foreign host (DNS rebinding) or a foreign origin. Secrets are compared in constant time.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { TyphoonError } from '../errors/typhoon-error.ts'
import { isToken } from '../util/token.ts'
import { hostName, isLoopback } from './loopback.ts'

/** What is wrong with a request. */
export type Objection = 'foreign host' | 'foreign page' | 'no token' | 'wrong token'

/** What a server lets in. */
export interface GuardOptions {
  /** That the server listens on. */
  readonly host: string
  /** What clients must show, where they must. */
  readonly token: string | undefined
  /** Where the token comes from, for the error: `drpc.token`. */
  readonly tokenName: string
  /** Its own pages come over HTTPS. */
  readonly isSecure?: boolean
}

/** Judges the requests to one server. */
export class Guard {
  readonly #isLoopback: boolean
  readonly #scheme: string
  readonly #token: Buffer | undefined

  /** @throws BAD_CONFIG for a token that no client can show */
  constructor({ host, token, tokenName, isSecure = false }: GuardOptions) {
    if (token !== undefined && !isToken(token)) throw new TyphoonError('BAD_CONFIG', `${tokenName} is not a token`)
    this.#isLoopback = isLoopback(host)
    this.#scheme = isSecure ? 'https' : 'http'
    this.#token = token === undefined ? undefined : digest(token)
  }

  /** Why a request is to be refused; undefined where it is not. */
  judge(headers: IncomingHttpHeaders): Objection | undefined {
    const { host = '', authorization } = headers
    if (this.#isLoopback && !isLoopback(hostName(host))) return 'foreign host'
    if (isForeignPage(headers, `${this.#scheme}://${host}`)) return 'foreign page'
    if (this.#token === undefined || showsToken(authorization, this.#token)) return undefined
    return authorization === undefined ? 'no token' : 'wrong token'
  }
}

/** Whether the headers are those of a page of a browser that another server has sent. */
function isForeignPage({ origin, 'sec-fetch-site': site }: IncomingHttpHeaders, own: string): boolean {
  return (origin !== undefined && origin !== own) || site === 'cross-site' || site === 'same-site'
}

/** What a token is compared by. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function showsToken(authorization = '', token: Buffer): boolean {
  const shown = /^Bearer +(\S+)\s*$/i.exec(authorization)?.[1] ?? ''
  return timingSafeEqual(digest(shown), token)
}
