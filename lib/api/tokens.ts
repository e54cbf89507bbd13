/**
 * Who may ask a service what: tokens with a role each. What is kept of them are digests; a token itself is shown once,
 * when it is made.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { newSecret } from '../net/proof.ts'
import { list, object, oneOf, type Shaped, text } from '../shape/guards.ts'
import { Turnstile } from '../util/turnstile.ts'
import { type KeptText, unreadable } from './kept-tokens.ts'
import { ROLES, type Role } from './route.ts'

const token = object(
  {
    /** For people, and for the audit. */
    name: text(100),
    role: oneOf(...ROLES),
    /** SHA-256 of the token, hexadecimal. */
    digest: text(64),
  },
  {
    /** ISO 8601; it counts no more from then on. */
    expires: text(40),
  },
)
const file = object({ tokens: list(token) })
type Token = Shaped<typeof token>

/** Who asks, and what they may. */
export interface Bearer {
  readonly name: string
  readonly role: Role
}

/** Whoever has shown a token. */
export interface Holder extends Bearer {
  /** By which the token is found again, and nobody gets in. */
  readonly holder: string
}

/** The tokens of a service. */
export class Tokens {
  readonly #kept: KeptText
  readonly #now: () => Date
  /** Of two changes the later one goes on from the earlier one: what was removed must not come back. */
  readonly #changes = new Turnstile(1)
  #tokens: readonly Token[]

  private constructor(kept: KeptText, now: () => Date, tokens: readonly Token[]) {
    this.#kept = kept
    this.#now = now
    this.#tokens = tokens
  }

  /** @throws BAD_CONFIG (rejects) where what is kept is damaged, and what the place says where it is */
  static async open(kept: KeptText, now: () => Date): Promise<Tokens> {
    const content = await kept.read()
    return new Tokens(kept, now, content === undefined ? [] : parsed(kept.name, content))
  }

  /** Makes one in the place of all of that name. @returns the token, which is not kept */
  async make(name: string, role: Role, expires?: Date): Promise<string> {
    const made = newSecret()
    await this.take(made, name, role, expires)
    return made
  }

  /** Takes a token that somebody has, in the place of all of that name. */
  async take(made: string, name: string, role: Role, expires?: Date): Promise<void> {
    const until = expires === undefined ? {} : { expires: expires.toISOString() }
    const token = { name, role, digest: digestOf(made).toString('hex'), ...until }
    await this.#change((tokens) => [...tokens.filter((known) => known.name !== name), token])
  }

  /** Whose there are, without what they are. */
  get bearers(): readonly (Bearer & { readonly expires?: string })[] {
    return this.#tokens.map(({ name, role, expires }) => ({
      name,
      role,
      ...(expires === undefined ? {} : { expires }),
    }))
  }

  /** That of this name counts no more. @returns whether there was one */
  async remove(name: string): Promise<boolean> {
    let isThere = false
    await this.#change((tokens) => {
      const left = tokens.filter((known) => known.name !== name)
      isThere = left.length < tokens.length
      return isThere ? left : undefined
    })
    return isThere
  }

  /** Whose token is shown. @param authorization the header @returns undefined where it is nobody's, or has expired */
  bearer(authorization: string | undefined): Holder | 'expired' | undefined {
    const shown = /^Bearer +(\S+)\s*$/i.exec(authorization ?? '')?.[1]
    if (shown === undefined) return undefined
    const digest = digestOf(shown)
    return this.holder(digest.toString('hex'))
  }

  /** By which a token is found again. */
  keyOf(token: string): string {
    return digestOf(token).toString('hex')
  }

  /** Who has shown the token before. @param holder as `bearer` said it */
  holder(holder: string): Holder | 'expired' | undefined {
    const digest = Buffer.from(holder, 'hex')
    const found = this.#tokens.find((known) => timingSafeEqual(Buffer.from(known.digest, 'hex'), digest))
    if (found === undefined) return undefined
    if (found.expires !== undefined && Date.parse(found.expires) <= this.#now().getTime()) return 'expired'
    return { name: found.name, role: found.role, holder }
  }

  /** What is asked meanwhile goes by what is kept. @param change undefined: nothing is to be changed */
  #change(change: (tokens: readonly Token[]) => readonly Token[] | undefined): Promise<void> {
    return this.#changes.pass(async () => {
      const tokens = change(this.#tokens)
      if (tokens === undefined) return
      await this.#kept.write(JSON.stringify({ tokens }))
      this.#tokens = tokens
    })
  }
}

function parsed(path: string, content: string): readonly Token[] {
  try {
    const found: unknown = JSON.parse(content)
    if (file(found) && found.tokens.every(({ digest }) => /^[0-9a-f]{64}$/.test(digest))) return found.tokens
  } catch {
    // It is said below.
  }
  throw unreadable(path, 'it is damaged')
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
