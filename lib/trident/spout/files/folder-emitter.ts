/**
 * Emits what is new in the files of a folder: the emitter of a DirectorySpout.
 *
 * What it remembers of a file is when to look at it again, and is nothing that matters: after a restart, or when too much was remembered, it
 * looks at each file once more.
 */
import { join } from 'node:path'
import type { LineEncoding } from '../../../components/files/line-reader.ts'
import type { TaskContext } from '../../../index.ts'
import type { BatchCollector, PartitionEmitter, TransactionAttempt } from '../spout.ts'
import { InputError } from './input-error.ts'
import { InputFile, type Place } from './input-file.ts'
import { emitLinesTo, LineScanner } from './line-scanner.ts'

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
  readonly encoding: LineEncoding
  readonly place: boolean
}

export class FolderEmitter implements PartitionEmitter<Place> {
  readonly #directory: string
  readonly #context: TaskContext
  readonly #settings: FolderSettings
  readonly #scanner: LineScanner
  readonly #looks = new Map<string, Look>()

  constructor(directory: string, context: TaskContext, settings: FolderSettings) {
    this.#directory = directory
    this.#context = context
    this.#settings = settings
    this.#scanner = new LineScanner(settings.encoding)
  }

  emitPartitionBatchNew(
    _: TransactionAttempt,
    collector: BatchCollector,
    name: string,
    last: Place | undefined,
  ): Place | undefined {
    const look = this.#look(name)
    const from = last?.to ?? 0
    if (look.end !== undefined && from >= look.end) return undefined
    if (look.emptyAt === from && this.#context.now() < look.again) return undefined
    let hasEmitted = false
    const emit = emitLinesTo(this.#settings.place, name, collector)
    try {
      const place = this.#read(
        name,
        look,
        last,
        (line, offset) => {
          hasEmitted = true
          emit(line, offset)
        },
        collector,
      )
      look.isReported = false
      if (place === undefined) this.#lookLater(look, from)
      else look.emptyAt = -1
      return place
    } catch (error) {
      // An error of the stream is not ours to pass over; nor are lines that nothing would remember.
      if (!(error instanceof InputError) || hasEmitted) throw error
      this.#leaveOut(look, from, error, collector)
      return undefined
    }
  }

  isExhausted(name: string, last: Place | undefined): boolean {
    if (!this.#settings.stopAtEnd) return false
    const look = this.#look(name)
    if (look.end === undefined) {
      try {
        look.end = InputFile.with(join(this.#directory, name), ({ size }) => size)
      } catch {
        return false // The next call reports it.
      }
    }
    return (last?.to ?? 0) >= look.end
  }

  #read(
    name: string,
    look: Look,
    last: Place | undefined,
    onLine: (line: string, offset: number) => void,
    collector: BatchCollector,
  ): Place | undefined {
    const { stopAtEnd } = this.#settings
    return InputFile.with(join(this.#directory, name), (file) => {
      if (last !== undefined) file.checkPlace(last)
      const from = last?.to ?? 0
      const { size } = file
      if (stopAtEnd) look.end ??= size
      const part = { from, end: look.end ?? size, takesRest: stopAtEnd }
      const { to } = this.#scanner.scan(file, part, onLine, collector)
      look.isWhole = to === size
      return to === from ? undefined : file.placeAt(to)
    })
  }

  #lookLater(look: Look, from: number): void {
    look.emptyAt = from
    look.again = this.#context.now() + Math.max(this.#settings.pollMillis, this.#looks.size * MILLIS_PER_FILE)
  }

  /** A file that was read to its end and has gone then was cleared away, which is nobody's loss. */
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

function leftOut(error: InputError): InputError {
  const { code, message, where, cause } = error
  const hint =
    'what was not read of it is left out, and the other files go on; put it back as it was, and it is read on'
  return new InputError(code, `${message}; it is left out`, { where, hint, cause })
}
