/**
 * Writes to the two streams of the process, and keeps a frame at the foot of the terminal: lines are printed above it without
 * tearing it. Results go to stdout, everything else to stderr. It decides nothing; what to write comes as lines.
 */
import { type Line, lineWidth, type Paper, toText, wantsColor } from './render/line.ts'

/** As much of a writable stream as is needed; `process.stdout` is one. */
export interface Stream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string, done?: () => void): boolean
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown
}

export interface TerminalPorts {
  readonly stdout: Stream
  readonly stderr: Stream
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Lines that come fast are written at once; the frame waits this long for a pause between them. */
const REDRAW_MS = 50
const DEFAULT_SIZE = { columns: 80, rows: 24 }

export class Terminal {
  /** Whether a frame can be drawn and drawn again. */
  readonly isLive: boolean
  readonly #ports: TerminalPorts
  readonly #color: boolean
  #frame: readonly Line[] = []
  /** The frame as it stands on the screen; empty while it does not. */
  #drawn: readonly Line[] = []
  #timer: NodeJS.Timeout | undefined
  #onBroken: () => void = () => {}
  #broken = false

  constructor(ports: TerminalPorts) {
    this.#ports = ports
    const isTerminal = ports.stderr.isTTY === true
    this.isLive = isTerminal && ports.env['TERM'] !== 'dumb'
    this.#color = wantsColor(ports.env, isTerminal)
    ports.stdout.on('error', () => this.#break())
    // Whoever reads the log has gone: nothing can be told to anyone, and the run goes on.
    ports.stderr.on('error', () => {})
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

  /** Calls back, once, when the reader of stdout has gone, as `head` does. */
  onBroken(call: () => void): void {
    this.#onBroken = call
    if (this.#broken) call()
  }

  /** A result, to stdout, as it is; a line break is added. */
  result(text: string): void {
    if (this.#broken) return
    if (this.#ports.stdout.isTTY === true) this.#erase()
    this.#ports.stdout.write(`${text}\n`)
  }

  /** A result with styles, to stdout; colours only where stdout is a terminal. */
  resultLines(lines: readonly Line[]): void {
    const color = wantsColor(this.#ports.env, this.#ports.stdout.isTTY === true)
    this.result(toText(lines, { color }))
  }

  /** Lines above the frame, to stderr. */
  say(lines: readonly Line[]): void {
    this.#erase()
    this.#ports.stderr.write(`${toText(lines, { color: this.#color })}\n`)
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

  /** Settles when everything that was written has left the process, or cannot any more. */
  async flush(): Promise<void> {
    const { stdout, stderr } = this.#ports
    await Promise.all(
      [stdout, stderr].map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))),
    )
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

  #break(): void {
    if (this.#broken) return
    this.#broken = true
    this.#onBroken()
  }
}

/**
 * What takes a frame off the screen, from the end of its last line. A terminal that was made narrower has wrapped its lines.
 * @param columns of the screen now
 */
export function eraseText(frame: readonly Line[], columns: number): string {
  if (frame.length === 0) return ''
  const rows = frame.reduce((sum, line) => sum + Math.max(1, Math.ceil(lineWidth(line) / columns)), 0)
  return `${rows > 1 ? `\u001b[${rows - 1}A` : ''}\r\u001b[J`
}
