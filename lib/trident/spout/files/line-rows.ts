/**
 * Rows of the lines of a part of a file: what the file spouts of Trident share. The reader is that of the core's
 * FileSpout.
 */

import type { FilePosition } from '../../../components/files/input/file-position.ts'
import { InputFile } from '../../../components/files/input/input-file.ts'
import {
  type FilePart,
  LineReader,
  type ReaderEvents,
  readMemory,
} from '../../../components/files/input/line-reader.ts'
import type { TaskContext } from '../../../index.ts'
import { MARK_BYTES, type TextEncoding, TextFormat } from '../../../values/text-encoding.ts'
import type { BatchCollector } from '../../model/spout.ts'

/** The number of lines, or bytes, after which it asks whether there is room for more. */
const LINES_PER_LOOK = 32
const BYTES_PER_LOOK = 8192
/** So many complaints are remembered, so that a replay does not repeat them. */
const MOST_TOLD = 10_000

/** A line without its `\n` or `\r\n`, and where it begins. */
export type OnLine = (line: string, offset: number) => void

/** Emits a row for each line. */
export function emitLinesTo(withPlace: boolean, file: string, collector: BatchCollector): OnLine {
  return withPlace
    ? (line, offset) => collector.emit([line, file, offset], offset)
    : (line, offset) => collector.emit([line], offset)
}

/** Room for whatever a meta says. */
export const ENDLESS = { hasRoom: true }

/** What was read. */
export interface Scanned {
  readonly to: number
  /** CRC-32 of the bytes. */
  readonly sum: number
}

/** A part, and whether a last line that has no line break before its end counts as well. */
export interface ScannedPart extends FilePart {
  readonly end: number
  readonly takesRest: boolean
}

export class LineRows {
  readonly #context: TaskContext
  readonly #encoding: TextEncoding
  readonly #memory = readMemory()
  readonly #told = new Set<string>()
  /** The reader of a packed file, which cannot begin anywhere but at the beginning, where the next call goes on. */
  #packed: { readonly file: InputFile; readonly reader: LineReader; readonly path: string } | undefined
  /** The collector of the call that reads a packed file now. */
  #collector!: BatchCollector

  constructor(context: TaskContext, encoding: TextEncoding) {
    this.#context = context
    this.#encoding = encoding
  }

  /**
   * Reads till there is no more room, or nothing more to read. Without room it reads a few lines all the same: each
   * call comes forward. A line that is too long is given up. A promise only for a packed file.
   * @throws INPUT_CHANGED, INPUT_DAMAGED, FILE_NOT_FOUND
   */
  scan(
    file: InputFile,
    part: ScannedPart,
    onLine: OnLine,
    room: { readonly hasRoom: boolean },
    collector: BatchCollector,
  ): Scanned {
    const reader = new LineReader(
      file,
      this.#encoding,
      { ...part, sums: true },
      this.#events(file.path, () => collector),
      this.#memory,
    )
    const isAtEnd = takeLines(reader, onLine, room)
    if (isAtEnd && part.takesRest) takeRest(reader, onLine)
    // A byte order mark without a line is read, too.
    return { to: isAtEnd && part.takesRest ? part.end : reader.end, sum: reader.sum }
  }

  /**
   * Like `scan`, for a packed file, which is opened here: from an offset in what it unpacks to, up to another one or
   * its end.
   */
  async scanPacked(
    path: string,
    place: FilePosition | undefined,
    part: { readonly from: number; readonly end?: number },
    onLine: OnLine,
    room: { readonly hasRoom: boolean },
    collector: BatchCollector,
  ): Promise<{ readonly to: number; readonly place: FilePosition; readonly isAtEnd: boolean }> {
    this.#collector = collector
    const { reader } = await this.#readerOf(path, place, part.from)
    const { end = Number.POSITIVE_INFINITY } = part
    let isAtEnd = false
    try {
      for (;;) {
        isAtEnd = takeLines(reader, onLine, room, end)
        if (reader.pending === undefined) break
        await reader.pending
      }
      if (isAtEnd && reader.end < end) takeRest(reader, onLine)
    } catch (error) {
      await this.closePacked()
      // What came before the damage is of use; the next call meets it again.
      if (reader.end === part.from) throw error
      isAtEnd = false
    }
    return { to: reader.end, place: InputFile.with(path, undefined, (again) => again.placeAt(reader.end)), isAtEnd }
  }

  /** Where the first line begins that begins at `offset` or after it; `end` where there is none. */
  lineStart(file: InputFile, offset: number, end: number): number {
    const format = new TextFormat(file.head(MARK_BYTES), this.#encoding)
    if (offset <= format.begin) return 0
    const unit = format.newlineBytes
    // A line begins at the offset itself where a line break is before it.
    const before = offset - unit + ((offset - format.begin) % unit)
    for (let position = before; position < end; ) {
      const block = this.#memory.bytes.subarray(0, Math.min(this.#memory.bytes.length, end - position))
      file.read(block, position)
      const newline = format.newlineIn(block, 0)
      if (newline >= 0) return position + newline + unit
      position += block.length - (block.length % unit || 0) || block.length
    }
    return end
  }

  /** Ends the stream of a packed file. */
  async closePacked(): Promise<void> {
    const packed = this.#packed
    this.#packed = undefined
    await packed?.reader.close()
    packed?.file.close()
  }

  async #readerOf(path: string, place: FilePosition | undefined, from: number) {
    if (this.#packed?.path !== path || this.#packed.reader.end !== from) {
      await this.closePacked()
      const file = InputFile.open(path, place)
      try {
        this.#packed = {
          path,
          file,
          reader: new LineReader(
            file,
            this.#encoding,
            { from },
            this.#events(path, () => this.#collector),
          ),
        }
      } catch (error) {
        file.close()
        throw error
      }
    }
    return this.#packed
  }

  #events(path: string, collector: () => BatchCollector): ReaderEvents {
    return {
      invalid: (count, error) => {
        this.#context.count('invalidCharacters', count)
        if (error !== undefined && this.#isNew(path)) this.#context.log('warn', `${error.message}; ${error.hint}`)
      },
      longLine: ({ from, to, text, error }) => {
        if (this.#isNew(`${path}@${from}`)) collector().reportError(error)
        collector().giveUp({ line: `${text}…` }, { file: path, offset: from, end: to }, error)
      },
    }
  }

  #isNew(what: string): boolean {
    if (this.#told.has(what)) return false
    if (this.#told.size >= MOST_TOLD) this.#told.clear()
    this.#told.add(what)
    return true
  }
}

/** True where no whole line follows; false where there is no more room. Hot. */
function takeLines(
  reader: LineReader,
  onLine: OnLine,
  room: { readonly hasRoom: boolean },
  end = Number.POSITIVE_INFINITY,
): boolean {
  let lines = 0
  let lookAt = reader.end + BYTES_PER_LOOK
  while (reader.end < end) {
    const line = reader.next()
    if (line === undefined) return true
    onLine(line, reader.start)
    if (++lines < LINES_PER_LOOK && reader.end < lookAt) continue
    if (!room.hasRoom) return false
    lines = 0
    lookAt = reader.end + BYTES_PER_LOOK
  }
  return true
}

function takeRest(reader: LineReader, onLine: OnLine): void {
  const rest = reader.rest()
  if (rest !== undefined) onLine(rest, reader.start)
}
