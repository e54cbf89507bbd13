/**
 * What a daemon says while it goes on: text for people, or on request one JSON object a line for programs, with the
 * fields of the lines of a run: `{"time", "level", "message"}`, and of a problem its place, `code` and `hint`.
 */
import type { Problem } from '../../errors/typhoon-error.ts'
import { plain } from '../render/line.ts'
import { problemLines } from '../render/problem.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** In which form lines of a log are written. */
export const LOG_FORMATS = ['text', 'json'] as const
/** One of them. */
export type LogFormat = (typeof LOG_FORMATS)[number]

/** What can be set. */
interface DaemonLogOptions {
  readonly logFormat?: LogFormat | undefined
  /** Warnings and errors alone. */
  readonly quiet?: boolean | undefined
}

export class DaemonLog {
  readonly #terminal: Terminal
  readonly #options: DaemonLogOptions
  readonly #now: () => Date

  constructor(terminal: Terminal, options: DaemonLogOptions, now: () => Date) {
    this.#terminal = terminal
    this.#options = options
    this.#now = now
  }

  /** A line. @param text what people read in place of the message */
  say(level: 'info' | 'warn', message: string, text = message): void {
    if (level === 'info' && this.#options.quiet === true) return
    if (this.#options.logFormat === 'json') this.#json({ level, message })
    else this.#terminal.say([plain(text)])
  }

  problem(problem: Problem): void {
    const { code, message, where, hint } = problem
    if (this.#options.logFormat === 'json') this.#json({ level: 'error', message, code, ...where, hint })
    else this.#terminal.say(problemLines(problem))
  }

  #json(line: object): void {
    this.#terminal.say([plain(JSON.stringify({ time: this.#now().toISOString(), ...line }))])
  }
}
