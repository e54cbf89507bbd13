/** Starts child processes: the one file of this room that does. No shell stands between, the command is a list. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../../errors/typhoon-error.ts'
import type { Frame } from '../wire/serializer.ts'
import type { Pipe } from './outbox.ts'

/** What the rest of its output may take after a child has exited: somebody else may hold the pipe open. */
const LAST_OUTPUT_MS = 200

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
  /** Beside the environment of this process; a PATH is put behind its own. */
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

/** No child outlives this process, however it comes to its end; where it is killed, its process group is ended by whoever started it. */
const living = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})

/** Starts a real one. */
export const startProcess: StartProcess = (spec, events) => {
  const [program, ...args] = spec.command
  const pidDir = mkdtempSync(join(tmpdir(), 'typhoon-pid-'))
  const child = spawn(program!, args, { cwd: spec.cwd, env: environment(spec.env), stdio: 'pipe' })
  const { stdin, stdout, stderr } = child
  living.add(child)
  // A child that is gone, or closes its input: its exit is told elsewhere.
  stdin.on('error', () => {})
  stdin.on('drain', () => events.onDrained())
  stdout.on('data', (bytes) => events.onOutput(bytes))
  forwardLines(stderr, (line) => events.onErrorLine(line))
  whenOver(child, (how) => {
    rmSync(pidDir, { recursive: true, force: true })
    events.onExit(how)
  })
  return {
    pid: child.pid ?? 0,
    pidDir,
    write(frames: Frame) {
      if (!stdin.writable) return true
      stdin.write(frames)
      if (stdin.writableLength === 0) return true
      // Below its own mark the stream tells nobody that it has room again.
      if (!stdin.writableNeedDrain) stdin.write('', () => events.onDrained())
      return false
    },
    closeInput: () => void stdin.end(),
    kill: (signal) => void child.kill(signal),
    setReading: (reading) => void (reading ? stdout.resume() : stdout.pause()),
  }
}

function whenOver(child: ChildProcess, over: (how: string) => void): void {
  let told = false
  const tell = (how: string): void => {
    if (!told) over(how)
    told = true
  }
  child.on('error', (error) => {
    if (child.pid === undefined) tell(`could not be started: ${messageOf(error)}`)
  })
  child.on('exit', (code, signal) => {
    living.delete(child)
    const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`
    const timer = setTimeout(() => tell(how), LAST_OUTPUT_MS)
    child.on('close', () => {
      clearTimeout(timer)
      tell(how)
    })
  })
}

function forwardLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine)
}

function environment(own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, ...own }
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
