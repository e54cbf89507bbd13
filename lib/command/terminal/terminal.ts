/**
 * Writes to the two streams of the process, and keeps a frame at the foot of the terminal: lines are printed above it
 * without tearing it. Results go to stdout, everything else to stderr. It decides nothing; what to write comes as
 * lines.
 *
 * The promise: a result is written, or `failure` says why not. A writer that is faster than the reader gets a promise
 * to wait for; of words on stderr that nobody reads the rest is left out and counted.
 */

import { messageOf, type Problem } from '../../errors/typhoon-error.ts'
import { printable } from '../../words/printable.ts'
import { type Line, lineWidth, type Paper, plain, toText, wantsColor } from '../render/line.ts'

/** The part of a writable stream that is needed; `process.stdout` is one. */
export interface WritableLike {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  /** More waits to be written than should: `drain` comes when it has gone. */
  readonly writableNeedDrain: boolean
  /** How much waits to be written. */
  readonly writableLength: number
  write(text: string, done?: () => void): boolean
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown
  on(event: 'drain', listener: () => void): unknown
}

export interface TerminalPorts {
  readonly stdout: WritableLike
  readonly stderr: WritableLike
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Lines that come fast are written at once; the frame waits this long for a pause between them. */
const REDRAW_MS = 50
const DEFAULT_SIZE = { columns: 80, rows: 24 }
/** So much may wait on stderr before the rest is left out. */
const MAX_WORDS_WAITING = 4 * 1024 * 1024
/** What a stream says whose reader has gone, as `head` does; a terminal that was closed says EIO. */
const READER_GONE = ['EPIPE', 'ECONNRESET', 'EIO']

/** Who waits for room on one of the streams. */
class Room {
  readonly #stream: WritableLike
  #waiting: Promise<void> | undefined
  #release: () => void = () => {}

  constructor(stream: WritableLike) {
    this.#stream = stream
    stream.on('drain', () => this.release())
  }

  /** Settles when there is room again; undefined where there is. */
  wait(): Promise<void> | undefined {
    if (!this.#stream.writableNeedDrain) return undefined
    this.#waiting ??= new Promise((resolve) => {
      this.#release = resolve
    })
    return this.#waiting
  }

  release(): void {
    this.#waiting = undefined
    this.#release()
  }
}

export class Terminal {
  /** Whether a frame can be drawn and drawn again. */
  readonly isLive: boolean
  readonly #ports: TerminalPorts
  readonly #color: boolean
  #frame: readonly Line[] = []
  /** The frame as it stands on the screen; empty while it does not. */
  #drawn: readonly Line[] = []
  #timer: NodeJS.Timeout | undefined
  readonly #room: { readonly stdout: Room; readonly stderr: Room }
  #onBroken: (failure: Problem | undefined) => void = () => {}
  #broken = false
  #failure: Problem | undefined
  #leftOut = 0
  #hurries = false
  #hurried = (): void => {}

  constructor(ports: TerminalPorts) {
    this.#ports = ports
    const isTerminal = ports.stderr.isTTY === true
    this.isLive = isTerminal && ports.env['TERM'] !== 'dumb'
    this.#color = wantsColor(ports.env, isTerminal)
    this.#room = { stdout: new Room(ports.stdout), stderr: new Room(ports.stderr) }
    ports.stdout.on('error', (error) => this.#break(error))
    // The reader of the log has gone: nothing can be reported, and the run goes on.
    ports.stderr.on('error', () => this.#room.stderr.release())
    ports.stderr.on('drain', () => this.#tellLeftOut())
  }

  /** Cells and lines of the screen. */
  get size(): { readonly columns: number; readonly rows: number } {
    const { columns, rows } = this.#ports.stderr
    // Some terminals say 0 while they do not know. The last cell stays free, for there the cursor would wrap.
    return { columns: (columns || DEFAULT_SIZE.columns) - 1, rows: rows || DEFAULT_SIZE.rows }
  }

  /** The width that text on stderr should fit in: that of the screen, or none. */
  get columns(): number | undefined {
    return this.isLive ? this.size.columns : undefined
  }

  /**
   * Calls back, once, when stdout cannot be written any more: because its reader has gone, as `head` does, or why else.
   */
  onBroken(call: (failure: Problem | undefined) => void): void {
    this.#onBroken = call
    if (this.#broken) call(this.#failure)
  }

  /** Why results were lost; undefined where none were, or their reader has gone and does not want them. */
  get failure(): Problem | undefined {
    return this.#failure
  }

  /**
   * A result, to stdout, and a line break: as it is to a file or a pipe, printable to a terminal. The promise settles
   * when there is room for more; none where there is.
   */
  result(text: string): Promise<void> | undefined {
    const isTerminal = this.#ports.stdout.isTTY === true
    return this.#result(isTerminal ? text.split('\n').map(printable).join('\n') : text)
  }

  /** From now on nothing waits for a reader that does not read; what it has not taken is lost. */
  hurry(): void {
    this.#hurries = true
    this.#hurried()
    this.#room.stdout.release()
    this.#room.stderr.release()
  }

  /** A result with styles, to stdout; colours only where stdout is a terminal. */
  resultLines(lines: readonly Line[]): void {
    const color = wantsColor(this.#ports.env, this.#ports.stdout.isTTY === true)
    void this.#result(toText(lines, { color }))
  }

  /** Lines above the frame, to stderr. The promise settles when there is room for more; none where there is. */
  say(lines: readonly Line[]): Promise<void> | undefined {
    const { stderr } = this.#ports
    if (stderr.writableLength > MAX_WORDS_WAITING) this.#leftOut += lines.length
    else {
      this.#erase()
      stderr.write(`${toText(lines, { color: this.#color })}\n`)
    }
    return this.#hurries ? undefined : this.#room.stderr.wait()
  }

  /** Puts the frame in place of the one before. */
  draw(frame: readonly Line[]): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#frame = frame
    const { columns } = this.size
    this.#ports.stderr.write(eraseText(this.#drawn, columns + 1) + toText(frame, this.#paper()))
    this.#drawn = frame.map((line) => [{ text: toText([line], { color: false, columns }) }])
  }

  /** Takes the frame away for good. */
  clear(): void {
    this.#frame = []
    this.#erase()
  }

  /**
   * Settles when everything that was written has left the process, or cannot any more; in a hurry, when what can leave
   * at once has.
   */
  async flush(): Promise<void> {
    const hurried = new Promise<void>((resolve) => {
      this.#hurried = resolve
      if (this.#hurries) resolve()
    })
    const { stdout, stderr } = this.#ports
    await Promise.all(
      [stdout, stderr].map((stream) => {
        // Where nothing waits nothing is written: that may fail though nothing is missing. An error comes in this turn.
        const isEmpty = stream.writableLength === 0
        const left = new Promise<void>((resolve) => {
          if (isEmpty) setImmediate(resolve)
          else stream.write('', () => resolve())
        })
        return Promise.race([left, hurried.then(() => (stream.writableLength > 0 ? undefined : left))])
      }),
    )
  }

  #result(text: string): Promise<void> | undefined {
    const { stdout } = this.#ports
    if (this.#broken || (this.#hurries && stdout.writableNeedDrain)) return undefined
    if (stdout.isTTY === true) this.#erase()
    stdout.write(`${text}\n`)
    return this.#hurries ? undefined : this.#room.stdout.wait()
  }

  #paper(): Paper {
    return { color: this.#color, columns: this.size.columns }
  }

  #erase(): void {
    if (this.#drawn.length > 0) this.#ports.stderr.write(eraseText(this.#drawn, this.size.columns + 1))
    this.#drawn = []
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#frame.length > 0) this.#timer = setTimeout(() => this.draw(this.#frame), REDRAW_MS).unref()
  }

  #tellLeftOut(): void {
    if (this.#leftOut === 0) return
    const text = `${this.#leftOut} lines were left out here: they came faster than they were read`
    this.#leftOut = 0
    void this.say([plain(text)])
  }

  #break(error: NodeJS.ErrnoException): void {
    if (this.#broken) return
    this.#broken = true
    if (!READER_GONE.includes(error.code ?? '')) {
      this.#failure = {
        code: 'OUTPUT_FAILED',
        message: `stdout cannot be written: ${messageOf(error)}`,
        where: {},
        hint: 'results are missing from here on; make room, and run it again',
      }
    }
    this.#room.stdout.release()
    this.#onBroken(this.#failure)
  }
}

/**
 * What takes a frame off the screen, from the end of its last line. A terminal that was made narrower has wrapped its
 * lines.
 * @param columns of the screen now
 */
export function eraseText(frame: readonly Line[], columns: number): string {
  if (frame.length === 0) return ''
  const rows = frame.reduce((sum, line) => sum + Math.max(1, Math.ceil(lineWidth(line) / columns)), 0)
  return `${rows > 1 ? `\u001b[${rows - 1}A` : ''}\r\u001b[J`
}
