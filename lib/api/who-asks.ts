/** What shows who asks: a token, or the session of a browser. */
import type { IncomingMessage } from 'node:http'
import { shownBy } from './browser/cookies.ts'
import type { Sessions, Shown } from './browser/sessions.ts'
import { refusalOf } from './refusals.ts'
import type { Holder, Tokens } from './tokens.ts'

/** Who asks, as far as it was shown. */
export interface WhoAsks {
  readonly by: Holder | 'expired' | undefined
  /** By which session, where it is one. */
  readonly session: Shown | undefined
}

/** @throws REFUSED where the page of another server may be behind it */
export function whoAsks(request: IncomingMessage, tokens: Tokens, sessions: Sessions): WhoAsks {
  const authorization = authorizationOf(request)
  if (authorization !== undefined) return { by: tokens.bearer(authorization), session: undefined }
  const session = shownBy(request)
  const holder = session === undefined ? undefined : sessions.holderOf(session)
  if (holder === undefined) return { by: undefined, session: undefined }
  // Browsers name the origin of whatever may change something; whether it is this one was judged before.
  if (request.method !== 'GET' && request.headers.origin === undefined) throw refusalOf('foreign page')
  return { by: tokens.holder(holder), session }
}

/**
 * What lasts ends when its session is over, or its token counts no more.
 * @param asked who has asked for it, as it was then
 * @throws SERVICE_UNAUTHORIZED
 */
export function checkStill({ by, session }: WhoAsks, tokens: Tokens, sessions: Sessions): void {
  if (session !== undefined && sessions.holderOf(session) === undefined) throw refusalOf('session over')
  const holder = typeof by === 'object' ? tokens.holder(by.holder) : by
  if (holder === undefined || holder === 'expired') throw refusalOf(holder ?? 'wrong token')
}

/** What is wrong where nobody was found. */
export function missing(request: IncomingMessage): 'no token' | 'wrong token' {
  return authorizationOf(request) === undefined ? 'no token' : 'wrong token'
}

/**
 * Whoever passes requests on may need the header of HTTP itself, as the API server of Kubernetes does: the token has
 * one of its own then.
 */
function authorizationOf({ headers }: IncomingMessage): string | undefined {
  const own = headers['x-typhoon-token']
  return typeof own === 'string' ? `Bearer ${own}` : headers.authorization
}
