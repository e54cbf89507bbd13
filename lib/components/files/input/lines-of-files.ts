/**
 * The lines of several files, one file after the other; what a name leads to is followed.
 *
 * A file that was renamed while it was read is read to its end under the name that it has now, in the same folder;
 * after that comes the file that has its name. One that was cut, rewritten or removed is reported, with the bytes that
 * are lost, and what has its name now is read from its beginning. A last line without a line break is taken when nobody
 * has written to the file for a moment.
 */
import { existsSync } from 'node:fs'
import type { TextEncoding } from '../../../values/text-encoding.ts'
import type { FileMark, FilePosition } from './file-position.ts'
import { GrowingFiles } from './growing-files.ts'
import { InputError } from './input-error.ts'
import { InputFile, isAsItWasLeft } from './input-file.ts'
import { LineReader, readMemory } from './line-reader.ts'
import {
  type Files,
  isPastEnd,
  pathAt,
  type RowSequence,
  type SequenceEvents,
  type SequencePlace,
} from './row-sequence.ts'

/** A file that was written to so lately may be about to get the end of its last line. */
const FRESH_MS = 2000
/** How long it is waited for. */
const PATIENCE_MS = 250

/** A file that is being read, or was. */
interface ReadStage {
  readonly index: number
  readonly mark: FileMark
}

/** Bytes that are lost: where a reading goes on that has not reported them, and one that has. */
interface LostStage {
  readonly before: SequencePlace
  readonly after: SequencePlace
}

export class LinesOfFiles implements RowSequence {
  readonly #files: GrowingFiles
  readonly #encoding: TextEncoding
  readonly #events: SequenceEvents
  readonly #memory = readMemory()
  /** Number of the file; goes on counting where the files are repeated. */
  #index: number
  #resumeAt: FilePosition | undefined
  readonly #origin: SequencePlace
  /** Those of the list, and what has come later. */
  /** Where files were left that are not open, by name. */
  readonly #left: Map<string, FilePosition>
  /** When it was looked last for what has come after the last file. */
  #file: InputFile | undefined
  #reader: LineReader | undefined
  /** Counts the files that were opened, one that has followed another under its name too, and what was lost. */
  #stage = -1
  readonly #stages = new Map<number, ReadStage | LostStage>()
  /** The stage of the open file. */
  #reading: ReadStage | undefined
  /** Settles when the unpacked files are closed. */
  #closing: Promise<void> = Promise.resolve()
  /** Since when its last line has waited for a line break, and the size of the file then. */
  #waiting: { readonly since: number; readonly size: number } | undefined

  /** @param places where files were left, by name: a file is read on from there */
  constructor(
    files: Files,
    encoding: TextEncoding,
    events: SequenceEvents,
    from: SequencePlace,
    places: Readonly<Record<string, FilePosition>> = {},
  ) {
    this.#left = new Map(Object.entries(places))
    this.#files = new GrowingFiles(files, () => events.now())
    this.#encoding = encoding
    this.#events = events
    this.#origin = from
    this.#index = from.index
    this.#resumeAt = from.place
  }

  get stage(): number {
    return this.#stage
  }

  get path(): string {
    return pathAt(this.#files, this.#index)
  }

  /** Where the last line begins, in unpacked bytes. */
  get start(): number {
    return this.#reader?.start ?? 0
  }

  get end(): number {
    return this.#reader?.end ?? 0
  }

  get pending(): Promise<void> | undefined {
    return this.#reader?.pending
  }

  get isAtEnd(): boolean {
    return this.#files.more === undefined && isPastEnd(this.#files, this.#index)
  }

  /** Hot. */
  next(): readonly string[] | undefined {
    // Files without a line are passed over, each once per call.
    for (let passed = 0; passed <= this.#files.paths.length; ) {
      if (this.#reader === undefined && !this.#begin()) return undefined
      try {
        const line = this.#reader!.next()
        if (line !== undefined) return [line]
        if (this.#reader!.pending || this.#mustWait()) return undefined
        // Where more is waited for, so is the end of a line.
        const rest = this.#files.more === undefined ? this.#reader!.rest() : undefined
        if (rest !== undefined) return [rest]
      } catch (error) {
        this.#lose(error)
        continue
      }
      this.#finish()
      passed++
    }
    return undefined
  }

  placeIn(stage: number, offset: number): SequencePlace {
    for (const number of this.#stages.keys()) if (number < stage) this.#stages.delete(number)
    const known = this.#stages.get(stage)
    if (known === undefined) return this.#origin
    if ('before' in known) return offset === 0 ? known.before : known.after
    if (stage === this.#stage && this.#reading !== undefined) return this.#placeOf(known, offset)
    const { index, mark } = known
    return { index, place: { to: offset, file: mark } }
  }

  /** In the open file. */
  #placeOf({ index, mark }: ReadStage, offset: number): SequencePlace {
    return { index, place: { to: offset, file: mark, ...this.#nowAt(offset, mark) } }
  }

  get here(): SequencePlace {
    if (this.#reading !== undefined) return this.#placeOf(this.#reading, this.end)
    const place = this.#resumeAt
    return { index: this.#index, ...(place && { place }) }
  }

  places(): Record<string, FilePosition> {
    const all = Object.fromEntries(this.#left)
    if (this.#reading !== undefined) all[this.path] = this.#placeOf(this.#reading, this.end).place!
    else if (this.#resumeAt !== undefined) all[this.path] = this.#resumeAt
    return all
  }

  close(): Promise<void> {
    this.#closeFile()
    return this.#closing
  }

  #closeFile(): void {
    const file = this.#file
    const unpacked = this.#reader?.close()
    this.#reader = this.#file = this.#reading = this.#waiting = undefined
    if (unpacked === undefined) {
      file?.close()
      return
    }
    this.#closing = Promise.all([this.#closing, unpacked.finally(() => file?.close())]).then(() => {})
    this.#closing.catch(() => {}) // `close` tells it
  }

  /** Opens the next file that can be opened; false where there is none. */
  #begin(): boolean {
    for (let tries = 0; tries <= 2 * this.#files.paths.length && !this.isAtEnd; tries++) {
      if (isPastEnd(this.#files, this.#index) && !this.#findMore()) return false
      const left = this.#files.repeat ? undefined : this.#left.get(this.path)
      if (left !== undefined && isAsItWasLeft(this.path, left)) {
        this.#index++
        continue
      }
      const place = this.#resumeAt ?? left
      this.#resumeAt = undefined
      try {
        this.#open(place)
        return true
      } catch (error) {
        if (!(error instanceof InputError) || error.code === 'FILE_NOT_FOUND') {
          this.#resumeAt = place
          throw error
        }
        const before = { index: this.#index, ...(place && { place }) }
        this.#tellLost(error, before, place?.file?.size, error.code === 'PARTITION_GONE')
      }
    }
    return false
  }

  /** Looks for a file that is new, or has changed since it was read. @returns whether there is one to go on with */
  #findMore(): boolean {
    if (!this.#files.look()) return false
    const found = this.#files.paths.findIndex((path) => {
      const left = this.#left.get(path)
      return left === undefined ? existsSync(path) : !isAsItWasLeft(path, left) && existsSync(path)
    })
    if (found === -1) return false
    this.#index = found
    return true
  }

  #open(place: FilePosition | undefined): void {
    const file = InputFile.open(this.path, place)
    try {
      this.#reader = new LineReader(file, this.#encoding, { from: place?.to ?? 0 }, this.#events, this.#memory)
    } catch (error) {
      file.close()
      throw error
    }
    this.#file = file
    this.#reading = { index: this.#index, mark: file.mark() }
    this.#stages.set(++this.#stage, this.#reading)
  }

  /** Its last line has no line break, and somebody may be writing it. */
  #mustWait(): boolean {
    const file = this.#file!
    if (!this.#reader!.hasRest || file.packing !== undefined || file.ageMs > FRESH_MS) return false
    const { size } = file
    const now = this.#events.now()
    if (this.#waiting?.size !== size) this.#waiting = { since: now, size }
    return now - this.#waiting!.since < PATIENCE_MS
  }

  /** Ends a file: goes on to the one that has its name now, or to the next. */
  #finish(): void {
    const isFollowed = this.#file!.isFollowed()
    const { index, mark } = this.#reading!
    const { size } = this.#file!
    this.#stages.set(this.#stage, { index, mark: { ...mark, size } })
    const { place } = this.#placeOf(this.#reading!, this.end)
    if (isFollowed) this.#left.delete(this.path)
    else if (!this.#files.repeat) this.#left.set(this.path, { ...place!, isOver: true })
    this.#closeFile()
    if (!isFollowed) this.#index++
  }

  /** The file is not what it was, in the middle: what has its name is read from its beginning. */
  #lose(error: unknown): void {
    if (!(error instanceof InputError) || error.code === 'FILE_NOT_FOUND') throw error
    const from = this.end
    const isDamaged = error.code === 'INPUT_DAMAGED'
    const to = isDamaged ? undefined : Math.max(from, this.#file!.seenSize)
    const { index, mark } = this.#reading!
    const before = { index, place: { to: from, file: { ...mark, size: to ?? mark.size } } }
    this.#closeFile()
    this.#tellLost(error, before, to, isDamaged)
  }

  /** @param to where the file had ended, if that is known @param isOver nothing of this name is left to be read */
  #tellLost(error: InputError, before: SequencePlace, to: number | undefined, isOver: boolean): void {
    const { path } = this
    this.#left.delete(path)
    const from = before.place?.to ?? 0
    if (isOver) this.#index++
    if (to !== undefined && to <= from) return
    const range = to === undefined ? `what comes after byte ${from} is lost` : `bytes ${from} to ${to} are lost`
    const { code, message, where, hint, cause } = error
    const told = new InputError(code, `${message}; ${range}`, {
      where,
      hint: code === 'INPUT_CHANGED' ? undefined : hint,
      cause,
    })
    const stage = ++this.#stage
    this.#stages.set(stage, { before, after: { index: this.#index } })
    this.#events.lost({ stage, path, from, ...(to !== undefined && { to }), row: [null], error: told })
  }

  /** What the open file says of a place; nothing where it was cut, which the reader finds out. */
  #nowAt(offset: number, mark: FileMark): Partial<FilePosition> | undefined {
    try {
      const { tail, file } = this.#file!.placeAt(offset)
      return { ...(tail !== undefined && { tail }), file: { ...mark, size: Math.max(mark.size, file!.size) } }
    } catch {
      return undefined
    }
  }
}
