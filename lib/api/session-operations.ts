/** What is done for pages in browsers: sessions, and what they look at. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { Asked } from './asked.ts'
import { CODE_MS, type Sessions } from './browser/sessions.ts'
import { Refused, refusalOf } from './refusals.ts'
import type { Holder, Tokens } from './tokens.ts'

/** An answer with which a browser is given its cookie, or loses it. */
export class WithCookie {
  readonly cookie: string | undefined
  readonly body: object

  constructor(cookie: string | undefined, body: object) {
    this.cookie = cookie
    this.body = body
  }
}

/** By operation. */
export function sessionOperations(sessions: Sessions, tokens: Tokens) {
  return {
    makeCode: ({ by }: Asked) => ({ code: sessions.makeCode(heldBy(by).holder), seconds: CODE_MS / 1000 }),
    openSession({ by, body }: Asked) {
      const { code } = body as { readonly code?: string }
      const holder = code === undefined ? heldBy(by).holder : sessions.useCode(code)
      const found = holder === undefined ? undefined : tokens.holder(holder)
      if (found === undefined || found === 'expired') throw noSession()
      const { cookie, key } = sessions.open(found.holder)
      return new WithCookie(cookie, { key, name: found.name, role: found.role })
    },
    session({ by }: Asked) {
      const { name, role } = heldBy(by)
      return { name, role }
    },
    closeSession({ session }: Asked) {
      if (session === undefined) throw new TyphoonError('SERVICE_BAD_REQUEST', 'no session is shown')
      sessions.close(session)
      return new WithCookie(undefined, {})
    },
  }
}

function heldBy(by: Holder | undefined): Holder {
  if (by === undefined) throw refusalOf('no token')
  return by
}

function noSession(): Refused {
  return new Refused('SERVICE_UNAUTHORIZED', 'the code counts once and for a minute, and not any more', 401, {
    hint: 'ask for another one: typhoon ui',
  })
}
