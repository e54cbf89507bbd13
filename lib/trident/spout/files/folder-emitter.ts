/**
 * Emits what is new in the files of a folder: the emitter of a DirectorySpout.
 *
 * What it remembers of a file is when to look at it again, and is nothing that matters: after a restart, or when too
 * much was remembered, it looks at each file once more.
 */
import { join } from 'node:path'
import type { FilePosition } from '../../../components/files/input/file-position.ts'
import { InputError } from '../../../components/files/input/input-error.ts'
import { InputFile } from '../../../components/files/input/input-file.ts'
import type { TaskContext } from '../../../index.ts'
import type { TextEncoding } from '../../../values/text-encoding.ts'
import type { Awaitable } from '../../model/operation.ts'
import type { BatchCollector, PartitionEmitter, TransactionAttempt } from '../../model/spout.ts'
import { emitLinesTo, LineRows, type OnLine } from './line-rows.ts'

const MOST_REMEMBERED = 50_000
/** So that no more than a thousand files are looked at in a second. */
const MILLIS_PER_FILE = 1

interface Look {
  /** Nothing was found there, the last time; -1 where something was. */
  emptyAt: number
  /** When to look there again. */
  again: number
  /** All was read, no line is begun; so nothing is lost where the file goes. */
  isWhole: boolean
  /** Something is wrong with it, and that was reported. */
  isReported: boolean
  /** Where the file ends, for one that stops at the end; -1 where it cannot be read. */
  end: number | undefined
}

/** What a FolderEmitter needs of the options of its spout. */
export interface FolderSettings {
  readonly stopAtEnd: boolean
  readonly pollMillis: number
  readonly encoding: TextEncoding
  readonly place: boolean
}

export class FolderEmitter implements PartitionEmitter<FilePosition> {
  readonly #directory: string
  readonly #context: TaskContext
  readonly #settings: FolderSettings
  readonly #rows: LineRows
  readonly #looks = new Map<string, Look>()

  constructor(directory: string, context: TaskContext, settings: FolderSettings) {
    this.#directory = directory
    this.#context = context
    this.#settings = settings
    this.#rows = new LineRows(context, settings.encoding)
  }

  emitPartitionBatchNew(
    _: TransactionAttempt,
    collector: BatchCollector,
    name: string,
    last: FilePosition | undefined,
  ): Awaitable<FilePosition | undefined> {
    const look = this.#look(name)
    const from = last?.to ?? 0
    if (look.end !== undefined && from >= look.end) return undefined
    if (look.emptyAt === from && this.#context.now() < look.again) return undefined
    const call = new Call(name, look, last, this.#settings.place, collector)
    try {
      const place = this.#read(call)
      if (!(place instanceof Promise)) return this.#done(call, place)
      return place.then(
        (found) => this.#done(call, found),
        (error) => this.#failed(call, error),
      )
    } catch (error) {
      return this.#failed(call, error)
    }
  }

  placeOf(name: string, offset: number): { file: string; offset: number } {
    return { file: join(this.#directory, name), offset }
  }

  isExhausted(name: string, last: FilePosition | undefined): boolean {
    if (!this.#settings.stopAtEnd) return false
    const look = this.#look(name)
    if (look.end === undefined) {
      try {
        look.end = InputFile.with(join(this.#directory, name), undefined, ({ size, packing }) =>
          packing === undefined ? size : undefined,
        )
      } catch {
        return false // The next call reports it.
      }
    }
    return look.end !== undefined && (last?.to ?? 0) >= look.end
  }

  close(): Promise<void> {
    return this.#rows.closePacked()
  }

  #done(call: Call, place: FilePosition | undefined): FilePosition | undefined {
    const { look } = call
    look.isReported = false
    if (place === undefined) this.#lookLater(look, call.from)
    else look.emptyAt = -1
    return place
  }

  /** An error of the stream is not ours to pass over; nor are lines that nothing would remember. */
  #failed(call: Call, error: unknown): Awaitable<FilePosition | undefined> {
    const { look, last, collector } = call
    if (!(error instanceof InputError) || call.hasEmitted) throw error
    if (error.code !== 'INPUT_CHANGED' || last === undefined) {
      this.#leaveOut(look, call.from, error, collector)
      return undefined
    }
    const lost = Math.max(last.file?.size ?? last.to, last.to)
    if (lost > last.to) collector.reportError(lostOf(error, last.to, lost))
    else this.#context.log('warn', `${error.message}; it is read from its beginning`)
    look.end = undefined
    return this.#fromBeginning(call)
  }

  /** The same for the file that has the name now. */
  #fromBeginning({ name, collector }: Call): Awaitable<FilePosition | undefined> {
    return this.emitPartitionBatchNew({ txid: 0, attempt: 0 }, collector, name, undefined)
  }

  #read(call: Call): Awaitable<FilePosition | undefined> {
    const { stopAtEnd } = this.#settings
    const { look, from, last } = call
    const path = join(this.#directory, call.name)
    const read = InputFile.with(path, last, (file) => {
      if (file.packing !== undefined) return 'packed'
      const { size } = file
      if (stopAtEnd) look.end ??= size
      // Nobody will end the last line of a file that was rotated.
      if (file.isMoved && from >= size && !stopAtEnd) return 'followed'
      const part = { from, end: look.end ?? size, takesRest: stopAtEnd || file.isMoved }
      const { to } = this.#rows.scan(file, part, call.onLine, call.collector, call.collector)
      look.isWhole = to === size
      return to === from ? undefined : file.placeAt(to)
    })
    if (read === 'packed') return this.#readPacked(path, call)
    if (read !== 'followed') return read
    const isThere = InputFile.with(path, undefined, ({ size }) => size > 0)
    return isThere ? this.#fromBeginning(call) : undefined
  }

  async #readPacked(path: string, call: Call): Promise<FilePosition | undefined> {
    const { from, last, look, collector } = call
    const { to, place, isAtEnd } = await this.#rows.scanPacked(path, last, { from }, call.onLine, collector, collector)
    look.isWhole = isAtEnd
    if (isAtEnd && this.#settings.stopAtEnd) look.end = to
    return to === from ? undefined : place
  }

  #lookLater(look: Look, from: number): void {
    look.emptyAt = from
    look.again = this.#context.now() + Math.max(this.#settings.pollMillis, this.#looks.size * MILLIS_PER_FILE)
  }

  /** A file that was read to its end and has gone then was cleared away, which loses nothing. */
  #leaveOut(look: Look, from: number, error: InputError, collector: BatchCollector): void {
    const isLoss = error.code !== 'PARTITION_GONE' || !look.isWhole
    if (isLoss && !look.isReported) {
      look.isReported = true
      collector.reportError(leftOut(error))
    }
    if (this.#settings.stopAtEnd) look.end = -1
    this.#lookLater(look, from)
  }

  #look(name: string): Look {
    let look = this.#looks.get(name)
    if (look === undefined) {
      if (this.#looks.size >= MOST_REMEMBERED) this.#looks.clear()
      look = { emptyAt: -1, again: 0, isWhole: false, isReported: false, end: undefined }
      this.#looks.set(name, look)
    }
    return look
  }
}

/** One call of the spout for one file. */
class Call {
  readonly name: string
  readonly look: Look
  readonly last: FilePosition | undefined
  readonly collector: BatchCollector
  readonly #emit: OnLine
  hasEmitted = false

  constructor(name: string, look: Look, last: FilePosition | undefined, place: boolean, collector: BatchCollector) {
    this.name = name
    this.look = look
    this.last = last
    this.collector = collector
    this.#emit = emitLinesTo(place, name, collector)
  }

  get from(): number {
    return this.last?.to ?? 0
  }

  readonly onLine: OnLine = (line, offset) => {
    this.hasEmitted = true
    this.#emit(line, offset)
  }
}

function lostOf({ code, message, where, cause }: InputError, from: number, to: number): InputError {
  const told = `${message}; bytes ${from} to ${to} are lost, and it is read from its beginning`
  return new InputError(code, told, { where, cause })
}

function leftOut(error: InputError): InputError {
  const { code, message, where, cause } = error
  const hint =
    'what was not read of it is left out, and the other files go on; put it back as it was, and it is read on'
  return new InputError(code, `${message}; it is left out`, { where, hint, cause })
}
