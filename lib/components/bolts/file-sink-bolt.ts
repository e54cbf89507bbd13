/**
 * Writes tuples to a file, one line each.
 *
 * The promise: a tuple is acked when its line was written, and not before. Lines are gathered for some milliseconds or
 * 64 KiB. Where the file cannot be written (a full disk) they are kept and written again with growing delays; meanwhile
 * the bolt takes no further tuple, so the stream is held back and nothing is lost. At the end of the input that is an
 * error.
 *
 * What stands in the file already is kept, unless the user says `existing: overwrite`. A second sink on the file is
 * refused, by whatever name it knows the file. Before each write the sink looks whether the name still leads to the
 * file: where it was renamed or removed (logrotate) the lines go on in a new one. A task whose worker was restarted
 * goes on where the file ends.
 *
 * With `topology.guarantee: exactly-once` each line stands there once: where the run goes back to a snapshot, the file
 * is cut back to the length that it had then. Where that was the last one of a run whose input had ended, what stands
 * behind it is of others, and stays, also where that run had nothing to do.
 */

import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import { messageOf, TyphoonError } from '../../errors/typhoon-error.ts'
import type { FileId } from '../../identity/file-id.ts'
import { DataBolt, type OutputCollector, type TaskContext, type Tuple } from '../../index.ts'
import { checkText } from '../../shape/check-argument.ts'
import { checkOptions, choice, type OptionTable, text } from '../../shape/options.ts'
import { backOff } from '../../util/time/back-off.ts'
import { lineOf } from '../../values/column.ts'
import { plural } from '../../words/plural.ts'
import { ClaimedFile } from '../files/claimed-file.ts'

const FLUSH_CHARACTERS = 65_536
const FLUSH_MS = 20
const RETRY_MS = 100
const MAX_RETRY_MS = 5000

/** What can be set of a FileSinkBolt. */
export interface FileSinkBoltOptions {
  /** Between the values of a line; left out: a tabulator. */
  readonly separator?: string
  /**
   * What happens to a file that is not empty when the topology begins: `append` (default) goes on after it, `overwrite`
   * empties it, `refuse` is an error.
   */
  readonly existing?: 'append' | 'overwrite' | 'refuse'
}

/** @internal */
export const FILE_SINK_BOLT = {
  separator: text({ default: '\t' }),
  existing: choice(['append', 'overwrite', 'refuse'], { default: 'append' }),
} satisfies OptionTable<FileSinkBoltOptions>

/** What is checkpointed: the file that was begun, and the length that it had before our first line. */
interface Begun {
  readonly id: FileId
  readonly from: number
}

/** What is kept with a snapshot: how long it was then. */
interface Prepared extends Begun {
  readonly length: number
}

/** Writes tuples to a file; acks each when it has been written. */
export class FileSinkBolt extends DataBolt {
  readonly #path: string
  readonly #separator: string
  readonly #existing: 'append' | 'overwrite' | 'refuse'
  #context!: TaskContext
  #collector!: OutputCollector
  /** `undefined` where there is no path. */
  #file: ClaimedFile | undefined
  #from = 0
  /** That somebody else writes the file was reported. */
  #isShared = false
  #text = ''
  #tuples: Tuple[] = []
  #cancelTimer: (() => void) | undefined
  /** Failed writes in a row. */
  #failures = 0
  #reported = ''
  /** What `execute` returns while the file cannot be written. */
  #held: Promise<void> | undefined
  #release: (() => void) | undefined

  /**
   * @param path of the file; an empty one discards the tuples, so that an output can be optional (`${output:-}` in
   * YAML). Where the bolt has several tasks, each writes a file of its own: `counts.tsv` becomes `counts.0.tsv`,
   * `counts.1.tsv` …
   */
  constructor(path: string, options: FileSinkBoltOptions = {}) {
    super()
    this.#path = checkText('the path of a FileSinkBolt', path, '[0]')
    const { separator, existing } = checkOptions('FileSinkBolt', options, FILE_SINK_BOLT)
    this.#separator = separator
    this.#existing = existing
  }

  /** @throws OUTPUT_FAILED where the file cannot be made, OUTPUT_IN_USE, OUTPUT_EXISTS */
  override prepare(context: TaskContext, collector: OutputCollector): void {
    this.#context = context
    this.#collector = collector
    if (this.#path === '') return
    let file: ClaimedFile | undefined
    try {
      const prepared = context.prepared as Prepared | undefined
      if (prepared !== undefined && !existsSync(this.#pathOfTask())) throw this.#changed('was removed', prepared)
      file = new ClaimedFile(this.#pathOfTask(), context)
      const begun = (prepared ?? context.checkpointed) as Begun | null | undefined
      const isBegun = begun?.id === file.id
      if (prepared !== undefined) this.#goBack(file, prepared)
      else if (isBegun) file.cutTornLine(begun.from)
      else if (!begun) this.#meet(file)
      this.#begin(file, isBegun ? begun.from : file.size)
    } catch (cause) {
      file?.close()
      throw cause instanceof TyphoonError ? cause : this.#outputFailed(cause)
    }
  }

  override execute(tuple: Tuple): void | Promise<void> {
    if (this.#file === undefined) {
      this.#collector.ack(tuple)
      return
    }
    this.#text += `${this.lineOf(tuple)}\n`
    this.#tuples.push(tuple)
    if (this.#text.length >= FLUSH_CHARACTERS) this.#flush()
    else this.#cancelTimer ??= this.#context.after(FLUSH_MS, () => this.#flush())
    if (this.#failures === 0) return
    this.#held ??= new Promise((resolve) => {
      this.#release = resolve
    })
    return this.#held
  }

  /** @internal What stands in the file for a tuple, without its line break. */
  protected lineOf(tuple: Tuple): string {
    return lineOf(tuple.values, this.#separator)
  }

  /** What is written by now is there to stay; what is gathered is of tuples that are in flight still. */
  override prepareCommit(): Prepared | undefined {
    const file = this.#file
    if (file === undefined) return undefined
    file.sync()
    return { id: file.id, from: this.#from, length: file.size }
  }

  /** @throws OUTPUT_FAILED where lines cannot be written */
  override endOfInput(): void {
    this.#flush()
    if (this.#text !== '') throw this.#outputFailed(this.#reported)
  }

  override cleanup(): void {
    this.#flush()
    this.#cancelTimer?.()
    if (this.#text !== '') {
      this.#context.log(
        'error',
        `${plural(this.#tuples.length, 'line')} could not be written to "${this.#pathOfTask()}"`,
      )
    }
    this.#file?.close()
    this.#file = undefined
  }

  /** What becomes of what stands in a file that this topology begins with. */
  #meet(file: ClaimedFile): void {
    const { path, size } = file
    if (size === 0) return
    if (this.#existing === 'overwrite') file.empty()
    else if (this.#existing === 'append')
      this.#context.log('warn', `"${path}" has ${size} bytes already; lines are appended to them`)
    else {
      throw new TyphoonError('OUTPUT_EXISTS', `"${path}" has ${size} bytes already`, {
        where: { file: path },
        hint: 'move it away, or set the option existing to append or overwrite',
      })
    }
  }

  /** Takes back what was written after the snapshot. */
  #goBack(file: ClaimedFile, prepared: Prepared): void {
    const { path, size } = file
    const { id, length } = prepared
    if (file.id !== id) throw this.#changed('is another file now', prepared)
    if (size < length) throw this.#changed(`has ${plural(size, 'byte')}`, prepared)
    if (size === length) return
    const behind = plural(size - length, 'byte')
    if (this.#context.preparedAtEnd) {
      this.#context.log('warn', `"${path}" has ${behind} of others behind what was written last; they stay`)
      return
    }
    this.#context.log('info', `${behind} of "${path}" that came after the snapshot are taken back`)
    file.cut(length)
  }

  #changed(what: string, { length }: Prepared): TyphoonError {
    const path = this.#pathOfTask()
    const message = `"${path}" ${what}, and had ${plural(length, 'byte')} when the snapshot was taken`
    return new TyphoonError('OUTPUT_CHANGED', message, {
      where: { file: path },
      hint: 'put it back, or begin anew with --fresh and another file',
    })
  }

  #begin(file: ClaimedFile, from: number): void {
    this.#file = file
    this.#from = from
    this.#context.checkpoint({ id: file.id, from } satisfies Begun)
  }

  /** Writes to the file that has the name; where it was removed under our hands, what was written is written again. */
  #write(): void {
    const found = this.#file!.look()
    if (found === 'moved') this.#reopen()
    else if (found !== 'same') this.#tellChange(found)
    this.#file!.write(this.#text)
    if (!this.#file!.isRemoved) return
    this.#reopen()
    this.#file!.write(this.#text)
  }

  #reopen(): void {
    const before = this.#file!
    const file = new ClaimedFile(this.#pathOfTask(), this.#context)
    this.#context.log('info', `"${file.path}" was moved away or removed; the lines go on in a new file`)
    this.#begin(file, file.size)
    before.close()
  }

  #tellChange(found: 'shrunk' | 'grown'): void {
    const path = this.#pathOfTask()
    if (found === 'shrunk') {
      this.#context.log(
        'warn',
        `"${path}" was cut by another process, to ${this.#file!.size} bytes; the lines go on at its end`,
      )
    } else if (!this.#isShared) {
      this.#isShared = true
      const error = new TyphoonError('OUTPUT_IN_USE', `another process writes to "${path}", too`, {
        where: { file: path },
        hint: 'both append, so no line is lost, but they are mixed; give each writer a file of its own',
      })
      this.#collector.reportError(error)
    }
  }

  /** Writes and acks what was gathered; where that fails, tries again later. */
  #flush(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (this.#file === undefined || this.#text === '') return
    try {
      this.#write()
    } catch (error) {
      this.#failed(error)
      return
    }
    const tuples = this.#tuples
    this.#text = ''
    this.#tuples = []
    this.#failures = 0
    this.#reported = ''
    for (const tuple of tuples) this.#collector.ack(tuple)
    this.#release?.()
    this.#release = undefined
    this.#held = undefined
  }

  #failed(error: unknown): void {
    this.#failures++
    const message = messageOf(error)
    // Each time: whoever reads errors counts equal ones, and sees that it goes on.
    this.#collector.reportError(this.#outputFailed(error))
    this.#reported = message
    const delay = backOff(this.#failures, RETRY_MS, MAX_RETRY_MS, this.#context.random())
    this.#cancelTimer = this.#context.after(delay, () => this.#flush())
  }

  #outputFailed(cause: unknown): TyphoonError {
    const path = this.#pathOfTask()
    return new TyphoonError('OUTPUT_FAILED', `"${path}" cannot be written: ${messageOf(cause)}`, {
      where: { file: path },
      cause,
      hint: 'is there room, does the folder exist, and may this user write there?',
    })
  }

  #pathOfTask(): string {
    if (this.#context.tasksOf().length === 1) return this.#path
    const extension = extname(this.#path)
    const stem = this.#path.slice(0, this.#path.length - extension.length)
    return `${stem}.${this.#context.taskIndex}${extension}`
  }
}
