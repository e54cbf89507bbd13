/**
 * Where a reading goes on: a place in a file, and what tells that it is still this file. It is plain data, for it is
 * kept as JSON.
 */

import type { FileId } from '../../../identity/file-id.ts'

/** What tells a file from another one of its name. */
export interface FileMark {
  readonly id: FileId
  /** Bytes, when it was looked at. */
  readonly size: number
  /** When it had been written to last, as it was looked at; left out by earlier versions. */
  readonly mtimeMs?: number
  /** CRC-32 of the first `headBytes` bytes. */
  readonly head: number
  readonly headBytes: number
}

/** A place between two lines, and how to know it again. */
export interface FilePosition {
  /** Bytes from the start of the file; of a packed one, of what it unpacks to. */
  readonly to: number
  /** The name under which it was read; left out by earlier versions, which kept places by names. */
  readonly path?: string
  /** CRC-32 of the few bytes before it; left out where they are not at hand. */
  readonly tail?: number
  /** Left out by earlier versions. */
  readonly file?: FileMark
  /** All that was in the file has been read. */
  readonly isOver?: true
}
