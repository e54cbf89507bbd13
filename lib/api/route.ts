/** How one thing is asked of a service over HTTP. */
import type { Schema } from './schema.ts'

/** Who may: each role may do what those before it may. */
export const ROLES = ['read', 'operate', 'admin'] as const

/** The header in which the client of a change says which one it is. */
export const REQUEST_HEADER = 'typhoon-request'
/** What may stand in it. */
export const REQUEST_ID = /^[\w-]{16,64}$/

/** What the bearer of a token may do. */
export type Role = (typeof ROLES)[number]

/** How one thing is asked. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Parts in braces may be any text. */
  readonly path: string
  /** Undefined: everybody who reaches the port. */
  readonly role: Role | undefined
  readonly summary: string
  readonly query?: Readonly<Record<string, Schema>>
  /** In JSON; `bytes`: as it is. */
  readonly body?: Schema | 'bytes'
  /**
   * In JSON; or one such object a line, for as long as it is wanted; or server-sent events; or a text; or a file, in
   * parts.
   */
  readonly answer: Schema | { readonly lines: Schema } | 'events' | 'text' | 'file'
  /** It changes nothing, and is noted all the same who has asked it. */
  readonly isNoted?: boolean
}
