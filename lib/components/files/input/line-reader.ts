/**
 * Reads the lines of a file, or of a part of it, with their byte offsets, a block at a time: the one reader of all file
 * spouts. Its memory is a block, or the longest line.
 *
 * It reads synchronously. A block of a local file takes some ten microseconds out of the page cache, less than the turn
 * of the event loop that a promise costs, and a spout can hand out a line at every call. Only where the file has to be
 * unpacked there is something to wait for.
 *
 * Lines are split as bytes, before decoding, so that no character is cut at the border of two blocks. Each line is a
 * string of its own: a slice of a decoded block would keep the whole block in memory for as long as anyone holds one
 * word of it.
 */
import { crc32 } from 'node:zlib'
import { MARK_BYTES, type TextEncoding, TextFormat } from '../../../values/text-encoding.ts'
import { ByteStream } from './byte-stream.ts'
import { changed, type InputError, invalidText, tooLong } from './input-error.ts'
import type { InputFile } from './input-file.ts'
import { unpackedFile } from './unpacked-file.ts'

const BLOCK = 262_144
const LONGEST_LINE = 16_777_216
/** So many bytes of a line that is too long are passed over before others have their turn. */
const BYTES_PER_TURN = 67_108_864
/** So much of it is kept for its dead letter. */
const SHOWN = 256

/** A line that is left out because it is too long. */
export interface LongLine {
  readonly from: number
  /** Where the next line begins. */
  readonly to: number
  /** How it begins. */
  readonly text: string
  /** What its dead letter says. */
  readonly error: InputError
}

/** What a reader tells of what it has read. */
export interface ReaderEvents {
  longLine(line: LongLine): void
  /**
   * How many characters of a line are not valid in its encoding; with the error at the first line of a reader that has
   * some.
   */
  invalid(count: number, error: InputError | undefined): void
}

/** Which lines of a file. */
export interface FilePart {
  /** Where the first line begins. */
  readonly from: number
  /** No line goes on beyond this; left out: the end of the file, wherever that is when it is reached. */
  readonly end?: number
  /** Whether `sum` is wanted. */
  readonly sums?: boolean
}

/** Memory to read into, that readers which follow each other can share. */
export interface ReadMemory {
  bytes: Buffer
}

/** New memory of a block. */
export function readMemory(): ReadMemory {
  return { bytes: Buffer.allocUnsafe(BLOCK) }
}

export class LineReader {
  /** Where the line that came last begins, and where the one after it does. */
  start: number
  end: number
  /** Set where `next` has returned undefined because something must be waited for. */
  pending: Promise<void> | undefined
  readonly #source: InputFile | ByteStream
  #format: TextFormat | undefined
  readonly #encoding: TextEncoding
  readonly #events: ReaderEvents
  readonly #part: FilePart
  readonly #memory: ReadMemory
  /** The part of the memory that was read. */
  #view: Buffer
  /** Offset of the view's first byte in the file. */
  #base: number
  /** Where the next line begins in the view. */
  #position = 0
  /** The view has no line break before this offset. */
  #sought = 0
  /** Where a line that is too long begins, and its first characters. */
  #long: { readonly from: number; readonly text: string } | undefined
  #passed = 0
  #failure: unknown
  #hasToldInvalid = false
  #sum = 0
  #summed = 0

  /**
   * @param source a file stays the caller's to close, after the reader; a stream is closed with it
   * @throws FILE_NOT_FOUND where a file cannot be unpacked
   */
  constructor(
    source: InputFile | ByteStream,
    encoding: TextEncoding,
    part: FilePart,
    events: ReaderEvents,
    memory = readMemory(),
  ) {
    this.#encoding = encoding
    this.#events = events
    this.#part = part
    this.#memory = memory
    this.#view = memory.bytes.subarray(0, 0)
    this.#base = this.start = this.end = part.from
    const isPacked = 'packing' in source && source.packing !== undefined
    this.#source = isPacked ? unpackedFile(source, source.packing!) : source
    if ('head' in this.#source) this.#begin(this.#source.head(MARK_BYTES))
  }

  /**
   * The next line without its `\n` or `\r\n`. Undefined where something is `pending`, or where there is no further line
   * break: a later call reads on where the file has grown. Hot.
   * @throws INPUT_CHANGED, INPUT_DAMAGED, FILE_NOT_FOUND
   */
  next(): string | undefined {
    if (this.#failure !== undefined) throw this.#takeFailure()
    for (;;) {
      const format = this.#format
      if (format !== undefined) {
        const newline = format.newlineIn(this.#view, Math.max(this.#position, this.#sought))
        if (newline >= 0) {
          const line = this.#take(format, newline, newline + format.newlineBytes)
          if (line !== undefined) return line
          continue
        }
      }
      const more = format === undefined ? this.#beginStream(this.#source as ByteStream) : this.#readOn()
      if (more === false) return undefined
      if (more === true) continue
      this.#wait(more)
      return undefined
    }
  }

  /** The last line, where it has no line break; undefined where the file ends with one. */
  rest(): string | undefined {
    const { length } = this.#view
    if (this.#format === undefined || (this.#position >= length && this.#long === undefined)) return undefined
    return this.#take(this.#format, length, length)
  }

  /** Whether `rest` would return something. */
  get hasRest(): boolean {
    return this.#position < this.#view.length || this.#long !== undefined
  }

  /** CRC-32 of the bytes of the lines that were returned. */
  get sum(): number {
    this.#addToSum()
    return this.#sum
  }

  /** A promise where the file is being unpacked, or is a stream. */
  close(): Promise<void> | undefined {
    return this.#source instanceof ByteStream ? this.#source.close() : undefined
  }

  /** What fails meanwhile is thrown by the next call. */
  #wait(more: Promise<void>): void {
    this.pending = more
      .catch((error) => {
        this.#failure = error
      })
      .then(() => {
        this.pending = undefined
      })
  }

  #takeFailure(): unknown {
    const failure = this.#failure
    this.#failure = undefined
    return failure
  }

  #begin(head: Uint8Array): void {
    this.#format = new TextFormat(head, this.#encoding)
    this.#base = Math.max(this.#part.from, this.#format.begin)
  }

  async #beginStream(stream: ByteStream): Promise<void> {
    const head = Buffer.alloc(MARK_BYTES)
    for (let filled = 0; filled < head.length; ) {
      const count = await stream.readOn(head.subarray(0), filled, filled)
      if (count === 0) break
      filled += count
    }
    this.#begin(head)
  }

  /** Undefined for a line that is too long, which is told. */
  #take(format: TextFormat, end: number, next: number): string | undefined {
    const view = this.#view
    const start = this.#position
    this.start = this.#base + start
    this.end = this.#base + next
    this.#position = this.#sought = next
    if (this.#long !== undefined || end - start > LONGEST_LINE) {
      this.#endLong(this.#long ?? { from: this.start, text: format.text(view, start, start + SHOWN) })
      return undefined
    }
    const text = format.text(view, start, end)
    const invalid = format.invalidIn(text, view, start, end)
    if (invalid > 0) this.#tellInvalid(format, invalid)
    return text
  }

  #tellInvalid({ encoding }: TextFormat, count: number): void {
    const error = this.#hasToldInvalid ? undefined : invalidText(this.#source.path, encoding, this.start)
    this.#hasToldInvalid = true
    this.#events.invalid(count, error)
  }

  #endLong({ from, text }: { readonly from: number; readonly text: string }): void {
    this.#long = undefined
    this.start = from
    const error = tooLong(this.#source.path, from, this.end, LONGEST_LINE)
    this.#events.longLine({ from, to: this.end, text, error })
  }

  /** Reads on behind what is left of the view; false at the end. */
  #readOn(): boolean | Promise<void> {
    if (this.#view.length - this.#position > LONGEST_LINE) this.#passOver()
    if (this.#passed > BYTES_PER_TURN) {
      this.#passed = 0
      return new Promise((resolve) => setImmediate(resolve))
    }
    this.#addToSum()
    const { memory, filled } = this.#moveToFront()
    const at = this.#base + filled
    const { end = Number.POSITIVE_INFINITY } = this.#part
    const into = memory.subarray(0, Math.min(memory.length, filled + end - at))
    if (into.length === filled) return false
    const count = this.#source.readOn(into, filled, at)
    if (typeof count !== 'number') return count.then((read) => void this.#add(filled, read))
    return this.#add(filled, count)
  }

  #add(filled: number, count: number): boolean {
    this.#view = this.#memory.bytes.subarray(0, filled + count)
    if (count > 0) return true
    const { end } = this.#part
    if (end === undefined) return false
    throw changed(this.#source.path, `has ${this.#base + filled} bytes now, and ${end} were there before`)
  }

  /** Drops what was read of a line that is too long. */
  #passOver(): void {
    const format = this.#format!
    const from = this.#base + this.#position
    this.#long ??= { from, text: format.text(this.#view, this.#position, this.#position + SHOWN) }
    const { length } = this.#view
    // In UTF-16 a character may be there by half.
    const whole = length - ((length - this.#position) % format.newlineBytes)
    this.#passed += whole - this.#position
    this.#position = this.#sought = whole
  }

  /** Makes room behind the bytes that are left, more of it where they fill the memory. */
  #moveToFront(): { memory: Buffer; filled: number } {
    const left = this.#view.subarray(this.#position)
    const filled = left.length
    const { bytes } = this.#memory
    if (filled === bytes.length) this.#memory.bytes = Buffer.allocUnsafe(bytes.length * 2)
    left.copy(this.#memory.bytes)
    this.#base += this.#position
    this.#position = this.#summed = 0
    this.#sought = filled - (filled % this.#format!.newlineBytes)
    this.#view = this.#memory.bytes.subarray(0, filled)
    return { memory: this.#memory.bytes, filled }
  }

  #addToSum(): void {
    if (this.#part.sums) this.#sum = crc32(this.#view.subarray(this.#summed, this.#position), this.#sum)
    this.#summed = this.#position
  }
}
