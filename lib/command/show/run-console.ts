/**
 * What a run says while it goes on, each event as lines: results of the workers to stdout, all else to stderr. There it
 * is text for people, or on request one JSON object a line for programs: `{"time", "level", "message"}`, and what is
 * known of topology, component, task, worker, root and code.
 */
import { type Problem, wordsOf } from '../../errors/typhoon-error.ts'
import type { LogRecord, RunEvents, WorkerId } from '../../run/index.ts'
import { type Line, plain, type Style, stackLines, textLines } from '../render/line.ts'
import { milliseconds } from '../render/numbers.ts'
import { problemLines, warningLine } from '../render/problem.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { Repeats } from './repeats.ts'

/** quiet: results, warnings and errors alone; verbose: stack traces and starts of workers too. */
export type Verbosity = 'quiet' | 'normal' | 'verbose'

/** What can be set of a RunConsole. */
export interface ConsoleOptions {
  readonly verbosity: Verbosity
  /** JSON in place of text on stderr. */
  readonly asJson: boolean
  /** Its name. */
  readonly topology?: string
  /** The time of day. */
  readonly now: () => Date
}

type Level = LogRecord['level']

const LEVEL_STYLES: Readonly<Record<Level, Style | undefined>> = {
  debug: 'dim',
  info: undefined,
  warn: 'yellow',
  error: 'red',
}

export class RunConsole {
  readonly #terminal: Terminal
  readonly #options: ConsoleOptions
  readonly #told = new Set<string>()
  readonly #repeats = new Repeats()
  /** How often a worker was started again. */
  restarts = 0

  constructor(terminal: Terminal, options: ConsoleOptions) {
    this.#terminal = terminal
    this.#options = options
  }

  readonly events: RunEvents = {
    onLog: (record, worker) => {
      const isMinor = record.level === 'info' || record.level === 'debug'
      if (isMinor && this.#options.verbosity === 'quiet') return
      const { level, message, ...where } = record
      this.#say(level, message, this.#logLines(record), { ...where, worker })
    },
    onProblem: (problem, worker, stack, times = 1) => {
      const told = this.#repeats.add({ ...problem, where: { worker, ...problem.where } }, times, performance.now())
      if (told === undefined) return
      this.tell(told)
      if (stack !== undefined && this.#isVerbose) this.#say('error', stack, stackLines(stack))
    },
    onWorkerStarted: (worker, incarnation) => {
      const message = `worker ${worker} is starting (incarnation ${incarnation})`
      if (this.#isVerbose) this.#say('info', message, [plain(message)], { worker })
    },
    onWorkerLost: (worker, _incarnation, how, restartInMs, stack) => {
      this.restarts++
      const when = restartInMs > 0 ? `in ${milliseconds(restartInMs)}` : 'at once'
      const message = `worker ${worker} was lost (${how}) and is started again ${when}`
      this.#say('warn', message, [warningLine(message)], { worker })
      if (stack !== undefined && this.#isVerbose) this.#say('error', stack, stackLines(stack))
    },
    onOutput: (line, worker, stream) => {
      if (stream === 'stdout') return this.#terminal.result(line)
      return this.#say('info', line, [outputLine(line, worker)], { worker })
    },
  }

  /** What a person wants to know and a log file does not need to hear twice. */
  notice(text: string): void {
    if (this.#options.verbosity !== 'quiet') this.#say('info', text, [plain(text)])
  }

  /** A problem, now. */
  tell(problem: Problem): void {
    this.#told.add(wordsOf(problem))
    const { code, message, where, hint } = problem
    this.#say('error', message, problemLines(problem), { code, ...where, ...(hint === undefined ? {} : { hint }) })
  }

  /**
   * How often those have come that were left out: nothing is to come any more.
   * @param last what has ended the run; that it came as such is not a repetition
   */
  tellRest(last?: Problem): void {
    for (const problem of this.#repeats.rest(last)) this.tell(problem)
  }

  /** A problem, unless it was shown already: what ends a run has usually been reported before. */
  tellOnce(problem: Problem): void {
    if (!this.#told.has(wordsOf(problem))) this.tell(problem)
  }

  get #isVerbose(): boolean {
    return this.#options.verbosity === 'verbose'
  }

  #say(level: Level, message: string, lines: readonly Line[], where: object = {}): Promise<void> | undefined {
    const { topology } = this.#options
    const time = this.#options.now().toISOString()
    const text = this.#options.asJson ? [plain(JSON.stringify({ time, level, message, topology, ...where }))] : lines
    return this.#terminal.say(text)
  }

  /** `2030-01-31T12:34:56.789Z info count[3]: message` */
  #logLines({ level, component, task, message }: LogRecord): Line[] {
    const place = component === undefined ? '' : ` ${component}${task === undefined ? '' : `[${task}]`}`
    const style = LEVEL_STYLES[level]
    const word = style === undefined ? { text: level } : { text: level, style }
    const [first = [], ...others] = textLines(`${place}: ${message}`)
    return [[{ text: `${this.#options.now().toISOString()} `, style: 'dim' }, word, ...first], ...others]
  }
}

function outputLine(line: string, worker: WorkerId): Line {
  return [{ text: `[worker ${worker}] `, style: 'dim' }, { text: line }]
}
