/**
 * Reads the lines of a file with their byte offsets, a chunk at a time: memory is a chunk and the longest line.
 *
 * It reads synchronously. A chunk of a local file takes some ten microseconds out of the page cache, less than the turn of the event
 * loop that a promise costs, and the spout can hand out a line at every call.
 *
 * Lines are split as bytes, before decoding, so that no character is cut at the border of two chunks. Each line is a string of its
 * own: a slice of a decoded chunk would keep the whole chunk in memory for as long as anyone holds one word of it.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { messageOf, TyphoonError } from '../../errors/typhoon-error.ts'

const CHUNK = 262_144
const LONGEST_LINE = 16_777_216
const NEWLINE = 10
const RETURN = 13

/** Encodings whose line breaks can be found byte by byte. */
export type LineEncoding = 'utf8' | 'latin1'

export class LineReader {
  /** Where the line that `next` returned last begins, and where the one after it does; bytes from the start of the file. */
  start: number
  end: number
  readonly #path: string
  readonly #encoding: LineEncoding
  readonly #file: number
  #buffer: Buffer = Buffer.allocUnsafe(CHUNK)
  /** The part of the buffer that was read. */
  #view: Buffer = this.#buffer.subarray(0, 0)
  /** Offset of the buffer's first byte in the file. */
  #base: number
  /** Where the next line begins in the view. */
  #position = 0

  /** Begins at `offset`, which is the end of a line. @throws FILE_NOT_FOUND; INPUT_CHANGED where the file ends before `offset` */
  constructor(path: string, encoding: LineEncoding = 'utf8', offset = 0) {
    this.#path = path
    this.#encoding = encoding
    this.#base = this.start = this.end = offset
    this.#file = tryToOpen(path)
    const { size } = fstatSync(this.#file)
    if (size >= offset) return
    this.close()
    const message = `"${path}" has ${size} bytes, and ${offset} of it had been read before the worker was restarted`
    throw new TyphoonError('INPUT_CHANGED', message, {
      where: { file: path },
      hint: 'the file was changed while the topology ran; start the topology anew',
    })
  }

  /** The next line without its `\n` or `\r\n`; `undefined` at the end of the file. Hot. @throws TUPLE_TOO_LARGE over 16 MiB */
  next(): string | undefined {
    const position = this.#position
    let newline = this.#view.indexOf(NEWLINE, position)
    if (newline < 0) {
      newline = this.#readOn()
      if (newline < 0) return this.#lastLine()
    }
    return this.#line(newline, newline + 1)
  }

  close(): void {
    closeSync(this.#file)
  }

  #line(end: number, next: number): string {
    const view = this.#view
    const start = this.#position
    this.start = this.#base + start
    this.end = this.#base + next
    this.#position = next
    const stop = end > start && view[end - 1] === RETURN ? end - 1 : end
    return view.toString(this.#encoding, start, stop)
  }

  /** A last line that has no line break counts. */
  #lastLine(): string | undefined {
    const { length } = this.#view
    return this.#position < length ? this.#line(length, length) : undefined
  }

  /** Reads on until there is a whole line; its end in the view, or -1 at the end of the file. */
  #readOn(): number {
    this.#base += this.#position
    let filled = this.#view.copy(this.#buffer, 0, this.#position)
    this.#position = 0
    for (;;) {
      if (filled > LONGEST_LINE) throw this.#tooLong()
      if (filled === this.#buffer.length) this.#grow()
      const count = readSync(this.#file, this.#buffer, filled, this.#buffer.length - filled, this.#base + filled)
      this.#view = this.#buffer.subarray(0, filled + count)
      if (count === 0) return -1
      const newline = this.#view.indexOf(NEWLINE, filled)
      if (newline >= 0) return newline
      filled += count
    }
  }

  #grow(): void {
    const larger = Buffer.allocUnsafe(this.#buffer.length * 2)
    this.#buffer.copy(larger)
    this.#buffer = larger
  }

  #tooLong(): TyphoonError {
    const message = `"${this.#path}" has a line of more than ${LONGEST_LINE} bytes at byte ${this.#base}`
    return new TyphoonError('TUPLE_TOO_LARGE', message, { where: { file: this.#path }, hint: 'is it a text file?' })
  }
}

function tryToOpen(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw new TyphoonError('FILE_NOT_FOUND', `"${path}" cannot be opened: ${messageOf(cause)}`, {
      where: { file: path },
      cause,
    })
  }
}
