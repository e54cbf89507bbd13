/**
 * The file of the dead letters, JSON lines, appended to. The promise: a letter is kept until it stands in the file,
 * once and on a line of its own.
 *
 * The file is opened for each batch of letters and closed again: letters are rare, several tasks and processes share
 * the file, and whoever moves it away while the topology runs finds the next letters in a new one. It has one writer at
 * a time, who claims it for the batch. What a full disk has cut off is taken back; where its writer died before that,
 * the next one sees it in the file and begins a new line. It survives the death of the process, not that of the machine
 * (no fsync).
 *
 * Whoever takes letters out of the file puts another one in its place, and claims it for as long as that takes: so the
 * writer looks, when it has the claim, whether the file still has its name.
 */
import { messageOf, TyphoonError } from '../../errors/typhoon-error.ts'
import { deadLettersFile, type TaskContext } from '../../index.ts'
import { backOff } from '../../util/time/back-off.ts'
import { ClaimedFile } from '../files/claimed-file.ts'
import { beginningOf, type DeadLetter } from './dead-letter.ts'
import { linesIn, rootsIn } from './letters-in-file.ts'

const RETRY_MS = 100
const MAX_RETRY_MS = 10_000
/** Another process has the file for the moment; one that has it for longer than so many tries has it for good. */
const BUSY_MS = 10
const BUSY_TRIES = 300
/** Nobody replaces the file so often between its opening and its claim; where it seems so, its id does not last. */
const MOST_REPLACED = 10

interface Waiting {
  readonly line: string
  /** Called when the letter stands in the file. */
  readonly written: () => void
}

export class DeadLetterFile {
  readonly #path: string
  readonly #context: TaskContext
  readonly #report: (error: TyphoonError) => void
  #waiting: Waiting[] = []
  /** Tells what earlier lives of the task have given up in this run; undefined: not looked for yet. */
  #earlier: ((beginning: string) => boolean) | undefined
  /** Failed writes in a row. */
  #failures = 0
  #retryAt = 0
  /** Tries in a row in which another process had the file. */
  #busy = 0
  #reported = ''
  /** Where the letters are has been said. */
  #told = false

  constructor(context: TaskContext, report: (error: TyphoonError) => void) {
    this.#path = deadLettersFile(context.topology, context.config)
    this.#context = context
    this.#report = report
  }

  /** Letters that do not stand in the file yet. */
  get size(): number {
    return this.#waiting.length
  }

  /**
   * Which of these letters stand in the file already: who wrote them may have died before it could note that. Reads the
   * file once.
   */
  written(lines: readonly string[]): ReadonlySet<string> {
    return lines.length === 0 ? new Set() : linesIn(this.#path, this.#context.run, lines)
  }

  /** Whether an earlier life of the task has given the same root up in this run. Reads the file the first time. */
  hasOneOf(letter: DeadLetter): boolean {
    this.#earlier ??= rootsIn(this.#path, this.#context)
    return this.#earlier(beginningOf(letter))
  }

  add(line: string, written: () => void): void {
    this.#waiting.push({ line, written })
  }

  /**
   * Writes what waits, if there is anything and the back-off after a failure is over. A failure is reported once for as
   * long as it stays the same. From the `topology.spout.error.limit`-th failure in a row on there is no back-off any
   * more:
   * @throws DEAD_LETTER_FAILED
   */
  flush(now: number): void {
    const limit = this.#context.config['topology.spout.error.limit']
    if (this.#waiting.length === 0 || (now < this.#retryAt && this.#failures < limit)) return
    const batch = this.#waiting
    try {
      this.#append(batch.map(({ line }) => `${line}\n`).join(''))
    } catch (cause) {
      if (isInUse(cause) && this.#busy++ < BUSY_TRIES) this.#retryAt = now + BUSY_MS * this.#context.random()
      else this.#failed(cause, now, limit)
      return
    }
    this.#waiting = []
    this.#busy = 0
    if (!this.#told) this.#context.log('warn', `dead letters of this task are written to ${this.#path}`)
    this.#told = true
    this.#failures = 0
    this.#reported = ''
    tellAll(batch)
  }

  /**
   * A last try, without back-off, that waits for who has the file for the moment; letters that still cannot be written
   * go to the log.
   */
  async close(): Promise<void> {
    try {
      this.flush(Number.POSITIVE_INFINITY)
      while (this.#busy > 0 && this.#busy <= BUSY_TRIES) {
        await new Promise<void>((resolve) => this.#context.after(BUSY_MS, resolve))
        this.flush(Number.POSITIVE_INFINITY)
      }
    } catch {
      // reported, and the letters are still there
    }
    for (const { line } of this.#waiting) this.#context.log('error', `dead letter that could not be written: ${line}`)
  }

  #failed(cause: unknown, now: number, limit: number): void {
    if (!isInUse(cause)) this.#busy = 0
    this.#failures++
    this.#retryAt = now + backOff(this.#failures, RETRY_MS, MAX_RETRY_MS, this.#context.random())
    const message = `the dead letters cannot be written to ${this.#path}: ${messageOf(cause)}`
    const hint = 'they are kept and tried again; make room or set topology.dead.letters.file'
    const error = new TyphoonError('DEAD_LETTER_FAILED', message, { hint, cause })
    if (this.#reported !== message) this.#report(error)
    this.#reported = message
    if (this.#failures >= limit) throw error
  }

  #append(text: string): void {
    const file = this.#open()
    try {
      file.write(text)
    } finally {
      file.close()
    }
  }

  /** The file that has the name when it is claimed. */
  #open(): ClaimedFile {
    for (let tries = 1; ; tries++) {
      const file = new ClaimedFile(this.#path, this.#context)
      if (tries === MOST_REPLACED || file.look() === 'same') return file
      file.close()
    }
  }
}

/** Each callback is called, also if another one throws. @throws what the first of them has thrown */
function tellAll(written: readonly Waiting[]): void {
  const thrown: unknown[] = []
  for (const letter of written) {
    try {
      letter.written()
    } catch (error) {
      thrown.push(error)
    }
  }
  if (thrown.length > 0) throw thrown[0]
}

function isInUse(error: unknown): boolean {
  return error instanceof TyphoonError && error.code === 'OUTPUT_IN_USE'
}
