/** What a service does for who may make tokens. */
import { shorten } from '../words/suggest.ts'
import type { Asked } from './asked.ts'
import { Refused } from './refusals.ts'
import type { Role } from './route.ts'
import type { Tokens } from './tokens.ts'

const DAY_MS = 86_400_000

/** By operation. */
export function tokenOperations(tokens: Tokens, now: () => Date) {
  return {
    tokens: () => ({ tokens: tokens.bearers }),
    async makeToken({ body }: Asked) {
      const { name, role, days } = body as { readonly name: string; readonly role: Role; readonly days?: number }
      const expires = days === undefined ? undefined : new Date(now().getTime() + days * DAY_MS)
      return { token: await tokens.make(name, role, expires) }
    },
    async removeToken({ path: { name = '' } }: Asked) {
      if (await tokens.remove(name)) return {}
      throw new Refused('SERVICE_BAD_REQUEST', `there is no token of the name "${shorten(name)}"`, 404)
    },
  }
}
