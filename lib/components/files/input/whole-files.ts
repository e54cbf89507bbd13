/** Whole files, one after the other: each is a row of its path, as it was listed, and its text. */
import { readFileSync } from 'node:fs'
import { type FileId, fileIdOf } from '../../../identity/file-id.ts'
import { decodeText, type TextEncoding } from '../../../values/text-encoding.ts'
import type { FilePosition } from './file-position.ts'
import { GrowingFiles } from './growing-files.ts'
import { damaged, InputError, invalidText } from './input-error.ts'
import { InputFile } from './input-file.ts'
import {
  type Files,
  isPastEnd,
  type LeftFiles,
  NOTHING_LEFT,
  pathAt,
  type RowSequence,
  type SequenceEvents,
  type SequencePlace,
} from './row-sequence.ts'
import { unpackAll } from './unpacked-file.ts'

/** A text has to fit into a frame; what unpacks to more than the largest frame never does. */
const MOST_BYTES = 268_435_456

/** Each file is a stage, and the one row in it goes from 0 to 1. */
export class WholeFiles implements RowSequence {
  readonly start = 0
  readonly end = 1
  readonly pending = undefined
  readonly #files: GrowingFiles
  readonly #encoding: TextEncoding
  readonly #events: SequenceEvents
  readonly #first: number
  #next: number
  /** What was read, by identity. */
  readonly #read: Map<FileId, FilePosition>

  constructor(
    files: Files,
    encoding: TextEncoding,
    events: SequenceEvents,
    from: SequencePlace,
    { places }: LeftFiles = NOTHING_LEFT,
  ) {
    this.#read = new Map(Object.entries(places))
    this.#files = new GrowingFiles(files, () => events.now())
    this.#encoding = encoding
    this.#events = events
    this.#first = from.index
    this.#next = from.index
  }

  get stage(): number {
    return this.#next - 1
  }

  get path(): string {
    return pathAt(this.#files, this.stage)
  }

  get isAtEnd(): boolean {
    return this.#files.more === undefined && isPastEnd(this.#files, this.#next)
  }

  get backlogBytes(): number | undefined {
    return this.#files.sumOf((index, id, size) =>
      index < this.#next || !this.#isToBeRead(pathAt(this.#files, index), id) ? 0 : size,
    )
  }

  next(): readonly string[] | undefined {
    // Files that cannot be read are passed over, each once per call.
    for (let tries = 0; tries <= this.#files.paths.length && !this.isAtEnd; tries++) {
      if (isPastEnd(this.#files, this.#next) && !this.#findMore()) return undefined
      const path = pathAt(this.#files, this.#next)
      const id = fileIdOf(path)
      if (id !== undefined && !this.#files.repeat && !this.#isToBeRead(path, id)) {
        this.#next++
        continue
      }
      try {
        const text = this.#textOf(path)
        this.#next++
        return [path, text]
      } catch (error) {
        if (!(error instanceof InputError) || error.code === 'FILE_NOT_FOUND') throw error
        this.#next++
        this.#events.lost({ stage: this.stage, path, from: 0, row: [path, null], error })
      }
    }
    return undefined
  }

  get here(): SequencePlace {
    return { index: this.#next }
  }

  places(): Record<string, FilePosition> {
    return Object.fromEntries(this.#read)
  }

  /** Looks for files that are new: also where one has taken a name that was read. @returns whether there is one */
  #findMore(): boolean {
    const listed = this.#files.look() ?? []
    const next = new Set(this.#files.paths.slice(this.#next))
    for (const path of listed) {
      const id = fileIdOf(path)
      if (id !== undefined && !next.has(path) && this.#isToBeRead(path, id)) this.#files.paths.push(path)
    }
    return !isPastEnd(this.#files, this.#next)
  }

  #isToBeRead(path: string, id: FileId): boolean {
    return !this.#read.has(id) && this.#files.owns(path, id)
  }

  placeIn(stage: number, offset: number): SequencePlace {
    return { index: stage < this.#first ? this.#first : stage + offset }
  }

  async close(): Promise<void> {}

  /** @throws PARTITION_GONE, FILE_NOT_FOUND, INPUT_DAMAGED */
  #textOf(path: string): string {
    const bytes = InputFile.with(path, undefined, (file) => {
      const mark = file.mark()
      this.#read.set(mark.id, { to: 1, path, file: mark, isOver: true })
      const all = readFileSync(file.descriptor)
      if (file.packing === undefined) return all
      try {
        return unpackAll(all, file.packing, MOST_BYTES)
      } catch (cause) {
        throw damaged(path, cause)
      }
    })
    const { text, encoding, invalid } = decodeText(bytes, this.#encoding)
    if (invalid > 0) this.#events.invalid(invalid, invalidText(path, encoding, 0))
    return text
  }
}
