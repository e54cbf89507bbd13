/** What was asked, and was found to be in order. */
import type { Readable } from 'node:stream'
import type { ChangeRequest } from '../nimbus/record/requests.ts'
import type { Shown } from './browser/sessions.ts'
import type { Holder } from './tokens.ts'

export interface Asked {
  /** What stands in the place of the braces. */
  readonly path: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string | number>>
  /** Of JSON; undefined where none is taken. */
  readonly body: unknown
  /** Of a change: which one it is, where its client says so. */
  readonly request?: ChangeRequest | undefined
  /** The forms of an answer that are understood, as the header says them. */
  readonly accept: string
  /** What is sent as it is. */
  readonly content: Readable
  /** Whoever has asked is gone. */
  readonly gone: AbortSignal
  /** Who asks; undefined where nobody has to show it, and nobody has. */
  readonly by: Holder | undefined
  /** By which session, where it is one. */
  readonly session: Shown | undefined
}
