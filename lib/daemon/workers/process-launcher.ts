/**
 * Starts workers as processes of their own. The secret goes through stdin, seen by nobody else; a third pipe is the
 * lifeline: it closes when this process ends, however it ends, and the worker ends itself.
 *
 * A worker leads a process group of its own: a signal that a terminal sends to all of its group reaches this process
 * alone, which decides what becomes of it; and whatever a component has started ends with its worker, even where that
 * was killed.
 */
import type { ChildProcess } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { messageOf } from '../../errors/typhoon-error.ts'
import { type ChildEnd, onceOver } from '../../identity/child-end.ts'
import { type Ended, type Follow, LIFELINE_FD, parseLifeline } from '../../messaging/control.ts'
import type { DrillOrder } from '../../messaging/drill.ts'
import type { Identity } from '../../messaging/link.ts'
import type { ListenAddress } from '../../net/server.ts'
import type { ResolvedConfig } from '../../topology/config/config.ts'
import { lookMs, stallLimitMs } from '../../topology/config/message-timeout.ts'
import type { Incarnation, WorkerId } from '../../tuple/ids.ts'
import type { RunEvents } from '../report/events.ts'
import type { Launcher, WorkerEvents, WorkerExit, WorkerHandle } from './launcher.ts'
import { OutputPipe } from './output-pipe.ts'
import { WorkerLimits } from './worker-limits.ts'
import { nodeOptions, type SpareProcess, startProcess } from './worker-process.ts'

const LAST_WORDS = 20
/** Node.js exits with it for an "Invalid Argument"; but code that runs may end with it, too. */
const REFUSED = 'exit code 9'
const THREW = 'exit code 1'
const LONGEST_LAST_WORD = 2000

export interface ProcessLauncherOptions {
  /** The file of the module that a worker's process runs. */
  readonly workerModule: string
  /** The definition that the workers make. */
  readonly file: string
  /** Taken for the first of them where it has the options that they need. */
  readonly spare?: SpareProcess | undefined
  /** Their working directory, in which they have no stdin; unless given they share those of this process. */
  readonly folder?: string | undefined
  readonly run: string
  readonly secret: string
  readonly config: ResolvedConfig
  readonly events: RunEvents
  /** Resources that the workers begin with, as plain JSON; they go the way of the secret. */
  readonly resources?: Readonly<Record<string, unknown>>
  /** As that of `Bootstrap`. */
  readonly keepsState: boolean
  /** Where they listen, and with which certificate, which goes the way of the secret; on loopback unless given. */
  readonly place?: Omit<ListenAddress, 'port'> | undefined
  /** How they are disturbed; they are not unless given. */
  readonly drill?: DrillOrder | undefined
  /** Told of each process before it can do anything, and when it has ended. */
  readonly processes?: { join(pid: number): void; leave(pid: number): void } | undefined
}

export class ProcessLauncher implements Launcher {
  readonly #options: ProcessLauncherOptions
  readonly #limits: WorkerLimits
  /** What dead workers have left that nobody has taken yet. */
  readonly #left = new Set<Promise<unknown>>()
  /** A worker has read of the stdin of this process. */
  #isStdinBegun = false

  constructor(options: ProcessLauncherOptions) {
    this.#options = options
    this.#limits = new WorkerLimits(options.config, (problem, worker) => options.events.onProblem?.(problem, worker))
  }

  launch(
    worker: WorkerId,
    incarnation: Incarnation,
    nimbus: string,
    { onExit, onBlocked, onHand }: WorkerEvents,
  ): WorkerHandle {
    const { workerModule, file, spare, folder, config, run, events, place } = this.#options
    const options = nodeOptions(config)
    const child = spare?.take(options) ?? startProcess(workerModule, file, options, folder)
    // Where this process is out of descriptors there are no pipes: that is reported as an error, and tried again.
    if (child.stdout === undefined) {
      onceOver(child, (end) => onExit({ how: howText(end), lastWords: [] }))
      return { kill: () => {} }
    }
    this.#join(child)
    const group = this.#limits.put(child.pid, worker, `${run}-${worker}-${incarnation}`)
    let isHeapFull = false
    const lastWords: string[] = []
    const stdout = new OutputPipe(child.stdout!, (line) => events.onOutput?.(line, worker, 'stdout'))
    const stderr = new OutputPipe(child.stderr!, (line) => {
      isHeapFull ||= WorkerLimits.saysHeapIsFull(line)
      lastWords.push(line.slice(0, LONGEST_LAST_WORD))
      if (lastWords.length > LAST_WORDS) lastWords.shift()
      return events.onOutput?.(line, worker, 'stderr')
    })
    const line = this.#bootstrap(nimbus, { run, worker, incarnation })
    ignoreErrors(child.stdin!)
    let endedBecause: string | undefined
    let lastWord: Ended | undefined
    const lifeline = new OutputPipe(child.stdio[LIFELINE_FD] as Readable, (line) => {
      const told = parseLifeline(line)
      if (told === undefined) return undefined
      if ('is' in told) onHand(told)
      else if ('reads' in told) this.#isStdinBegun = true
      else if ('ended' in told) lastWord = told
      else {
        if (told.ends) endedBecause = told.how
        onBlocked(told)
      }
      return undefined
    })
    // One that listens on its host outlives its nimbus, and is told of the next one.
    if (place === undefined) child.stdin!.end(line)
    else child.stdin!.write(line)
    onceOver(child, (end) => {
      const how = howText(end)
      this.#leave(Promise.all([stdout.end(), stderr.end(), lifeline.end()]))
      const { ended: problem, ...counts } = lastWord ?? {}
      const said = problem === undefined ? {} : { problem, ...counts }
      const refused = lastWord === undefined ? badOption(how, lastWords, config['topology.worker.childopts']) : {}
      const wasBlocked = endedBecause !== undefined
      const outOfMemory = this.#limits.deathBy(end, worker, isHeapFull, group)
      group?.remove()
      onExit({
        how: endedBecause ?? how,
        lastWords,
        wasBlocked,
        // Its own memory is its own doing.
        bySignal: end.kind === 'signaled' && outOfMemory === undefined,
        ...(outOfMemory === undefined ? {} : { problem: outOfMemory }),
        ...refused,
        ...said,
      })
    })
    return {
      kill: () => void child.kill('SIGKILL'),
      follow(address, resources) {
        child.stdin!.write(`${JSON.stringify({ follow: address, resources } satisfies Follow)}\n`)
      },
    }
  }

  /** What a worker is told when it starts, see `worker/process/bootstrap.ts`. */
  #bootstrap(nimbus: string, identity: Identity): string {
    const { config, secret, resources = {}, keepsState, place, drill } = this.#options
    const bootstrap = {
      ...{ nimbus, secret, identity, resources, keepsState, place, drill },
      maxFrameBytes: config['topology.frame.max.bytes'],
      stallMs: config['topology.loop.stall.ms'],
      stallLimitMs: stallLimitMs(config),
      aliveMs: lookMs(config) / 2,
      isStdinBegun: this.#isStdinBegun,
    }
    return `${JSON.stringify(bootstrap)}\n`
  }

  /** From now on it is known of, until it has ended, with all that it has started. */
  #join(child: ChildProcess): void {
    const { pid } = child
    if (pid === undefined) return
    const { processes } = this.#options
    processes?.join(pid)
    child.on('exit', () => {
      killGroup(pid)
      processes?.leave(pid)
    })
  }

  async outputTaken(): Promise<void> {
    await Promise.all(this.#left)
  }

  #leave(output: Promise<unknown>): void {
    this.#left.add(output)
    void output.finally(() => this.#left.delete(output))
  }
}

/** What Node.js has said of an option, of a worker that has ended before it had begun. */
function badOption(
  how: string,
  lastWords: readonly string[],
  options: readonly string[],
): Pick<WorkerExit, 'badOption'> {
  const said =
    how === REFUSED ? ofOptions(lastWords) : how === THREW && options.some(isPreload) ? ofModule(lastWords) : []
  return said.length === 0 ? {} : { badOption: said.join(', ') }
}

/** What is said of an option begins with the path of Node.js. */
function ofOptions(lastWords: readonly string[]): string[] {
  const prefix = `${process.execPath}: `
  return lastWords.filter((word) => word.startsWith(prefix)).map((word) => word.slice(prefix.length))
}

/** A module that is missing, or that one which it imports is. What else a module throws may be over the next time. */
function ofModule(lastWords: readonly string[]): string[] {
  return lastWords.flatMap((word) => /Cannot find (?:module|package) '.*'/.exec(word)?.[0] ?? []).slice(0, 1)
}

/** Loads a module before that of the worker. */
function isPreload(option: string): boolean {
  return /^(?:-r|--require|--import|--(?:experimental-)?loader)(?:=|$)/.test(option)
}

/** Ends what a worker has left behind; as a rule nothing. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left.
  }
}

function howText(end: ChildEnd): string {
  if (end.kind === 'not started') return `it could not be started: ${messageOf(end.error)}`
  return end.kind === 'exited' ? `exit code ${end.code}` : `signal ${end.signal}`
}

/** A pipe to a process that has just died breaks; its exit is reported elsewhere. */
function ignoreErrors(stream: Writable): void {
  stream.on('error', () => {})
}
