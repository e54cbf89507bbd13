/**
 * Runs a topology: nimbus and supervisor in this process, workers in processes of their own, and a DRPC server where
 * the topology answers functions.
 *
 *     await using words = await run('words.yaml', { signal }).untilRunning()
 *
 * The promises: nothing of the process is taken over, no signal, no exit, no stream. `done` settles when every worker
 * has ended and every port is free, whatever happens on the way. What a definition lacks rejects; from there on a run
 * that fails has a report that says why.
 *
 * This `Run` is the handle of who asked for the run, and composes it; the one in `daemon/run.ts` leads its workers
 * through its life.
 */

import type { TimedLevel } from '../daemon/log-levels.ts'
import type { RunOutage } from '../daemon/outages.ts'
import type { RunStatus } from '../daemon/report/events.ts'
import type { RunReport } from '../daemon/report/report.ts'
import type { Run as DaemonRun } from '../daemon/run.ts'
import type { Elsewhere, Runnable } from '../daemon/run-topology.ts'
import { functionsOf } from '../drpc/protocol/functions-of.ts'
import type { RunningDrpc } from '../drpc/server/start-drpc.ts'
import { type Problem, TyphoonError, toProblem } from '../errors/typhoon-error.ts'
import type { DrillOrder } from '../messaging/drill.ts'
import { planTopology, workerIds } from '../scheduler/plan.ts'
import { any, type Chosen, checkOptions, flag, type OptionTable, signal } from '../shape/options.ts'
import { hasBatches } from '../topology/batches.ts'
import { resolveConfig } from '../topology/config/config.ts'
import type { Topology } from '../topology/topology.ts'
import { NIMBUS, type WorkerId } from '../tuple/ids.ts'
import { Listeners, type RunListener } from './listeners.ts'
import { LOAD, type LoadOptions, load } from './load.ts'
import type { LoadedTopology } from './loaded-topology.ts'
import { metricsOf, type RunMetrics } from './metrics.ts'
import { type ProfileOptions, profileWanted } from './profile.ts'
import { type SpareProcess, WORKER_MODULE } from './spare.ts'
import { shownOf, type TapLine, type TapOptions, wantedOf } from './tap.ts'
import { RunTracing } from './tracing.ts'

/** What can be set of a run. */
export interface RunOptions {
  /** When it is aborted the run is drained, as by `drain()`. */
  readonly signal?: AbortSignal
  /** Spouts wait for `activate()`, as with Storm's initial status INACTIVE. */
  readonly inactive?: boolean
  /** Removes the snapshots that it would go on from, and begins anew. */
  readonly fresh?: boolean
  /** Begins though the snapshot that it goes on from holds state that nothing in the topology takes any more. */
  readonly allowDroppedState?: boolean
  /** @internal Levels at which components log, in place of those of the configuration. */
  readonly logLevels?: readonly TimedLevel[] | undefined
  /** @internal A process for the first worker; whoever gives it closes it. */
  readonly spare?: SpareProcess
  /** @internal The working directory of the workers, who have no stdin then. */
  readonly folder?: string
  /** @internal How its workers are disturbed. */
  readonly drill?: DrillOrder | undefined
  /** @internal Where the workers are started, if not here. */
  readonly elsewhere?: Elsewhere | undefined
}

const RUN = {
  signal: signal<AbortSignal>(),
  inactive: flag(),
  fresh: flag(),
  allowDroppedState: flag(),
  logLevels: any(),
  spare: any(),
  folder: any(),
  drill: any(),
  elsewhere: any(),
} satisfies OptionTable<RunOptions>

const BOTH = { ...LOAD, ...RUN }

/**
 * Begins to run the topology that a file defines, see `load`.
 * @param file a path, meant from the working directory, or a `file:` URL
 */
export function run(file: string | URL, options?: RunOptions & LoadOptions): Run
/** Begins to run what `load` has made of a file. */
export function run(topology: LoadedTopology, options?: RunOptions): Run
/** Both. */
export function run(topology: string | URL | LoadedTopology, options: RunOptions & LoadOptions = {}): Run {
  return new Run(() => asked(topology, options))
}

/** What a run was asked for. */
interface Asked {
  readonly options: Chosen<RunOptions, typeof RUN>
  load(): Promise<Runnable>
}

/** @throws BAD_ARGUMENT, NO_TOPOLOGY */
function asked(topology: string | URL | LoadedTopology, given: RunOptions & LoadOptions): Asked {
  if (typeof topology === 'string' || topology instanceof URL) {
    const all: Chosen<RunOptions & LoadOptions, typeof BOTH> = checkOptions('run', given, BOTH, 'BAD_ARGUMENT')
    const { variables, filter, aliases, filterFile, aliasFile, config, ...options } = all
    return { options, load: () => load(topology, { variables, filter, aliases, filterFile, aliasFile, config }) }
  }
  if (typeof topology?.source?.file !== 'string' || topology.definition?.topology === undefined) throw notLoaded()
  return {
    options: checkOptions<RunOptions, typeof RUN>('run', given, RUN, 'BAD_ARGUMENT'),
    load: async () => topology,
  }
}

/** @internal Begins to run a topology whose code this process does not load. */
export function runPlain(runnable: Runnable, options: RunOptions): Run {
  return new Run(() => ({
    options: checkOptions<RunOptions, typeof RUN>('run', options, RUN, 'BAD_ARGUMENT'),
    load: async () => runnable,
  }))
}

/** A topology that runs, or has run. */
export class Run {
  /**
   * What the run has come to, when it is over; `status` and `problem` say how it ended.
   * @throws TyphoonError (rejects) what is wrong with the definition
   */
  readonly done: Promise<RunReport>
  readonly #listeners = new Listeners()
  #running: DaemonRun | undefined
  #drpc: RunningDrpc | undefined
  #isOver = false
  /** What was asked for before there was anything to ask. */
  readonly #asked: ((running: DaemonRun) => void)[] = []

  /** @internal */
  constructor(ask: () => Asked) {
    this.#listeners.add({
      onStatus: (status) => {
        if (status === 'draining' || status === 'stopping') this.#drpc?.drain()
      },
    })
    this.done = this.#toEnd(ask)
  }

  get status(): RunStatus {
    return this.#isOver ? 'done' : (this.#running?.status ?? 'starting')
  }

  /**
   * Settles when all components are prepared and the spouts may emit; also where the run was stopped before.
   * @throws TyphoonError (rejects) why it never ran
   */
  async untilRunning(): Promise<this> {
    const { promise, resolve } = withResolvers()
    const stopListening = this.listen({ onStatus: (status) => status === 'running' && resolve() })
    if (HAS_RUN.includes(this.status)) resolve()
    try {
      await Promise.race([promise, this.done])
      if (this.#isOver) throwFailure(await this.done)
      return this
    } finally {
      stopListening()
    }
  }

  /**
   * Calls the methods of `listener` with all that happens from now on.
   * @returns what ends that
   * @throws BAD_ARGUMENT for a method that there is not
   */
  listen(listener: RunListener): () => void {
    return this.#listeners.add(listener)
  }

  /** Seconds since its workers were started; 0 before. */
  get seconds(): number {
    return this.#running?.seconds ?? 0
  }

  /** What it has counted until now; undefined before the workers are started. */
  metrics(): RunMetrics | undefined {
    return this.#running === undefined ? undefined : metricsOf(this.#running)
  }

  /** What it cannot do for a while, though it goes on: snapshots that come to nothing, and commits of sinks. */
  get outages(): readonly RunOutage[] {
    return this.#running?.outages ?? []
  }

  /** Lets the spouts emit. */
  activate(): void {
    this.#ask((running) => running.activate())
  }

  /** The spouts stop emitting; what is in flight goes on. */
  deactivate(): void {
    this.#ask((running) => running.deactivate())
  }

  /**
   * Ends it in good order: spouts stop, and what is in flight finishes, within `topology.drain.timeout.secs`.
   * @param options endInput: the bolts hear of the end of their input, as if the spouts had been exhausted
   * @returns `done`
   */
  drain({ endInput = false }: { readonly endInput?: boolean } = {}): Promise<RunReport> {
    this.#ask((running) => running.drain(endInput))
    return this.done
  }

  /** Ends it at once: workers are killed, and what is in flight is lost to this run. @returns `done` */
  stopNow(): Promise<RunReport> {
    this.#ask((running) => running.stopNow())
    return this.done
  }

  /** Ends it as failed, for a reason that lies outside of the topology. @returns `done` */
  fail(problem: Problem): Promise<RunReport> {
    this.#ask((running) => running.fail(problem))
    return this.done
  }

  /**
   * @internal Levels at which its components log from now on, in place of those of the configuration; those that were
   * set before are gone.
   */
  setLogLevels(levels: readonly TimedLevel[]): void {
    this.#ask((running) => running.setLogLevels(levels))
  }

  /**
   * Shows tuples when they are emitted, without slowing the topology: what is too much is left out, and counted.
   * @param onTapped is called with each tuple, with how many were left out, and of how many `where` could not be asked
   * @returns ends it
   * @throws UNKNOWN_COMPONENT, UNDECLARED_STREAM, BAD_EXPRESSION, BAD_ARGUMENT; nothing where it has not begun to run
   */
  tap(options: TapOptions, onTapped: (shown: TapLine) => void): () => void {
    if (this.#running === undefined) return this.#tapLater(options, onTapped)
    const { plan } = this.#running
    const componentOf = (task: number): string => plan.tasks[task - 1]?.component ?? ''
    return this.#running.tap(wantedOf(plan.topology, options), (tapped) => {
      for (const one of shownOf(tapped, componentOf)) onTapped(one)
    })
  }

  /** The tuple trees that are followed; undefined before the workers are started. */
  get tracing(): RunTracing | undefined {
    return this.#running === undefined ? undefined : new RunTracing(this.#running)
  }

  /**
   * Takes a profile of a worker. It ends with the generator.
   * @param signal nobody wants it any more
   * @returns its text, in parts: what Chrome's DevTools open as a .cpuprofile or a .heapsnapshot
   * @throws BAD_ARGUMENT; PROFILE_BUSY, PROFILE_FAILED (rejects)
   */
  profile(worker: WorkerId, options: ProfileOptions, signal: AbortSignal): AsyncGenerator<string> {
    const running = this.#running
    if (running === undefined) throw new TyphoonError('PROFILE_FAILED', 'the topology does not run yet')
    return running.profile(worker, profileWanted(worker, workerIds(running.plan), options), signal)
  }

  /** Kills a worker, as a crash would; it is started again. For tests and drills. */
  killWorker(worker: WorkerId): void {
    this.#ask((running) => running.killWorker(worker))
  }

  /**
   * Asks a function that the topology answers.
   * @throws DRPC_TIMEOUT, DRPC_FAILED, DRPC_QUEUE_FULL, DRPC_SHUTDOWN, DRPC_BAD_REQUEST (rejects)
   */
  async execute(functionName: string, args: string): Promise<string> {
    await this.untilRunning()
    if (this.#drpc === undefined) throw answersNothing(functionName)
    return this.#drpc.server.execute(functionName, args)
  }

  /** Drains it, and waits until it is over. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain()
  }

  #tapLater(options: TapOptions, onTapped: (shown: TapLine) => void): () => void {
    let leave: (() => void) | undefined = () => {
      leave = undefined
    }
    this.#ask(() => {
      if (leave !== undefined) leave = this.tap(options, onTapped)
    })
    return () => leave?.()
  }

  async #toEnd(ask: () => Asked): Promise<RunReport> {
    const { options, load } = ask()
    const { signal } = options
    const drain = (): void => void this.#ask((running) => running.drain())
    signal?.addEventListener('abort', drain)
    if (signal?.aborted === true) drain()
    try {
      const loaded = await load()
      try {
        this.#running = await this.#start(loaded, options)
      } catch (error) {
        return await notStarted(loaded, error)
      }
      for (const ask of this.#asked) ask(this.#running)
      return await this.#running.done
    } finally {
      signal?.removeEventListener('abort', drain)
      await this.#drpc?.close()
      this.#isOver = true
    }
  }

  /** The DRPC server is there before the first worker, which connects to it. @throws PORT_TAKEN (rejects) */
  async #start(runnable: Runnable, options: Asked['options']): Promise<DaemonRun> {
    this.#drpc = await this.#serve(runnable.topology, options.elsewhere)
    // Who only loads a topology needs none of this.
    const { runTopology } = await import('../daemon/run-topology.ts')
    const { inactive, fresh, allowDroppedState, logLevels, spare, folder, drill, elsewhere } = options
    const keepsOwnState = hasBatches(runnable.topology)
    const worker = { workerModule: WORKER_MODULE, spare, folder, drill, elsewhere, keepsOwnState, ...this.#resources() }
    const how = { inactive, fresh, allowsDropped: allowDroppedState, logLevels }
    return runTopology(runnable, { ...worker, ...how, events: this.#listeners })
  }

  #resources(): { resources?: Readonly<Record<string, unknown>> } {
    return this.#drpc === undefined ? {} : { resources: this.#drpc.resources }
  }

  async #serve(topology: Topology, elsewhere: Elsewhere | undefined): Promise<RunningDrpc | undefined> {
    const functions = functionsOf(topology)
    if (functions.length === 0) return undefined
    const { startDrpc } = await import('../drpc/server/start-drpc.ts')
    const onTrouble = (problem: Problem): void => this.#listeners.onProblem(problem, NIMBUS)
    const drpc = await startDrpc(resolveConfig(topology.config), functions, onTrouble, elsewhere?.listen)
    const { url, madeToken } = drpc
    const told = madeToken === undefined ? {} : { madeToken }
    this.#listeners.onServing({ url, functions, ...told, elsewhere: drpc.elsewhere })
    return drpc
  }

  #ask(call: (running: DaemonRun) => void): void {
    if (this.#running === undefined) this.#asked.push(call)
    else call(this.#running)
  }
}

/** Where a run gets to by having run alone. */
const HAS_RUN: readonly RunStatus[] = ['running', 'finishing', 'draining']

/** The report of a run that could not begin. @throws what is not an error of a run (rejects) */
async function notStarted({ topology }: Runnable, error: unknown): Promise<RunReport> {
  if (!(error instanceof TyphoonError)) throw error
  const { RunTotals } = await import('../daemon/report/report.ts')
  return new RunTotals(planTopology(topology)).report('failed', 0, toProblem(error))
}

function throwFailure({ status, problem }: RunReport): void {
  if (status !== 'failed' || problem === undefined) return
  const { code, message, ...place } = problem
  throw new TyphoonError(code, message, place)
}

function notLoaded(): TyphoonError {
  return new TyphoonError('NO_TOPOLOGY', 'run takes the file of a topology, or what load() returned', {
    hint: 'each worker builds the topology for itself: export it from a module, and run that file',
  })
}

function answersNothing(functionName: string): TyphoonError {
  return new TyphoonError('DRPC_BAD_REQUEST', `nothing answers "${functionName}": the topology serves no functions`)
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
