/** The logs of one topology: a file for each worker, and one for what the service says of it. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, PRIVATE } from '../../identity/make-folder.ts'
import type { Problem, RunListener } from '../../run/index.ts'
import { type LogEntry, type LogFilter, logEntry, passes } from './log-entry.ts'
import { LogFile, type LogLimits } from './log-file.ts'
import { logListener, type Paths, problemLine, type Said } from './log-listener.ts'

/** Of each worker. */
const LIMITS: LogLimits = { bytes: 10 * 1024 * 1024, files: 5 }
const NAME = /^worker-(\d+)\.log$/
/** What the service itself says. */
const SERVICE = 0

export class TopologyLogs {
  readonly #folder: string
  readonly #now: () => Date
  readonly #files = new Map<number, LogFile>()
  /** Who hears of each line, and what it is told when there are no more. */
  readonly #followers = new Map<(entry: LogEntry) => void, () => void>()

  /** @param folder made where it is missing */
  constructor(folder: string, now: () => Date) {
    this.#folder = folder
    this.#now = now
    makeFolder(folder, PRIVATE)
    for (const name of readdirSync(folder)) {
      const [, worker] = NAME.exec(name) ?? []
      if (worker !== undefined) this.#of(Number(worker))
    }
  }

  add(entry: Said): void {
    const whole: LogEntry = { time: this.#now().toISOString(), ...entry }
    this.#of(entry.worker).add(JSON.stringify(whole))
    for (const follow of this.#followers.keys()) follow(whole)
  }

  /** What the service says of the topology. */
  say(level: LogEntry['level'], message: string): void {
    this.add({ level, message, worker: SERVICE })
  }

  /** @param worker that it was in; 0: none */
  problem(problem: Problem, worker: number): void {
    this.add(problemLine(problem, worker))
  }

  /** Hears what a run says. @param paths names places as the user knows them */
  listener(paths: Paths): RunListener {
    return logListener((line) => this.add(line), paths)
  }

  /** The newest lines that a filter lets through, the oldest of them first. */
  async newest(most: number, filter: LogFilter): Promise<LogEntry[]> {
    const takes = (line: string): boolean => {
      const entry = parsed(line)
      return entry !== undefined && passes(entry, filter)
    }
    const lines = await Promise.all([...this.#files.values()].map((file) => file.newest(most, takes)))
    const entries = lines.flat().map((line) => parsed(line)!)
    return entries.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)).slice(-most)
  }

  /** Calls back with each line from now on that a filter lets through. @param onEnd no more come @returns ends it */
  follow(onEntry: (entry: LogEntry) => void, filter: LogFilter, onEnd: () => void = () => {}): () => void {
    const follower = (entry: LogEntry): void => {
      if (passes(entry, filter)) onEntry(entry)
    }
    this.#followers.set(follower, onEnd)
    return () => void this.#followers.delete(follower)
  }

  /** The topology is gone. */
  end(): void {
    for (const onEnd of this.#followers.values()) onEnd()
    this.#followers.clear()
  }

  async flushed(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.flushed()))
  }

  #of(worker: number): LogFile {
    const known = this.#files.get(worker)
    if (known !== undefined) return known
    const leftOut = (lines: number): string =>
      JSON.stringify({
        time: this.#now().toISOString(),
        level: 'warn',
        message: `${lines} lines were left out: they came faster than the disk takes them, or it was full`,
        worker,
      } satisfies LogEntry)
    const file = new LogFile(join(this.#folder, `worker-${worker}.log`), LIMITS, leftOut)
    this.#files.set(worker, file)
    return file
  }
}

function parsed(line: string): LogEntry | undefined {
  try {
    const entry: unknown = JSON.parse(line)
    return logEntry(entry) ? entry : undefined
  } catch {
    return undefined
  }
}
