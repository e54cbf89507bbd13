/**
 * What a host needs to join a cluster, as one line of text: where its nimbuses are, the authority to believe, and the
 * leave to join until some time, which is sealed by that authority. Nothing is kept of it: each nimbus that has the
 * authority can tell whether it is good. It is a secret, and goes by file or by stdin, never on a command line.
 */
import { timingSafeEqual } from 'node:crypto'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { list, object, type Shaped, text, whole } from '../../shape/guards.ts'
import { JOIN_TOKEN_PREFIX as PREFIX } from '../../util/token.ts'
import type { Authority } from './authority.ts'

const MOST_CHARACTERS = 16_384

const token = object({
  /** `https://10.0.0.1:6628` */
  nimbus: list(text(300)),
  /** The authority's certificate, in PEM. */
  ca: text(10_000),
  /** Milliseconds since 1970. */
  expires: whole(),
  seal: text(100),
})
/** A token that was read. */
export type JoinToken = Shaped<typeof token>

/** @param nimbus the addresses of all nimbuses */
export function makeJoinToken(authority: Authority, nimbus: readonly string[], expires: Date): string {
  const ms = expires.getTime()
  const made: JoinToken = { nimbus, ca: authority.ca, expires: ms, seal: authority.seal(String(ms)) }
  return `${PREFIX}${Buffer.from(JSON.stringify(made)).toString('base64url')}`
}

/** Reads one. @throws JOIN_REFUSED where it is none */
export function readJoinToken(given: string): JoinToken {
  const line = given.trim()
  try {
    if (line.startsWith(PREFIX) && line.length <= MOST_CHARACTERS) {
      const found: unknown = JSON.parse(Buffer.from(line.slice(PREFIX.length), 'base64url').toString())
      if (token(found) && found.nimbus.length > 0 && found.nimbus.every((url) => URL.canParse(url))) return found
    }
  } catch {
    // It is said below.
  }
  throw new TyphoonError('JOIN_REFUSED', 'this is not a token by which a host joins a cluster', {
    hint: 'make one on the nimbus: typhoon cluster token',
  })
}

/** Whether whoever shows this may join. @throws JOIN_REFUSED */
export function checkJoinToken(
  { expires, seal }: Pick<JoinToken, 'expires' | 'seal'>,
  authority: Authority,
  now: Date,
): void {
  const wanted = Buffer.from(authority.seal(String(expires)))
  const shown = Buffer.from(seal)
  if (shown.length !== wanted.length || !timingSafeEqual(shown, wanted))
    throw new TyphoonError('JOIN_REFUSED', 'the token is not one of this cluster', {
      hint: 'make one on a nimbus of it: typhoon cluster token',
    })
  if (expires <= now.getTime())
    throw new TyphoonError('JOIN_REFUSED', `the token has expired on ${new Date(expires).toISOString()}`, {
      hint: 'make another one on the nimbus (typhoon cluster token), and look whether the clocks of both hosts agree',
    })
}
