/** What a run says while it goes on, each event as lines: results of the workers to stdout, all else to stderr. */
import type { RunEvents } from '../daemon/events.ts'
import type { Problem } from '../errors/typhoon-error.ts'
import type { LogRecord } from '../messaging/control.ts'
import type { WorkerId } from '../tuple/ids.ts'
import { type Line, plain, type Style } from './render/line.ts'
import { milliseconds } from './render/numbers.ts'
import { problemLines, warningLine } from './render/problem.ts'
import type { Terminal } from './terminal.ts'

/** quiet: results, warnings and errors alone; verbose: stack traces and starts of workers too. */
export type Verbosity = 'quiet' | 'normal' | 'verbose'

const LEVEL_STYLES: Readonly<Record<LogRecord['level'], Style | undefined>> = {
  debug: 'dim',
  info: undefined,
  warn: 'yellow',
  error: 'red',
}

export class RunConsole {
  readonly #terminal: Terminal
  readonly #verbosity: Verbosity
  readonly #told = new Set<string>()
  /** How often a worker was started again. */
  restarts = 0

  constructor(terminal: Terminal, verbosity: Verbosity) {
    this.#terminal = terminal
    this.#verbosity = verbosity
  }

  readonly events: RunEvents = {
    onLog: (record) => {
      const isMinor = record.level === 'info' || record.level === 'debug'
      if (!(isMinor && this.#verbosity === 'quiet')) this.#terminal.say([logLine(record)])
    },
    onProblem: (problem, worker, stack) => {
      this.tell({ ...problem, where: { worker, ...problem.where } })
      if (stack !== undefined && this.#verbosity === 'verbose') this.#terminal.say([plain(stack)])
    },
    onWorkerStarted: (worker, incarnation) => {
      if (this.#verbosity === 'verbose')
        this.#terminal.say([plain(`worker ${worker} is starting (incarnation ${incarnation})`)])
    },
    onWorkerLost: (worker, _incarnation, how, restartInMs) => {
      this.restarts++
      const when = restartInMs > 0 ? `in ${milliseconds(restartInMs)}` : 'at once'
      this.#terminal.say([warningLine(`worker ${worker} was lost (${how}) and is started again ${when}`)])
    },
    onOutput: (line, worker, stream) => {
      if (stream === 'stdout') this.#terminal.result(line)
      else this.#terminal.say([outputLine(line, worker)])
    },
  }

  /** What a person wants to know and a log file does not need to hear twice. */
  notice(text: string): void {
    if (this.#verbosity !== 'quiet') this.#terminal.say([plain(text)])
  }

  /** A problem, now. */
  tell(problem: Problem): void {
    this.#told.add(keyOf(problem))
    this.#terminal.say(problemLines(problem))
  }

  /** A problem, unless it was told already: what ends a run is mostly heard of before. */
  tellOnce(problem: Problem): void {
    if (!this.#told.has(keyOf(problem))) this.tell(problem)
  }
}

/** `info count[3]: message` */
function logLine({ level, component, task, message }: LogRecord): Line {
  const place = component === undefined ? '' : ` ${component}${task === undefined ? '' : `[${task}]`}`
  const style = LEVEL_STYLES[level]
  return [style === undefined ? { text: level } : { text: level, style }, { text: `${place}: ${message}` }]
}

function outputLine(line: string, worker: WorkerId): Line {
  return [{ text: `[worker ${worker}] `, style: 'dim' }, { text: line }]
}

function keyOf({ code, message }: Problem): string {
  return `${code} ${message}`
}
