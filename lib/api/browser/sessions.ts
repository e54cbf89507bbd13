/**
 * Who looks with a browser: codes that are changed for sessions, and sessions themselves.
 *
 * The law: a token never stands in an address, a code counts once and for a minute, and a session ends after half a day
 * or as soon as its token counts no more. A session is two secrets. One is in a cookie, which no script can read. The
 * other is with the page, whose storage belongs to one port, as a cookie does not: another server on the same machine
 * may be sent the cookie, and can do nothing with it. What is kept of both are digests.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { newSecret } from '../../net/proof.ts'

/** What a browser shows: the secret of the cookie, and that of the page. */
export interface Shown {
  readonly cookie: string
  readonly key: string
}

interface Session {
  /** Of the token. */
  readonly holder: string
  readonly key: Buffer
  readonly until: number
}

/** How long a code counts. */
export const CODE_MS = 60_000
/** How long a session counts. */
export const SESSION_MS = 12 * 3_600_000
const MOST_CODES = 100
const MOST_SESSIONS = 1000

/** Those of one server; of too many the oldest go. */
export class Sessions {
  readonly #now: () => number
  /** By digest. */
  readonly #codes = new Map<string, { readonly holder: string; readonly until: number }>()
  readonly #sessions = new Map<string, Session>()

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now
  }

  /** @param holder by which its token is known @param ms for how long it counts @returns the code */
  makeCode(holder: string, ms = CODE_MS): string {
    const code = newSecret()
    makeRoom(this.#codes, MOST_CODES)
    this.#codes.set(digestOf(code).toString('hex'), { holder, until: this.#now() + ms })
    return code
  }

  /** It counts no more from now on. @returns the holder for whom it was made; undefined where it counts no more */
  useCode(code: string): string | undefined {
    const digest = digestOf(code).toString('hex')
    const found = this.#codes.get(digest)
    this.#codes.delete(digest)
    return found === undefined || found.until <= this.#now() ? undefined : found.holder
  }

  /** Begins one. */
  open(holder: string): Shown {
    const shown = { cookie: newSecret(), key: newSecret() }
    makeRoom(this.#sessions, MOST_SESSIONS)
    const session = { holder, key: digestOf(shown.key), until: this.#now() + SESSION_MS }
    this.#sessions.set(digestOf(shown.cookie).toString('hex'), session)
    return shown
  }

  /** @returns the holder of the token; undefined where the session is over, or never was */
  holderOf({ cookie, key }: Shown): string | undefined {
    const digest = digestOf(cookie).toString('hex')
    const session = this.#sessions.get(digest)
    if (session === undefined || !timingSafeEqual(session.key, digestOf(key))) return undefined
    if (session.until > this.#now()) return session.holder
    this.#sessions.delete(digest)
    return undefined
  }

  /** Ends it. */
  close(shown: Shown): void {
    if (this.holderOf(shown) !== undefined) this.#sessions.delete(digestOf(shown.cookie).toString('hex'))
  }
}

function makeRoom(map: Map<string, unknown>, most: number): void {
  const [oldest] = map.keys()
  if (map.size >= most && oldest !== undefined) map.delete(oldest)
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
