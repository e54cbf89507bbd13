/**
 * Runs the command: as a process of its own, whose lines can be waited for, as a user does; or to its end in this
 * process, where only what the command says matters. Workers are processes always.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { BOUND_MS } from '../bound.ts'
import * as here from '../command/parts.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const COMMAND = fileURLToPath(new URL('../../bin/typhoon.js', import.meta.url))

/** Begins a command in a container. */
export const CONTAINER = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child']

/** What a run has left behind. */
export interface Ended {
  /** Null: a signal has ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  /** The folder in which it runs; that of the repository unless given. */
  readonly cwd?: string
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>
  /** What it finds on its stdin: a descriptor, or a pipe that `end` writes into. Nothing unless given. */
  readonly stdin?: number | 'pipe'
  /** A descriptor to write its results to; else they are kept. */
  readonly stdout?: number
  /** Nobody reads its results. */
  readonly unread?: boolean
  /** Started by a shell that waits for it, as by npm; signals go to the shell. */
  readonly throughShell?: boolean
  /** It ends when it is told to: no bound is set to its life, for what is asked of it has bounds of its own. */
  readonly lasts?: boolean
  /** In a namespace of processes of its own, as in a container: those outside know its processes by other numbers. */
  readonly contained?: boolean
  /** How many files each of its processes may have open. */
  readonly descriptors?: number
}

export class CliRun {
  readonly pid: number
  readonly ended: Promise<Ended>
  readonly #child: ChildProcessByStdio<Writable | null, Readable | null, Readable>
  readonly #lines: string[] = []
  readonly #news = new EventEmitter()
  #isOver = false

  constructor(
    args: readonly string[],
    { cwd = ROOT, env, stdin, stdout: results, unread, throughShell, lasts, contained, descriptors }: CliOptions = {},
  ) {
    const command = [...(contained === true ? CONTAINER : []), process.execPath, COMMAND, ...args]
    const script =
      descriptors !== undefined ? `ulimit -n ${descriptors}; exec "$0" "$@"` : throughShell && '"$0" "$@"; exit $?'
    const [program, ...rest] = script ? ['/bin/sh', '-c', script, ...command] : command
    const child = spawn(program!, rest, {
      cwd,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: [stdin ?? 'ignore', results ?? 'pipe', 'pipe'],
      ...(lasts === true ? {} : { timeout: BOUND_MS }),
      killSignal: 'SIGKILL',
    }) as ChildProcessByStdio<Writable | null, Readable | null, Readable>
    this.#child = child
    this.pid = child.pid!
    let stdout = ''
    if (unread !== true)
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        stdout += text
      })
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#lines.push(line)
      this.#news.emit('news')
    })
    this.ended = new Promise((resolve) => {
      child.on('close', (code) => {
        this.#isOver = true
        this.#news.emit('news')
        resolve({ code, stdout, stderr: this.#lines.join('\n') })
      })
    })
  }

  /** The first line of stderr that matches; rejects where the run ends without one. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const line = this.#lines.find((text) => pattern.test(text))
      if (line !== undefined) return line
      if (this.#isOver) throw new Error(`no line matches ${pattern}:\n${this.#lines.join('\n')}`)
      await new Promise((resolve) => this.#news.once('news', resolve))
    }
  }

  /** Writes into its stdin, and ends it. */
  end(text: string): void {
    // Where it ends before it has read all of it, how it ended says more.
    this.#child.stdin!.on('error', () => {}).end(text)
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }
}

/** Runs the command to its end, in this process. */
export function typhoon(args: readonly string[]): Promise<Ended> {
  // Each run listens for signals until its process ends.
  process.setMaxListeners(0)
  return here.typhoon(...args)
}

/** Runs the command to its end, as a process of its own. */
export function typhoonProcess(args: readonly string[], options: CliOptions = {}): Promise<Ended> {
  return new CliRun(args, options).ended
}

/** The object that `--json` prints as the last line of stdout. */
export function reportOf({ stdout }: Ended): any {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!)
}

/** The codes of the errors on stderr, in their order. */
export function codesOf({ stderr }: Ended): string[] {
  return [...stderr.matchAll(/^error\[(\w+)\]/gm)].map((match) => match[1]!)
}

/** Lines of a stack trace; the place of a problem is not indented so far. */
export function stackLines({ stderr, stdout }: Ended): string[] {
  return `${stdout}\n${stderr}`.split('\n').filter((line) => /^(?:\[worker \d+\] )? {4}at /.test(line))
}

/** `-c key=value` for each. */
export function configured(config: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(config).flatMap(([key, value]) => ['-c', `${key}=${JSON.stringify(value)}`])
}

/** `--set name=value` for each. */
export function variables(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`])
}

/** A topology of `topologies/`, as it was compiled. */
export function topologyFile(name: string): string {
  return fileURLToPath(new URL(`./topologies/${name}.js`, import.meta.url))
}
