/**
 * The process of a worker: how it is started, and one that is started before anybody knows what it will run. A worker
 * waits on stdin for who it is, and loads its modules meanwhile; so does whoever reads the definition, on a core of its
 * own.
 *
 * The law: what a process was started with decides what it can be used for. A spare one with other options, or one that
 * is over, is nobody's worker.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { ResolvedConfig } from '../../topology/config/config.ts'

/**
 * Lets V8 inline the whole way of a tuple, from emit to inbox, into one function: a third more tuples a second than
 * with its own limits (docs/decisions/013-inlining.md; `typhoon bench --only word-count-one`).
 */
const INLINING = ['--max-inlined-bytecode-size=1500', '--max-inlined-bytecode-size-cumulative=4000']

/**
 * Tuples die young, but what a worker makes while it starts survives: of a literal that V8 sees survive then, it makes
 * all objects in the old generation from then on (docs/decisions/013-inlining.md).
 */
const NO_PRETENURING = '--no-allocation-site-pretenuring'

/** The stdin of this process. */
const OWN_STDIN = 0
/** One that is at its end. */
const NO_STDIN = 'ignore'

/** The options of Node.js for the workers of a topology. */
export function nodeOptions(config: ResolvedConfig): string[] {
  const semiSpaceMb = config['topology.worker.semi.space.mb']
  const heapMb = config['topology.worker.max.heap.size.mb']
  return [
    // At its size from the start: growing to it takes V8 many collections (docs/decisions/013-inlining.md).
    `--min-semi-space-size=${semiSpaceMb}`,
    `--max-semi-space-size=${semiSpaceMb}`,
    NO_PRETENURING,
    ...INLINING,
    ...(heapMb === null ? [] : [`--max-old-space-size=${heapMb}`]),
    ...config['topology.worker.childopts'],
  ]
}

/**
 * Starts a process that is to become a worker, in a process group of its own, with the lifeline as its third pipe, and
 * with the stdin of this process (`STDIN_FD`) beside its own.
 * @param module the file of the module that it runs
 * @param file the definition that it will make, as far as is known: it loads what reads such a one
 * @param folder its working directory; where one is given, nothing comes by the stdin
 */
export function startProcess(module: string, file: string, options: readonly string[], folder?: string): ChildProcess {
  return spawn(process.execPath, [...options, module, file], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', folder === undefined ? OWN_STDIN : NO_STDIN],
    detached: true,
    ...(folder === undefined ? {} : { cwd: folder }),
  })
}

/**
 * A process that was started before it is known what it runs. It must be closed by who makes it, but keeps this process
 * from ending no longer than that has something to do.
 */
export class SpareProcess {
  readonly #options: readonly string[]
  readonly #inherited = surroundings()
  #child: ChildProcess | undefined

  /** @param options those that are probably needed */
  constructor(module: string, file: string, options: readonly string[]) {
    this.#options = options
    this.#child = startProcess(module, file, options)
    // It could not be started: whoever needs a process tries for itself.
    this.#child.on('error', () => {})
    hold(this.#child, 'unref')
  }

  /**
   * Hands it over, once; undefined where there is none with these options, or where one that is started now would find
   * another environment or working directory: a definition may set them while it is loaded.
   */
  take(options: readonly string[]): ChildProcess | undefined {
    const child = this.#child
    const fits = options.length === this.#options.length && options.every((one, index) => one === this.#options[index])
    if (child === undefined || !fits || child.pid === undefined || isOver(child)) return undefined
    if (surroundings() !== this.#inherited) return undefined
    this.#child = undefined
    hold(child, 'ref')
    return child
  }

  /** Ends it, unless it was taken. */
  close(): void {
    this.#child?.kill('SIGKILL')
    this.#child = undefined
  }
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

/** What a process inherits. */
function surroundings(): string {
  return JSON.stringify([process.cwd(), process.env])
}

/** Something that a process stays for. */
type Holding = Readonly<Record<'ref' | 'unref', () => void>>

/** Whether this process stays for it. */
function hold(child: ChildProcess, how: 'ref' | 'unref'): void {
  child[how]()
  // They are sockets on all systems that Typhoon runs on; the types name their common ancestors.
  for (const stream of child.stdio) (stream as Holding | null | undefined)?.[how]()
}
