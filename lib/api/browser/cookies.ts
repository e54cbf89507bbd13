/** How a browser shows its session: in a cookie, and in a header that the page's script sets. */
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { SESSION_MS, type Shown } from './sessions.ts'

/** The header with the secret of the page. */
const KEY_HEADER = 'x-typhoon-session'
/** No secret is longer. */
const MOST_CHARACTERS = 100

/** Undefined where a request has not both. */
export function shownBy({ headers, socket }: IncomingMessage): Shown | undefined {
  const key = headers[KEY_HEADER]
  const cookie = (headers.cookie ?? '')
    .split('; ')
    .find((one) => one.startsWith(`${nameFor(socket)}=`))
    ?.slice(nameFor(socket).length + 1)
  if (cookie === undefined || typeof key !== 'string') return undefined
  return cookie.length > MOST_CHARACTERS || key.length > MOST_CHARACTERS ? undefined : { cookie, key }
}

/** The header that gives it to the browser, or takes it back. @param cookie undefined: there is none any more */
export function setCookie({ socket }: IncomingMessage, cookie: string | undefined): string {
  const isSecure = (socket as TLSSocket).encrypted === true
  const age = cookie === undefined ? 0 : SESSION_MS / 1000
  const rules = ['Path=/', 'HttpOnly', 'SameSite=Strict', `Max-Age=${age}`, ...(isSecure ? ['Secure'] : [])]
  return [`${nameFor(socket)}=${cookie ?? ''}`, ...rules].join('; ')
}

/** A browser sends the cookies of all servers of a machine to each of them: they have different names. */
function nameFor({ localPort }: IncomingMessage['socket']): string {
  return `typhoon-${localPort}`
}
