/**
 * Writes tuples to a file, one line each.
 *
 * The promise: a tuple is acked when its line was written, and not before. Lines are gathered for some milliseconds or 64 KiB. Where
 * the file cannot be written (a full disk) they are kept and written again with growing delays; meanwhile the bolt takes no
 * further tuple, so the stream is held back and nothing is lost. At the end of the input that is an error.
 *
 * The file begins empty with each run of a topology. A task whose worker was restarted goes on where the file ends, which it knows from
 * its checkpoint.
 */
import { extname } from 'node:path'
import { messageOf, TyphoonError } from '../errors/typhoon-error.ts'
import { Bolt, type OutputCollector, type TaskContext, type Tuple } from '../index.ts'
import { checkOptions, checkText } from './arguments.ts'
import { TextFile } from './files/text-file.ts'
import { backOff } from './reliability/replay-policy.ts'

const FLUSH_CHARACTERS = 65_536
const FLUSH_MS = 20
const RETRY_MS = 100
const MAX_RETRY_MS = 5000

/** What can be set of a FileSinkBolt. */
export interface FileSinkBoltOptions {
  /** Between the values of a line; left out: a tabulator. */
  readonly separator?: string
}

/** Writes tuples to a file; acks each when it has been written. */
export class FileSinkBolt extends Bolt {
  readonly #path: string
  readonly #separator: string
  #context!: TaskContext
  #collector!: OutputCollector
  /** `undefined` where there is no path. */
  #file: TextFile | undefined
  #text = ''
  #tuples: Tuple[] = []
  #cancelTimer: (() => void) | undefined
  /** In a row. */
  #failures = 0
  #reported = ''
  /** What `execute` returns while the file cannot be written. */
  #held: Promise<void> | undefined
  #release: (() => void) | undefined

  /**
   * @param path of the file; an empty one discards the tuples, so that an output can be optional (`${output:-}` in YAML). Where the bolt
   * has several tasks, each writes a file of its own: `counts.tsv` becomes `counts.0.tsv`, `counts.1.tsv` …
   */
  constructor(path: string, options: FileSinkBoltOptions = {}) {
    super()
    this.#path = checkText('the path of a FileSinkBolt', path)
    this.#separator = checkOptions('FileSinkBolt', options, ['separator']).separator ?? '\t'
  }

  /** @throws OUTPUT_FAILED where the file cannot be made */
  override prepare(context: TaskContext, collector: OutputCollector): void {
    this.#context = context
    this.#collector = collector
    if (this.#path === '') return
    try {
      this.#file = new TextFile(this.#pathOfTask(), Boolean(context.checkpointed))
    } catch (cause) {
      throw this.#outputFailed(cause)
    }
    context.checkpoint({ begun: true })
  }

  override execute(tuple: Tuple): void | Promise<void> {
    if (this.#file === undefined) {
      this.#collector.ack(tuple)
      return
    }
    this.#text += `${tuple.values.map(toText).join(this.#separator)}\n`
    this.#tuples.push(tuple)
    if (this.#text.length >= FLUSH_CHARACTERS) this.#flush()
    else this.#cancelTimer ??= this.#context.after(FLUSH_MS, () => this.#flush())
    if (this.#failures === 0) return
    this.#held ??= new Promise((resolve) => {
      this.#release = resolve
    })
    return this.#held
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
      this.#context.log('error', `${this.#tuples.length} lines could not be written to "${this.#pathOfTask()}"`)
    }
    this.#file?.close()
    this.#file = undefined
  }

  /** Writes and acks what was gathered; where that fails, tries again later. */
  #flush(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (this.#file === undefined || this.#text === '') return
    try {
      this.#file.write(this.#text)
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
    if (message !== this.#reported) this.#collector.reportError(this.#outputFailed(error))
    this.#reported = message
    const delay = backOff(this.#failures, RETRY_MS, MAX_RETRY_MS, this.#context.random())
    this.#cancelTimer = this.#context.after(delay, () => this.#flush())
  }

  #outputFailed(cause: unknown): TyphoonError {
    const path = this.#pathOfTask()
    return new TyphoonError('OUTPUT_FAILED', `"${path}" cannot be written: ${messageOf(cause)}`, {
      where: { file: path },
      cause,
    })
  }

  #pathOfTask(): string {
    if (this.#context.tasksOf().length === 1) return this.#path
    const extension = extname(this.#path)
    const stem = this.#path.slice(0, this.#path.length - extension.length)
    return `${stem}.${this.#context.taskIndex}${extension}`
  }
}

/** Strings as they are; what is no text or number is written as JSON. */
function toText(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}
