/**
 * The lines of several files, one file after the other; what a name leads to is followed.
 *
 * A file goes by its identity: where it was left it is read on from, whatever its name is by then, and no file is read
 * twice. One that was renamed while it was read is read to its end under the name that it has now, in the same folder;
 * after that come those that have had its name since, and the file that has it. One that was cut, rewritten or removed
 * is reported, with the bytes that are lost, and what has its name now is read from its beginning. A last line without
 * a line break is taken when no one has written to the file for a moment.
 */
import { type FileId, fileIdOf } from '../../../identity/file-id.ts'
import type { TextEncoding } from '../../../values/text-encoding.ts'
import type { FileMark, FilePosition } from './file-position.ts'
import { GrowingFiles } from './growing-files.ts'
import { InputError } from './input-error.ts'
import { InputFile, isAsItWasLeft, movedTo } from './input-file.ts'
import { LineReader, readMemory } from './line-reader.ts'
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

/** A file that was written to so lately may be about to get the end of its last line. */
const FRESH_MS = 2000
/** How long it is waited for. */
const PATIENCE_MS = 250
/** For so long a file is remembered that has gone, or lost its name: its writer may not know that yet. */
const FORGET_MS = 60_000

/** A file that is being read, or was. */
interface ReadStage {
  readonly index: number
  readonly path: string
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
  /** Where files were left, by identity. */
  readonly #left: Map<FileId, FilePosition>
  /** Of those that are read to their end: since when they do not lie under any name of the list. */
  readonly #unseen = new Map<FileId, number>()
  /** Where files lie that come before the next one of the list. */
  readonly #first: string[]
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

  constructor(
    files: Files,
    encoding: TextEncoding,
    events: SequenceEvents,
    from: SequencePlace,
    { places, first }: LeftFiles = NOTHING_LEFT,
  ) {
    this.#left = new Map(Object.entries(places))
    this.#first = [...first]
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
    return this.#first[0] ?? pathAt(this.#files, this.#index)
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
    return this.#files.more === undefined && this.#isPastEnd
  }

  get #isPastEnd(): boolean {
    return this.#first.length === 0 && isPastEnd(this.#files, this.#index)
  }

  /** Hot. */
  next(): readonly string[] | undefined {
    // Files without a line are passed over, each once per call.
    for (let passed = 0; passed <= this.#files.paths.length + this.#first.length; ) {
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
    const { index, path, mark } = known
    return { index, place: { to: offset, path, file: mark } }
  }

  /** In the open file. */
  #placeOf({ index, path, mark }: ReadStage, offset: number): SequencePlace {
    return { index, place: { to: offset, path, file: mark, ...this.#nowAt(offset, mark) } }
  }

  get here(): SequencePlace {
    if (this.#reading !== undefined) return this.#placeOf(this.#reading, this.end)
    const place = this.#resumeAt
    return { index: this.#index, ...(place && { place }) }
  }

  places(): Record<string, FilePosition> {
    const all = Object.fromEntries(this.#left)
    if (this.#reading !== undefined) all[this.#reading.mark.id] = this.#placeOf(this.#reading, this.end).place!
    else if (this.#resumeAt !== undefined) all[this.#resumeAt.file?.id ?? this.path] = this.#resumeAt
    return all
  }

  get backlogBytes(): number | undefined {
    const open = this.#reading
    return this.#files.sumOf((index, id, size) => {
      // How much a packed file unpacks to is not known before.
      if (open?.mark.id === id) return this.#file?.packing === undefined ? Math.max(0, size - this.end) : undefined
      if (index === this.#index && this.#resumeAt !== undefined) return Math.max(0, size - this.#resumeAt.to)
      const left = this.#left.get(id)
      if (left !== undefined) return Math.max(0, size - (left.isOver === true ? (left.file?.size ?? size) : left.to))
      return index < this.#index || !this.#files.owns(pathAt(this.#files, index), id) ? 0 : size
    })
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
    for (let tries = 0; tries <= 2 * (this.#files.paths.length + this.#first.length) && !this.isAtEnd; tries++) {
      if (this.#isPastEnd && !this.#findMore()) return false
      const id = fileIdOf(this.path)
      if (this.#resumeAt === undefined && !this.#isToBeRead(this.path, id)) {
        this.#goOn()
        continue
      }
      const place = this.#resumeAt ?? this.#left.get(id!)
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
    const listed = this.#files.look()
    if (listed === undefined) return false
    const ids = new Map(listed.map((path) => [path, fileIdOf(path)]))
    this.#findPutAside(new Set(ids.values()))
    const found = this.#files.paths.findIndex((path) => {
      const id = ids.get(path)
      return id !== undefined && this.#isToBeRead(path, id)
    })
    if (found !== -1) this.#index = found
    return !this.#isPastEnd
  }

  /**
   * Files that have no name of the list any more, since another one has taken theirs, may still have grown before, or
   * for a while after that.
   */
  #findPutAside(listed: ReadonlySet<FileId | undefined>): void {
    const now = this.#events.now()
    for (const [id, { path, file, isOver }] of this.#left) {
      if (isOver === undefined || listed.has(id)) this.#unseen.delete(id)
      else if (now - (this.#unseen.get(id) ?? now) >= FORGET_MS) {
        this.#unseen.delete(id)
        this.#left.delete(id)
      } else {
        this.#unseen.set(id, this.#unseen.get(id) ?? now)
        if (path !== undefined && file !== undefined && fileIdOf(path) !== undefined) this.#putFirst(path, file)
      }
    }
  }

  /** What there is to be read of a file that has lost its name, and of those that have had it since. */
  #putFirst(path: string, mark: FileMark): void {
    for (const lies of [movedTo(path, mark), ...this.#files.between(path, mark)]) {
      const id = lies === undefined ? undefined : fileIdOf(lies)
      if (id === undefined || this.#first.includes(lies!)) continue
      const left = this.#left.get(id)
      if (left === undefined || !isAsItWasLeft(lies!, left)) this.#first.push(lies!)
    }
  }

  /** It has something that was not read, and is for this task; or it is gone, which is to be told. */
  #isToBeRead(path: string, id: FileId | undefined): boolean {
    if (id === undefined) return true
    const left = this.#left.get(id)
    return left === undefined ? this.#files.owns(path, id) : !isAsItWasLeft(path, left)
  }

  /** To the next file. */
  #goOn(): void {
    if (this.#first.shift() === undefined) this.#index++
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
    this.#reading = { index: this.#index, path: this.path, mark: file.mark() }
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
    const stage = this.#reading!
    const mark = this.#file!.mark()
    this.#stages.set(this.#stage, { ...stage, mark })
    const { place } = this.#placeOf(stage, this.end)
    if (!this.#files.repeat) this.#left.set(mark.id, { ...place!, isOver: true })
    this.#closeFile()
    if (!isFollowed || this.#first.length > 0) this.#goOn()
    else this.#putFirst(stage.path, mark)
  }

  /** The file is not what it was, in the middle: what has its name is read from its beginning. */
  #lose(error: unknown): void {
    if (!(error instanceof InputError) || error.code === 'FILE_NOT_FOUND') throw error
    const from = this.end
    const isDamaged = error.code === 'INPUT_DAMAGED'
    const to = isDamaged ? undefined : Math.max(from, this.#file!.seenSize)
    const { index, path, mark } = this.#reading!
    const before = { index, place: { to: from, path, file: { ...mark, size: to ?? mark.size } } }
    const now = this.#file!.mark()
    this.#closeFile()
    this.#tellLost(error, before, to, isDamaged)
    // As long as it is as damaged as this, it is not read again.
    if (isDamaged && !this.#files.repeat) this.#left.set(now.id, { to: from, path, file: now, isOver: true })
  }

  /** @param to where the file had ended, if that is known @param isOver nothing of this name is left to be read */
  #tellLost(error: InputError, before: SequencePlace, to: number | undefined, isOver: boolean): void {
    const { path } = this
    const id = before.place?.file?.id ?? fileIdOf(path)
    if (id !== undefined) this.#left.delete(id)
    const from = before.place?.to ?? 0
    if (isOver) this.#goOn()
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
      const size = Math.max(mark.size, file!.size)
      return { ...(tail !== undefined && { tail }), file: { ...mark, ...file!, size } }
    } catch {
      return undefined
    }
  }
}
