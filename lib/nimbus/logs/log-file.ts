/**
 * A file of lines that does not grow without end: at its limit it gets a number and another one begins, and the oldest
 * is removed. Lines are gathered and written together; nobody waits for the disk. Where it does not keep up, or is
 * full, lines are left out, and how many is the next line that is written.
 */
import { appendFile, readFile, rename, rm, stat } from 'node:fs/promises'

/** How much is kept. */
export interface LogLimits {
  /** Of a file, bytes. */
  readonly bytes: number
  /** How many files, the one that is written included. */
  readonly files: number
}

const WAITING_BYTES = 4 * 1024 * 1024
const GATHER_MS = 100

export class LogFile {
  readonly #path: string
  readonly #limits: LogLimits
  readonly #leftOutLine: (lines: number) => string
  #waiting: string[] = []
  #waitingBytes = 0
  #leftOut = 0
  /** How many lines were added, and how many of them are in the file, or were left out. */
  #added = 0
  #settled = 0
  #bytes: number | undefined
  #writing: Promise<void> | undefined

  /** @param leftOutLine says how many lines are missing */
  constructor(path: string, limits: LogLimits, leftOutLine: (lines: number) => string) {
    this.#path = path
    this.#limits = limits
    this.#leftOutLine = leftOutLine
  }

  /** @param line without its end */
  add(line: string): void {
    this.#added++
    if (this.#waitingBytes > WAITING_BYTES) {
      this.#leftOut++
      this.#settled++
      return
    }
    this.#waiting.push(line)
    this.#waitingBytes += line.length
    this.#writing ??= this.#write()
  }

  /** Settles when all that was added until now is in the file, or left out. */
  async flushed(): Promise<void> {
    const until = this.#added
    while (this.#settled < until && this.#writing !== undefined) await this.#writing
  }

  /** The lines of all its files, the newest first. @returns those that `takes` says */
  async newest(most: number, takes: (line: string) => boolean): Promise<string[]> {
    await this.flushed()
    const found: string[] = []
    for (let number = 0; number < this.#limits.files && found.length < most; number++) {
      const lines = (await readFile(this.#named(number), 'utf8').catch(() => '')).split('\n')
      for (let i = lines.length - 1; i >= 0 && found.length < most; i--)
        if (lines[i] !== '' && takes(lines[i]!)) found.push(lines[i]!)
    }
    return found
  }

  async #write(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
    const lines = this.#waiting
    const before = this.#leftOut
    this.#waiting = before === 0 ? lines : [...lines, this.#leftOutLine(before)]
    const text = `${this.#waiting.join('\n')}\n`
    this.#waiting = []
    this.#waitingBytes = 0
    this.#leftOut = 0
    try {
      this.#bytes ??= await stat(this.#path).then(
        ({ size }) => size,
        () => 0,
      )
      if (this.#bytes > 0 && this.#bytes + text.length > this.#limits.bytes) await this.#rotate()
      await appendFile(this.#path, text, { mode: 0o600 })
      this.#bytes += Buffer.byteLength(text)
    } catch {
      // A full disk: it is said when there is room again.
      this.#leftOut += lines.length + before
      this.#bytes = undefined
    }
    this.#settled += lines.length
    this.#writing = this.#waiting.length > 0 ? this.#write() : undefined
  }

  async #rotate(): Promise<void> {
    const { files } = this.#limits
    await rm(this.#named(files - 1), { force: true })
    for (let number = files - 2; number >= 0; number--)
      await rename(this.#named(number), this.#named(number + 1)).catch(() => {})
    this.#bytes = 0
  }

  #named(number: number): string {
    return number === 0 ? this.#path : `${this.#path}.${number}`
  }
}
