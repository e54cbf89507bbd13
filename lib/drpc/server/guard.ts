/**
 * Who may speak to a DRPC server. On loopback everyone on this machine may, unless there is a token; but no page of a
 * browser: its requests name a foreign host (DNS rebinding) or a foreign origin, and are refused. Secrets are compared
 * in constant time.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { TyphoonError } from '../../index.ts'
import { hostName, isForeignPage, isLoopback } from '../../net/loopback.ts'
import { isToken } from '../../util/token.ts'

/** A refusal, with its status of HTTP. */
export interface Refusal {
  readonly status: number
  readonly error: TyphoonError
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
    if (token !== null && !isToken(token)) throw new TyphoonError('BAD_CONFIG', 'drpc.token is not a token')
    this.#isLoopback = isLoopback(host)
    this.#token = token === null ? undefined : digest(token)
  }

  /** Why a client is refused; undefined where it is not. */
  judge(headers: IncomingHttpHeaders): Refusal | undefined {
    return this.judgePlace(headers) ?? this.#judgeToken(headers)
  }

  /** Where a request comes from, whatever it shows. */
  judgePlace(headers: IncomingHttpHeaders): Refusal | undefined {
    const { host = '' } = headers
    if (this.#isLoopback && !isLoopback(hostName(host)))
      return refusal(403, 'REFUSED', `the DRPC server of this machine is not "${host.slice(0, 100)}"`, {
        hint: 'ask for 127.0.0.1 or localhost',
      })
    if (isForeignPage(headers))
      return refusal(403, 'REFUSED', 'the DRPC server answers no pages of a browser', {
        hint: 'ask from a server of your own',
      })
    return undefined
  }

  #judgeToken(headers: IncomingHttpHeaders): Refusal | undefined {
    if (this.#token === undefined || showsToken(headers, this.#token)) return undefined
    const got = headers.authorization === undefined ? 'none' : 'another one'
    return refusal(401, 'DRPC_UNAUTHORIZED', `the DRPC server wants a token, and got ${got}`, {
      hint: 'send it as "Authorization: Bearer TOKEN"; typhoon drpc takes --token and TYPHOON_DRPC_TOKEN',
    })
  }
}

/** What a token is compared by. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function showsToken({ authorization = '' }: IncomingHttpHeaders, token: Buffer): boolean {
  const shown = /^Bearer +(\S+)\s*$/i.exec(authorization)?.[1] ?? ''
  return timingSafeEqual(digest(shown), token)
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
