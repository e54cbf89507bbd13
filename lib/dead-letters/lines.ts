/** A file read line by line, each with the place where it stands, so that all others can be copied as they are. */
import type { FileHandle } from 'node:fs/promises'

const CHUNK_BYTES = 1_048_576
const NEWLINE = 10
/** A longer line is not held in memory. */
export const LONGEST_BYTES = 67_108_864

/** A line, and where it stands. */
export interface Line {
  /** From 1 up. */
  readonly number: number
  /** Where it begins and ends, its line break included. */
  readonly from: number
  readonly to: number
  /** Without its line break; undefined where it is longer than `LONGEST_BYTES`. */
  readonly bytes: Buffer | undefined
  /** It has a line break. */
  readonly isEnded: boolean
}

/** @param size how much of the file is read */
export async function* linesOf(file: FileHandle, size: number): AsyncGenerator<Line> {
  const begun = new Begun()
  let number = 0
  let from = 0
  for (let at = 0; at < size; ) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - at))
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at)
    if (bytesRead === 0) break
    const bytes = chunk.subarray(0, bytesRead)
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      begun.add(bytes.subarray(start, end))
      start = end + 1
      yield { number: ++number, from, to: at + start, bytes: begun.take(), isEnded: true }
      from = at + start
    }
    begun.add(bytes.subarray(start))
    at += bytesRead
  }
  if (begun.length > 0) yield { number: ++number, from, to: from + begun.length, bytes: begun.take(), isEnded: false }
}

/** A line as far as it was read. */
class Begun {
  #parts: Buffer[] = []
  length = 0

  add(bytes: Buffer): void {
    this.length += bytes.length
    if (this.length <= LONGEST_BYTES) this.#parts.push(bytes)
    else this.#parts = []
  }

  /** What there is; undefined where it is too long. The next one begins. */
  take(): Buffer | undefined {
    const bytes = this.length > LONGEST_BYTES ? undefined : Buffer.concat(this.#parts)
    this.#parts = []
    this.length = 0
    return bytes
  }
}
