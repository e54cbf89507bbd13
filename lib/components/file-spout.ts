/**
 * Reads files: a tuple for each line, or for each whole file.
 *
 * The promise: every line is emitted at least once, also when its worker was killed. Each task keeps the place below which
 * everything is acked (or given up as a dead letter) with `context.checkpoint`, and goes on from there. A few lines come twice then: those
 * acked since the last checkpoint, and those above the place (see `reliability/offset-ledger.ts`).
 *
 * File i belongs to task i % tasks; where there are more tasks than files, the others are exhausted at once. The list of files is made
 * once, in `open`; what comes into a folder later is not read.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { messageOf, TyphoonError } from '../errors/typhoon-error.ts'
import { Fields, type Outputs, type SpoutOutputCollector, type TaskContext } from '../index.ts'
import { checkChoice, checkOptions, checkText } from './arguments.ts'
import { listFiles } from './files/file-list.ts'
import { type LineEncoding, LineReader } from './files/line-reader.ts'
import { OffsetLedger, type Place, type Segment } from './reliability/offset-ledger.ts'
import { type KeptRoot, ReliableSpout } from './reliable-spout.ts'

/** The rows by mode: a line without its line break; a whole file with its path as it was listed. */
interface FileRows {
  lines: { line: string }
  whole: { file: string; text: string }
}

/** A tuple for each line, or for each whole file. */
export type FileMode = keyof FileRows

/** What can be set of a FileSpout. */
export interface FileSpoutOptions<Mode extends FileMode = FileMode> {
  /** `lines` (default): field `line`. `whole`: fields `file` and `text`; each file has to fit into a frame. */
  readonly mode?: Mode
  /** `utf8` (default) or `latin1`. */
  readonly encoding?: LineEncoding
  /** Begins again with the first file after the last, for ever. */
  readonly repeat?: boolean
}

/** What is checkpointed. */
interface FileCheckpoint extends Place {
  /** Of the list of files. */
  readonly fingerprint: string
}

/** So long after the place has moved it is checkpointed, if that was not done before. */
const CHECKPOINT_MS = 100

/** Where a tuple came from; stands in its dead letter as `{file, offset}`. */
export class FilePlace {
  readonly file: string
  readonly offset: number
  readonly #segment: Segment

  constructor(file: string, offset: number, segment: Segment) {
    this.file = file
    this.offset = offset
    this.#segment = segment
  }

  static segmentOf(place: FilePlace): Segment {
    return place.#segment
  }
}

/** Reads files and replays what failed; goes on where it left off when its worker was restarted. */
export class FileSpout<Mode extends FileMode = 'lines'> extends ReliableSpout<FileRows[Mode], FilePlace> {
  declare readonly outputs: Outputs<FileRows[Mode]>
  readonly #patterns: string | readonly string[]
  readonly #whole: boolean
  readonly #encoding: LineEncoding
  readonly #repeat: boolean
  /** Those of this task. */
  #files: string[] = []
  #fingerprint = ''
  /** Number of the file that is being read; goes on counting where files are repeated. */
  #index = 0
  #reader: LineReader | undefined
  /** Where the first file is begun. */
  #offset = 0
  #ledger = new OffsetLedger({ file: 0, offset: 0 })
  #cancelCheckpoint: (() => void) | undefined

  /**
   * @param files names of files, folders, or patterns with `*` in their last part, relative to the working directory; those of a folder
   * or pattern are read in the order of their names
   */
  constructor(files: string | readonly string[], options: FileSpoutOptions<Mode> = {}) {
    super()
    const {
      mode = 'lines',
      encoding = 'utf8',
      repeat = false,
    } = checkOptions('FileSpout', options, ['mode', 'encoding', 'repeat'])
    for (const file of [files].flat()) checkText('a file of a FileSpout', file)
    this.#patterns = files
    this.#whole = checkChoice<FileMode>('the mode of a FileSpout', mode, ['lines', 'whole']) === 'whole'
    this.#encoding = checkChoice('the encoding of a FileSpout', encoding, ['utf8', 'latin1'])
    this.#repeat = repeat
    const names = this.#whole ? ['file', 'text'] : ['line']
    this.outputs = new Fields(names) as unknown as Outputs<FileRows[Mode]>
  }

  /** @throws FILE_NOT_FOUND; INPUT_CHANGED where the worker was restarted and the folder has other files now */
  override open(context: TaskContext, collector: SpoutOutputCollector<FileRows[Mode], KeptRoot<FilePlace>>): void {
    super.open(context, collector)
    const all = listFiles(this.#patterns)
    const tasks = context.tasksOf().length
    this.#files = all.filter((_, index) => index % tasks === context.taskIndex)
    this.#fingerprint = createHash('sha256').update(JSON.stringify(all)).digest('base64url').slice(0, 16)
    const checkpoint = context.checkpointed as FileCheckpoint | null | undefined
    if (checkpoint) this.#resume(checkpoint)
    // Kept before the first line, so that a task that is restarted early sees whether the files have changed.
    this.#checkpoint()
  }

  protected override produce(): void {
    // Files without a line are passed over, each once per call.
    for (let passed = 0; passed <= this.#files.length && !this.isInputExhausted(); passed++) {
      if (this.#ledger.isFull) return
      if (this.#whole ? this.#produceFile() : this.#produceLine()) return
    }
    if (this.isInputExhausted() && this.#ledger.isDone) this.#checkpoint()
  }

  protected override isInputExhausted(): boolean {
    return this.#files.length === 0 || (this.#index >= this.#files.length && !this.#repeat)
  }

  protected override onAcked(place: FilePlace): void {
    if (!this.#ledger.done(FilePlace.segmentOf(place))) return
    if (this.isInputExhausted() && this.#ledger.isDone) this.#checkpoint()
    else this.#cancelCheckpoint ??= this.context.after(CHECKPOINT_MS, () => this.#checkpoint())
  }

  /** Its letter stands in the file: that is done, too. */
  protected override onDeadLettered(place: FilePlace): void {
    this.onAcked(place)
  }

  override close(): void | Promise<void> {
    this.#cancelCheckpoint?.()
    this.#reader?.close()
    this.#reader = undefined
    return super.close()
  }

  /** False where the file has no further line. */
  #produceLine(): boolean {
    const file = this.#currentFile()
    if (this.#reader === undefined) {
      this.#reader = new LineReader(file, this.#encoding, this.#offset)
      this.#offset = 0
    }
    const reader = this.#reader
    const line = reader.next()
    if (line === undefined) {
      reader.close()
      this.#reader = undefined
      this.#index++
      return false
    }
    const segment = this.#ledger.add(this.#index, reader.start, reader.end)
    this.#emitRow([line], new FilePlace(file, reader.start, segment))
    return true
  }

  /** A whole file is one unit in the ledger, from 0 to 1. */
  #produceFile(): boolean {
    const file = this.#currentFile()
    const text = readWhole(file, this.#encoding)
    const segment = this.#ledger.add(this.#index, 0, 1)
    this.#index++
    this.#emitRow([file, text], new FilePlace(file, 0, segment))
    return true
  }

  #currentFile(): string {
    return this.#files[this.#index % this.#files.length] as string
  }

  /** The row fits the mode, which the compiler cannot know here. */
  #emitRow(values: readonly string[], place: FilePlace): void {
    const emit: SpoutOutputCollector<any, FilePlace>['emit'] = this.emit
    emit(values, place)
  }

  #resume(checkpoint: FileCheckpoint): void {
    if (checkpoint.fingerprint !== this.#fingerprint) {
      const message = `there are other files in ${JSON.stringify(this.#patterns)} than before the worker was restarted`
      throw new TyphoonError('INPUT_CHANGED', message, {
        hint: 'start the topology anew, and keep the files as they are while it runs',
      })
    }
    const { file, offset } = checkpoint
    this.#index = this.#whole ? file + offset : file
    this.#offset = this.#whole ? 0 : offset
    this.#ledger = new OffsetLedger({ file: this.#index, offset: this.#offset })
  }

  #checkpoint(): void {
    this.#cancelCheckpoint?.()
    this.#cancelCheckpoint = undefined
    const checkpoint: FileCheckpoint = { fingerprint: this.#fingerprint, ...this.#ledger.lowWater }
    this.context.checkpoint(checkpoint)
  }
}

function readWhole(file: string, encoding: LineEncoding): string {
  try {
    return readFileSync(file, encoding)
  } catch (cause) {
    throw new TyphoonError('FILE_NOT_FOUND', `"${file}" cannot be read: ${messageOf(cause)}`, {
      where: { file },
      cause,
    })
  }
}
