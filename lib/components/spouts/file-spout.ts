/**
 * Reads files: a tuple for each line, or for each whole file.
 *
 * The promise: every line is emitted at least once, also when its worker was killed. Each task keeps the place below
 * which everything is acked (or given up as a dead letter) with `context.checkpoint`, and goes on from there. A few
 * lines come twice then: those acked since the last checkpoint, and those above the place (see
 * `reliability/offset-ledger.ts`). What cannot be read any more (a file that was cut, removed or damaged; a line that
 * is too long) is reported with its range and becomes a dead letter; the rest goes on.
 *
 * A file that was named belongs to task i % tasks by its place among the names, one that was found in a folder to the
 * task that its identity is hashed to, whatever other files there are and whatever name it gets; a task without files
 * is exhausted at once. The list of files is made once, in `open`, and kept with the place; what comes into a folder
 * later is read by a later run, or with `follow`. Only a list that is too long to be kept must be the same after a
 * restart.
 *
 * For a run that goes on, it stands in each file by itself (`position`), by the identity of the file: so files may
 * grow and come, be renamed, and be read by other tasks. With `follow` a task whose worker was restarted, where no
 * positions are kept, may read again what comes behind its checkpoint in the list.
 */
import { createHash } from 'node:crypto'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { FileId } from '../../identity/file-id.ts'
import {
  type Backlog,
  type ConfigMap,
  Fields,
  type Outputs,
  type Positions,
  type SpoutOutputCollector,
  type TaskContext,
} from '../../index.ts'
import { checkTexts, wrongArgument } from '../../shape/check-argument.ts'
import { checkOptions, choice, flag, type OptionTable, text } from '../../shape/options.ts'
import { checkEncoding, type TextEncoding } from '../../values/text-encoding.ts'
import { isMeant, type ListedFile, listFiles, numberOf } from '../files/input/file-list.ts'
import type { FileMark, FilePosition } from '../files/input/file-position.ts'
import type { InputError } from '../files/input/input-error.ts'
import type { InputFile } from '../files/input/input-file.ts'
import { LinesOfFiles } from '../files/input/lines-of-files.ts'
import { restoreFiles, type Share } from '../files/input/restored-files.ts'
import { rotatedAfter } from '../files/input/rotated-files.ts'
import {
  type LeftFiles,
  NOTHING_LEFT,
  type Row,
  type RowSequence,
  type SequenceEvents,
  type SequencePlace,
} from '../files/input/row-sequence.ts'
import { WholeFiles } from '../files/input/whole-files.ts'
import { type LineRange, OffsetLedger } from '../reliability/offset-ledger.ts'
import { type KeptRoot, ReliableSpout } from '../reliability/reliable-spout.ts'
import { partOf } from './share.ts'

/** The rows by mode: a line without its line break; a whole file with its path as it was listed. */
interface FileRows {
  lines: { line: string }
  whole: { file: string; text: string }
}

/** A tuple for each line, or for each whole file. */
export type FileMode = keyof FileRows

/** What is different between the modes: the fields of a row, and how rows are read. */
const MODES = {
  lines: { fields: ['line'], Sequence: LinesOfFiles },
  whole: { fields: ['file', 'text'], Sequence: WholeFiles },
} as const

/** What can be set of a FileSpout. */
export interface FileSpoutOptions<Mode extends FileMode = FileMode> {
  /** `lines` (default): field `line`. `whole`: fields `file` and `text`; each file has to fit into a frame. */
  readonly mode?: Mode
  /** Any that TextDecoder knows; UTF-8 unless given. A byte order mark at the beginning of a file wins. */
  readonly encoding?: string
  /** Begins again with the first file after the last, for ever. */
  readonly repeat?: boolean
  /**
   * Goes on when all files are read: reads what is appended to them, those that take their names, and new files of a
   * folder or pattern.
   */
  readonly follow?: boolean
}

/** @internal */
export const FILE_SPOUT = {
  mode: choice(['lines', 'whole'], { default: 'lines' }),
  encoding: text({ default: 'utf-8' }),
  repeat: flag(),
  follow: flag(),
} satisfies OptionTable<FileSpoutOptions>

/** What is checkpointed. */
interface FileCheckpoint extends SequencePlace {
  /** Those of this task, where they are not too many. */
  readonly files?: readonly string[]
  /** The checksum of the list of its files. */
  readonly fingerprint: string
}

/** How long after the place has moved it is checkpointed at the latest. */
const CHECKPOINT_MS = 100
/** What stands for stdin elsewhere. */
const STDIN = '-'
/** A list of more characters is not kept. */
const LONGEST_LIST = 262_144

/**
 * Where a tuple came from; stands in its dead letter as `{file, offset}`, with `end` where it is a range that was left
 * out.
 */
export class FilePlace {
  readonly file: string
  readonly offset: number
  readonly end?: number
  readonly #range: LineRange

  constructor(file: string, offset: number, range: LineRange, end?: number) {
    this.file = file
    this.offset = offset
    if (end !== undefined) this.end = end
    this.#range = range
  }

  /** The form in a dead letter. */
  toJSON(): { file: string; offset: number; end?: number } {
    const { file, offset, end } = this
    return { file, offset, ...(end !== undefined && { end }) }
  }

  static rangeOf(place: FilePlace): LineRange {
    return place.#range
  }
}

/** Reads files and replays what failed; goes on where it left off when its worker was restarted. */
export class FileSpout<Mode extends FileMode = 'lines'> extends ReliableSpout<FileRows[Mode], FilePlace> {
  declare readonly outputs: Outputs<FileRows[Mode]>
  protected override readonly idsLast: boolean
  readonly #patterns: string | readonly string[]
  readonly #mode: (typeof MODES)[FileMode]
  readonly #encoding: TextEncoding
  readonly #repeat: boolean
  readonly #follow: boolean
  /** Without end there is no place in the list that all tasks would share out anew. */
  override readonly canRescale: boolean
  /** Those of this task. */
  #files: readonly string[] = []
  #fingerprint = ''
  /** Files of which it was said that they are the same as another one. */
  readonly #told = new Set<string>()
  #rows!: RowSequence
  /** Its files are the stages of the rows. */
  readonly #ledger = new OffsetLedger({ file: -1, offset: 0 })
  #cancelCheckpoint: (() => void) | undefined

  /**
   * @param files names of files, folders, or patterns with `*` in their last part, relative to the working directory;
   * those of a folder or pattern are read in the order of their names. What is packed by gzip, or by zstd where this
   * Node can unpack that, is unpacked
   */
  constructor(files: string | readonly string[], options: FileSpoutOptions<Mode> = {}) {
    super()
    const given: FileSpoutOptions = options
    const { mode, encoding, repeat, follow } = checkOptions('FileSpout', given, FILE_SPOUT)
    checkTexts('the file of a FileSpout', files, '[0]')
    if ([files].flat().includes(STDIN))
      throw wrongArgument('a file of a FileSpout', STDIN, 'the name of one: a StdinSpout reads stdin')
    this.#patterns = files
    this.#mode = MODES[mode]
    this.#encoding = checkEncoding('the encoding of a FileSpout', encoding)
    if (repeat && follow)
      throw wrongArgument('repeat and follow of a FileSpout', 'both', 'one of them', { path: 'follow' })
    this.#repeat = repeat
    this.#follow = follow
    this.canRescale = !repeat
    this.idsLast = !repeat
    this.outputs = new Fields(this.#mode.fields) as unknown as Outputs<FileRows[Mode]>
  }

  /** @throws FILE_NOT_FOUND */
  override checkFiles(): void {
    if (!this.#follow) listFiles(this.#patterns)
  }

  /** Who follows files wants to read on where the last run was. */
  override warnings(config: ConfigMap): string[] {
    const isKept = config['topology.guarantee'] === 'exactly-once' || Object.hasOwn(config, 'topology.state.dir')
    if (!this.#follow || isKept) return []
    return [
      'follows files, and each run reads them from their beginning again: --state DIR (topology.state.dir) goes on where the last one was',
    ]
  }

  /** @throws FILE_NOT_FOUND; INPUT_CHANGED where the worker was restarted, and a long list has other files now */
  override open(context: TaskContext, collector: SpoutOutputCollector<FileRows[Mode], KeptRoot<FilePlace>>): void {
    super.open(context, collector)
    const checkpoint = context.checkpointed as FileCheckpoint | null | undefined
    this.#files = checkpoint?.files ?? this.#list(checkpoint)
    this.#fingerprint = checkpoint?.fingerprint ?? this.#fingerprint
    this.#rows = this.#rowsFrom(checkpoint ?? { index: 0 })
    // Kept before the first row, so that a task that is restarted early has the same files.
    this.#checkpoint()
  }

  /** Where the last row that was emitted ends, and which files there are. */
  override position(): Positions | undefined {
    // What was not emitted, but became a dead letter, must not be passed over before that is written.
    if (!this.#isExact && this.hasLettersLeft) return undefined
    return this.#repeat ? { [partOf(this.context)]: this.#checkpointOf(this.#rows.here) } : this.#rows.places()
  }

  /**
   * A file is read on from where it was left, by whichever task has it now; new ones are read from their beginning.
   * @throws INPUT_CHANGED, PARTITION_GONE where what was read of a file is not there any more, or what was not
   */
  override async seek(positions: Positions): Promise<void> {
    await this.#rows.close()
    if (this.#repeat) {
      const position = positions[partOf(this.context)] as FileCheckpoint | undefined
      this.#files = position?.files ?? this.#files
      this.#fingerprint = position?.fingerprint ?? this.#fingerprint
      this.#rows = this.#rowsFrom(position ?? { index: 0 })
    } else {
      const listed = this.#listed()
      this.#files = this.#list(undefined, listed)
      const left = restoreFiles(positions as Readonly<Record<string, FilePosition>>, this.#share(listed))
      this.#rows = this.#rowsFrom({ index: 0 }, left)
    }
    this.#checkpoint()
  }

  #share(listed: readonly ListedFile[]): Share {
    const isWhole = this.#mode === MODES.whole
    return {
      listed,
      isMine: this.#isMine,
      isMeant: (path) => isMeant(this.#patterns, path),
      owns: this.#owns,
      isFirst: this.context.taskIndex === 0,
      isOf: isWhole ? isSameWhole : (file, place) => file.differenceTo(place) === undefined,
      check: (file, place) => {
        if (!isWhole) file.checkPlace(place)
      },
    }
  }

  readonly #isMine = ({ number }: { readonly number: number }): boolean =>
    number % this.context.tasksOf().length === this.context.taskIndex

  readonly #owns = (path: string, id: FileId): boolean => this.#isMine({ number: numberOf(this.#patterns, path, id) })

  /** Those that are not listed: they have lost a name of the list, to the next one. */
  readonly #between = (path: string, mark: FileMark): string[] => {
    const rotated = rotatedAfter(path, mark)
    const listed = new Set(rotated.length === 0 ? [] : this.#listed().map(({ id }) => id))
    return rotated.filter(({ id }) => !listed.has(id)).map(({ path }) => path)
  }

  /** What its files have, and where they grow, what they have by now. */
  override backlog(): Backlog | undefined {
    const bytes = this.#rows.backlogBytes
    return bytes === undefined ? undefined : { bytes }
  }

  /** Hot. A promise where a block is being unpacked. */
  protected override produce(): void | Promise<void> {
    const rows = this.#rows
    if (!this.#ledger.isFull) {
      const row = rows.next()
      if (row !== undefined) {
        const range = this.#ledger.add(rows.stage, rows.start, rows.end)
        this.#emitRow(row, new FilePlace(rows.path, rows.start, range))
      } else if (rows.pending !== undefined) return rows.pending.then(() => this.produce())
    }
    if (this.isInputExhausted() && this.#ledger.isDone) this.#checkpoint()
  }

  protected override isInputExhausted(): boolean {
    return this.#rows.isAtEnd
  }

  protected override onAcked(place: FilePlace): void {
    if (!this.#ledger.done(FilePlace.rangeOf(place))) return
    if (this.isInputExhausted() && this.#ledger.isDone) this.#checkpoint()
    else this.#cancelCheckpoint ??= this.context.after(CHECKPOINT_MS, () => this.#checkpoint())
  }

  /** Its letter stands in the file: that is done, too. */
  protected override onDeadLettered(place: FilePlace): void {
    this.onAcked(place)
  }

  override async close(): Promise<void> {
    this.#cancelCheckpoint?.()
    await Promise.all([super.close(), this.#rows?.close()])
  }

  readonly #events: SequenceEvents = {
    now: () => this.context.now(),
    lost: ({ stage, path, from, to, row, error }) => {
      const range = this.#ledger.add(stage, 0, 1)
      this.#giveUpRow(row, new FilePlace(path, from, range, to), error)
    },
    longLine: ({ from, to, text, error }) => {
      const range = this.#ledger.add(this.#rows.stage, from, to)
      this.#giveUpRow([`${text}…`], new FilePlace(this.#rows.path, from, range, to), error)
    },
    invalid: (count, error) => {
      this.context.count('invalidCharacters', count)
      if (error !== undefined) this.context.log('warn', `${error.message}; ${error.hint}`)
    },
  }

  get #isExact(): boolean {
    return this.context.config['topology.guarantee'] === 'exactly-once'
  }

  /** The row fits the mode, which the compiler cannot know here. */
  #emitRow(values: readonly string[], place: FilePlace): void {
    const emit: SpoutOutputCollector<any, FilePlace>['emit'] = this.emit
    emit(values, place)
  }

  #giveUpRow(values: Row, place: FilePlace, error: InputError): void {
    const giveUp: (values: readonly any[], place: FilePlace, error: TyphoonError) => void = (...row) =>
      this.giveUp(...(row as unknown as Parameters<typeof this.giveUp>))
    giveUp(values, place, error)
  }

  #rowsFrom(place: SequencePlace, left: LeftFiles = NOTHING_LEFT): RowSequence {
    const more = (): string[] => this.#list(undefined)
    const files = {
      paths: this.#files,
      repeat: this.#repeat,
      between: this.#between,
      ...(this.#follow && { more, owns: this.#owns }),
    }
    return new this.#mode.Sequence(files, this.#encoding, this.#events, place, left)
  }

  /** The share of this task. */
  #list(checkpoint: FileCheckpoint | null | undefined, listed = this.#listed()): string[] {
    const files = listed.filter(this.#isMine).map(({ path }) => path)
    this.#fingerprint = createHash('sha256').update(JSON.stringify(files)).digest('base64url').slice(0, 16)
    if (checkpoint && checkpoint.fingerprint !== this.#fingerprint) {
      const message = `the files in ${JSON.stringify(this.#patterns)} are not the same as before the worker was restarted`
      throw new TyphoonError('INPUT_CHANGED', message, {
        hint: 'start the topology again, and add or remove no files while it runs',
      })
    }
    return files
  }

  #listed(): ListedFile[] {
    const { context } = this
    const onTwice = (file: string, first: string): void => {
      if (this.#told.has(file)) return
      this.#told.add(file)
      context.log('warn', `"${file}" is the same file as "${first}", and is read once`)
    }
    return listFiles(this.#patterns, onTwice, this.#follow ? this.#onMissing : undefined)
  }

  /** Somebody may have mistyped its name. */
  readonly #onMissing = ({ message }: TyphoonError): void => {
    if (this.context.taskIndex > 0 || this.#told.has(message)) return
    this.#told.add(message)
    this.context.log('warn', `${message}; it is waited for`)
  }

  #checkpoint(): void {
    this.#cancelCheckpoint?.()
    this.#cancelCheckpoint = undefined
    // There snapshots say where it stands.
    if (this.#isExact) return
    const { file, offset } = this.#ledger.lowWater
    this.context.checkpoint(this.#checkpointOf(this.#rows.placeIn(file, offset)))
  }

  #checkpointOf(place: SequencePlace): FileCheckpoint {
    const isShort = this.#files.reduce((sum, name) => sum + name.length + 3, 0) <= LONGEST_LIST
    return { fingerprint: this.#fingerprint, ...(isShort && { files: this.#files }), ...place }
  }
}

/** Whether what lies under a name is a file that was read as a whole, though it may have grown since. */
function isSameWhole(file: InputFile, { path, file: mark }: FilePosition): boolean {
  if (mark === undefined) return file.path === path
  if (file.id === mark.id && file.path === path) return true
  return file.beginsLike(mark) && (file.id === mark.id || file.size === mark.size)
}
