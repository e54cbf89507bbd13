/** Whole files, one after the other: each is a row of its path, as it was listed, and its text. */
import { readFileSync } from 'node:fs'
import { decodeText, type TextEncoding } from '../../../values/text-encoding.ts'
import type { FilePosition } from './file-position.ts'
import { GrowingFiles } from './growing-files.ts'
import { damaged, InputError, invalidText } from './input-error.ts'
import { InputFile } from './input-file.ts'
import {
  type Files,
  isPastEnd,
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
  /** Those of the list, and what has come later. */
  readonly #read: Set<string>
  /** When it was looked last for what has come after the last file. */

  /** @param places the files that were read before, by name */
  constructor(
    files: Files,
    encoding: TextEncoding,
    events: SequenceEvents,
    from: SequencePlace,
    places: Readonly<Record<string, FilePosition>> = {},
  ) {
    this.#read = new Set(Object.keys(places))
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

  next(): readonly string[] | undefined {
    // Files that cannot be read are passed over, each once per call.
    for (let tries = 0; tries <= this.#files.paths.length && !this.isAtEnd; tries++) {
      if (isPastEnd(this.#files, this.#next) && !this.#findMore()) return undefined
      const path = pathAt(this.#files, this.#next)
      if (!this.#files.repeat && this.#read.has(path)) {
        this.#next++
        continue
      }
      try {
        const text = this.#textOf(path)
        this.#next++
        this.#read.add(path)
        return [path, text]
      } catch (error) {
        if (!(error instanceof InputError) || error.code === 'FILE_NOT_FOUND') throw error
        this.#next++
        this.#read.add(path)
        this.#events.lost({ stage: this.stage, path, from: 0, row: [path, null], error })
      }
    }
    return undefined
  }

  get here(): SequencePlace {
    return { index: this.#next }
  }

  places(): Record<string, FilePosition> {
    return Object.fromEntries([...this.#read].map((path) => [path, { to: 1, isOver: true }]))
  }

  /** Looks for files that are new. @returns whether there is one */
  #findMore(): boolean {
    return this.#files.look() && !isPastEnd(this.#files, this.#next)
  }

  placeIn(stage: number, offset: number): SequencePlace {
    return { index: stage < this.#first ? this.#first : stage + offset }
  }

  async close(): Promise<void> {}

  /** @throws PARTITION_GONE, FILE_NOT_FOUND, INPUT_DAMAGED */
  #textOf(path: string): string {
    const bytes = InputFile.with(path, undefined, (file) => {
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
