/**
 * Hands on the lines of a part of a file, from large blocks; one scanner serves all files of a task, its memory is a block or the longest line.
 *
 * It reads synchronously, splits bytes before they are decoded, and makes each line a string of its own, for the reasons that stand at the line
 * reader of the core's FileSpout. It differs from that one in that a call takes the lines that there is room for, in one loop.
 */
import { crc32 } from 'node:zlib'
import type { LineEncoding } from '../../../components/files/line-reader.ts'
import type { BatchCollector } from '../spout.ts'
import { tooLong } from './input-error.ts'
import type { InputFile } from './input-file.ts'

const BLOCK = 262_144
const LONGEST_LINE = 16_777_216
/** After so many lines, or bytes, it is asked whether there is room for more. */
const LINES_PER_LOOK = 32
const BYTES_PER_LOOK = 8192
const NEWLINE = 10
const RETURN = 13

/** Which lines of a file. */
export interface Part {
  /** Where the first line begins. */
  readonly from: number
  /** No line goes on beyond this. */
  readonly end: number
  /** A last line that has no line break before `end` counts as well. */
  readonly takesRest: boolean
}

/** What was read. */
export interface Scanned {
  readonly to: number
  /** CRC-32 of the bytes. */
  readonly sum: number
}

/** A line without its `\n` or `\r\n`, and where it begins. */
export type OnLine = (line: string, offset: number) => void

/** The row of a line: its text; with the place also the file, and where in it the line begins, in bytes. */
export type LineRow<WithPlace extends boolean = boolean> = WithPlace extends true
  ? { line: string; file: string; offset: number }
  : { line: string }

/** Emits a row for each line. */
export function emitLinesTo(withPlace: boolean, file: string, collector: BatchCollector): OnLine {
  return withPlace ? (line, offset) => collector.emit([line, file, offset]) : (line) => collector.emit([line])
}

const ENDLESS = { hasRoom: true }

export class LineScanner {
  readonly #encoding: LineEncoding
  #buffer: Buffer = Buffer.allocUnsafe(BLOCK)

  constructor(encoding: LineEncoding) {
    this.#encoding = encoding
  }

  /**
   * Reads till there is no more room, or nothing more to read. Without room it reads a few lines all the same: each call comes forward.
   * @throws TUPLE_TOO_LARGE where the first line is over 16 MiB, INPUT_CHANGED, FILE_NOT_FOUND
   */
  scan(
    file: InputFile,
    { from, end, takesRest }: Part,
    onLine: OnLine,
    room: { readonly hasRoom: boolean } = ENDLESS,
  ): Scanned {
    let position = from
    let sum = 0
    while (position < end) {
      const block = this.#buffer.subarray(0, Math.min(this.#buffer.length, end - position))
      file.read(block, position)
      const isLast = takesRest && position + block.length === end
      const used = this.#lines(block, position, isLast, onLine, room)
      if (used === 0) {
        // Not a whole line: the rest of the file, or a line that is longer than the block.
        if (position + block.length === end) break
        if (this.#grow()) continue
        if (position === from) throw tooLong(file.path, from, LONGEST_LINE)
        break
      }
      sum = crc32(block.subarray(0, used), sum)
      position += used
      if (!room.hasRoom) break
    }
    return { to: position, sum }
  }

  /** Where the first line begins that begins at `offset` or after it; `end` where there is none. */
  lineStart(file: InputFile, offset: number, end: number): number {
    if (offset === 0) return 0
    // A line begins at the offset itself where the byte before it is a line break.
    for (let position = offset - 1; position < end; ) {
      const block = this.#buffer.subarray(0, Math.min(BLOCK, end - position))
      file.read(block, position)
      const newline = block.indexOf(NEWLINE)
      if (newline >= 0) return position + newline + 1
      position += block.length
    }
    return end
  }

  /** Hot. Returns how many bytes the lines were that it has handed on. */
  #lines(block: Buffer, base: number, isLast: boolean, onLine: OnLine, room: { readonly hasRoom: boolean }): number {
    let position = 0
    let lines = 0
    let lookAt = BYTES_PER_LOOK
    for (let newline = block.indexOf(NEWLINE); newline >= 0; newline = block.indexOf(NEWLINE, position)) {
      onLine(this.#text(block, position, newline), base + position)
      position = newline + 1
      if (++lines < LINES_PER_LOOK && position < lookAt) continue
      if (!room.hasRoom) return position
      lines = 0
      lookAt = position + BYTES_PER_LOOK
    }
    if (!isLast || position === block.length) return position
    onLine(this.#text(block, position, block.length), base + position)
    return block.length
  }

  #text(block: Buffer, start: number, end: number): string {
    const stop = end > start && block[end - 1] === RETURN ? end - 1 : end
    return block.toString(this.#encoding, start, stop)
  }

  /** Makes room for a longer line; false where it is as long as may be. */
  #grow(): boolean {
    if (this.#buffer.length > LONGEST_LINE) return false
    this.#buffer = Buffer.allocUnsafe(Math.min(this.#buffer.length * 2, LONGEST_LINE + 2))
    return true
  }
}
