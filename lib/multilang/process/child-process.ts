/** Starts child processes: the one file of this room that does. No shell stands between, the command is a list. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../../errors/typhoon-error.ts'
import { onceOver } from '../../identity/child-end.ts'
import { Lines } from '../../util/lines.ts'
import type { Frame } from '../wire/serializer.ts'
import { guardChildren } from './guard-children.ts'
import type { Pipe } from './outbox.ts'
import { makePidFolder, removePidFolder } from './pid-folder.ts'

/** What the rest of its output may take after a child has exited: somebody else may hold the pipe open. */
const LAST_OUTPUT_MS = 200

/** How the variables of the environment begin that the runtime sets for its workers. */
const RUNTIMES_OWN = 'TYPHOON_'

/** Where the libraries that come with Typhoon are found by the languages; behind what the user has there. */
const LIBRARY_PATHS: Readonly<Record<string, string>> = {
  PYTHONPATH: library('python'),
  RUBYLIB: library('ruby'),
  NODE_PATH: library('javascript'),
}

/** What is to be started. */
export interface ProcessSpec {
  readonly command: readonly string[]
  /** Absolute; left out: that of this process. */
  readonly cwd?: string
  /** Variables added to the environment of this process without Typhoon's own; a PATH goes after the existing one. */
  readonly env: Readonly<Record<string, string>>
}

/** What a process tells of itself. */
export interface ProcessEvents {
  onOutput(bytes: Uint8Array): void
  onErrorLine(line: string): void
  /** All that `write` has not got rid of has gone. */
  onDrained(): void
  /** Once, after its output; or where it could not be started. */
  onExit(how: string): void
}

/** A process that was started. */
export interface RunningProcess extends Pipe {
  /** 0 where it could not be started. */
  readonly pid: number
  /** A folder of its own, for its pid file. */
  readonly pidDir: string
  closeInput(): void
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
  /** Its output is read no further, or again. */
  setReading(reading: boolean): void
}

/** Starts a process; the port behind which the tests have none. */
export type StartProcess = (spec: ProcessSpec, events: ProcessEvents) => RunningProcess

/**
 * No child outlives this process, however it comes to its end; where it is killed, its process group is ended by
 * whoever started it, or by its guard.
 */
const living = new Map<ChildProcess, string>()
process.on('exit', () => {
  for (const [child, pidDir] of living) {
    child.kill('SIGKILL')
    removePidFolder(pidDir)
  }
})

/** Starts a real one. Never throws: what could not be started has exited. */
export const startProcess: StartProcess = (spec, events) => {
  try {
    return run(spec, events)
  } catch (error) {
    setImmediate(() => events.onExit(notStarted(error)))
    return NEVER_STARTED
  }
}

const NEVER_STARTED: RunningProcess = {
  pid: 0,
  pidDir: '',
  write: () => true,
  closeInput: () => {},
  kill: () => {},
  setReading: () => {},
}

const run: StartProcess = (spec, events) => {
  guardChildren()
  const pidDir = makePidFolder()
  const child = spawnIn(pidDir, spec)
  living.set(child, pidDir)
  whenOver(child, (how) => {
    living.delete(child)
    removePidFolder(pidDir)
    events.onExit(how)
  })
  const { stdin, stdout, stderr } = child
  // No more files can be opened. The type does not know it; the child's `error` says it.
  if (stdin === undefined) return NEVER_STARTED
  // A child that is gone, or closes its input: its exit is reported elsewhere.
  stdin.on('error', () => {})
  stdin.on('drain', () => events.onDrained())
  stdout.on('data', (bytes) => events.onOutput(bytes))
  const lines = new Lines((line) => events.onErrorLine(line))
  stderr.on('data', (bytes) => lines.add(bytes))
  stderr.on('end', () => lines.end())
  return {
    pid: child.pid ?? 0,
    pidDir,
    write(frames: Frame) {
      if (!stdin.writable) return true
      stdin.write(frames)
      if (stdin.writableLength === 0) return true
      // Below its own mark the stream does not report that it has room again.
      if (!stdin.writableNeedDrain) stdin.write('', () => events.onDrained())
      return false
    },
    closeInput: () => void stdin.end(),
    kill: (signal) => void child.kill(signal),
    setReading: (reading) => void (reading ? stdout.resume() : stdout.pause()),
  }
}

function spawnIn(pidDir: string, { command, cwd, env }: ProcessSpec): ChildProcessWithoutNullStreams {
  const [program, ...args] = command
  try {
    // The system would say of the program that it does not exist.
    if (cwd !== undefined && !existsSync(cwd)) throw new Error(`the folder ${cwd} does not exist`)
    return spawn(program!, args, { cwd, env: environment(env), stdio: 'pipe' })
  } catch (error) {
    removePidFolder(pidDir)
    throw error
  }
}

function notStarted(error: unknown): string {
  return `could not be started: ${messageOf(error)}`
}

/** The rest of its output is waited for, for a little while. */
function whenOver(child: ChildProcess, over: (how: string) => void): void {
  onceOver(child, (end) => {
    if (end.kind === 'not started') return over(notStarted(end.error))
    const how = end.kind === 'exited' ? `exited with code ${end.code}` : `was ended by ${end.signal}`
    const timer = setTimeout(tell, LAST_OUTPUT_MS)
    child.once('close', tell)
    function tell(): void {
      clearTimeout(timer)
      child.off('close', tell)
      over(how)
    }
  })
}

/** The environment of a child. */
export function environment(own: Readonly<Record<string, string>>): Record<string, string | undefined> {
  // What the runtime tells its workers is not for what they start: there are secrets in it.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith(RUNTIMES_OWN))
  const env: Record<string, string | undefined> = { ...Object.fromEntries(inherited), ...own }
  if (own['PATH'] !== undefined) env['PATH'] = joined(process.env['PATH'], own['PATH'])
  for (const [name, path] of Object.entries(LIBRARY_PATHS)) env[name] = joined(env[name], path)
  return env
}

function joined(first: string | undefined, second: string): string {
  return first === undefined || first === '' ? second : `${first}${delimiter}${second}`
}

function library(language: string): string {
  return fileURLToPath(new URL(`../../../../multilang/${language}`, import.meta.url))
}
