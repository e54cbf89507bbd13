/** What was asked, and was found to be in order. */
import type { Readable } from 'node:stream'

export interface Asked {
  /** What stands in the place of the braces. */
  readonly path: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string | number>>
  /** Of JSON; undefined where none is taken. */
  readonly body: unknown
  /** What is sent as it is. */
  readonly content: Readable
}
