/**
 * Who may speak to a DRPC server. On loopback everyone on this machine may, unless there is a token; but no page of a browser: its requests
 * name a foreign host (DNS rebinding) or a foreign origin, and are refused. Secrets are compared in constant time.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { TyphoonError } from '../../index.ts'
import { isToken } from '../../util/token.ts'

/** A refusal, with its status of HTTP. */
export interface Refusal {
  readonly status: number
  readonly error: TyphoonError
}

/** Whether an address that a server listens on can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** Judges the requests to one server. */
export class Guard {
  readonly #isLoopback: boolean
  readonly #token: Buffer | undefined

  /**
   * @param host that the server listens on; @param token that clients must show, or null
   * @throws BAD_CONFIG for a token that no client can show
   */
  constructor(host: string, token: string | null) {
    if (token !== null && !isToken(token)) throw new TyphoonError('BAD_CONFIG', 'drpc.token is no token')
    this.#isLoopback = isLoopback(host)
    this.#token = token === null ? undefined : digest(token)
  }

  /** Why a client is refused; undefined where it is not. */
  judge(headers: IncomingHttpHeaders): Refusal | undefined {
    return this.judgePlace(headers) ?? this.#judgeToken(headers)
  }

  /** Where a request comes from, whatever it shows. */
  judgePlace(headers: IncomingHttpHeaders): Refusal | undefined {
    const { host = '', origin, 'sec-fetch-site': site } = headers
    if (this.#isLoopback && !isLoopback(hostName(host)))
      return refusal(403, 'REFUSED', `the DRPC server of this machine is not "${host.slice(0, 100)}"`, {
        hint: 'ask for 127.0.0.1 or localhost',
      })
    const foreign = origin !== undefined && origin !== `http://${host}`
    if (foreign || site === 'cross-site' || site === 'same-site')
      return refusal(403, 'REFUSED', 'the DRPC server answers no pages of a browser', {
        hint: 'ask from a server of your own',
      })
    return undefined
  }

  #judgeToken(headers: IncomingHttpHeaders): Refusal | undefined {
    if (this.#token === undefined || showsSecret(headers, this.#token)) return undefined
    const got = headers.authorization === undefined ? 'none' : 'another one'
    return refusal(401, 'DRPC_UNAUTHORIZED', `the DRPC server wants a token, and got ${got}`, {
      hint: 'send it as "Authorization: Bearer TOKEN"; typhoon drpc takes --token and TYPHOON_DRPC_TOKEN',
    })
  }
}

/** What a secret is compared by. */
export function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Whether the headers show the secret of this digest. */
export function showsSecret({ authorization = '' }: IncomingHttpHeaders, secret: Buffer): boolean {
  const shown = /^Bearer +(\S+)\s*$/i.exec(authorization)?.[1] ?? ''
  return timingSafeEqual(digest(shown), secret)
}

/** A refusal. */
export function refusal(
  status: number,
  code: TyphoonError['code'],
  message: string,
  more: { hint?: string } = {},
): Refusal {
  return { status, error: new TyphoonError(code, message, more) }
}

/** Of `localhost:3774`, `[::1]:3774`; empty where it is none. */
function hostName(host: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(host) ?? []
  return (bracketed ?? plain ?? '').toLowerCase()
}
