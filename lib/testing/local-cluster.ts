/**
 * A cluster in one process: the real nimbus, supervisor, workers and codec, with simulated time, seeded randomness and links that can
 * lose, delay and cut. Storm's LocalCluster with simulated time.
 *
 *     const cluster = new LocalCluster({ seed: 7 })
 *     const topology = await cluster.submit(definition)
 *     await cluster.advanceTime(9_000)
 */
import { Nimbus } from '../daemon/nimbus.ts'
import type { RunReport } from '../daemon/report.ts'
import type { RunEvents } from '../daemon/events.ts'
import { type Problem, TyphoonError } from '../errors/typhoon-error.ts'
import { SimulatedNetwork } from '../messaging/in-process.ts'
import { planTopology } from '../scheduler/plan.ts'
import { EMITTED, EXECUTED, TRANSFERRED } from '../stats/counters.ts'
import { isSystemId } from '../tuple/system-ids.ts'
import type { TopologyDefinition } from '../topology/topology.ts'
import type { ComponentId, WorkerId } from '../tuple/ids.ts'
import { Prng } from '../util/prng.ts'
import { SimulatedClock } from './simulated-clock.ts'
import { SimulatedLauncher } from './simulated-launcher.ts'

/** What can be set of a LocalCluster. */
export interface LocalClusterOptions {
  /** Of everything random; drawn from the clock of the machine where it is left out. Print it when a test fails. */
  readonly seed?: number
  /** Delay of a frame, milliseconds. */
  readonly minDelayMs?: number
  readonly maxDelayMs?: number
  /** Probability that a frame is lost; the link notices by its sequence, and breaks. */
  readonly loss?: number
}

/** What can be set of one topology in it. */
export interface SubmitOptions {
  /** Spouts wait for `activate`. */
  readonly inactive?: boolean
  readonly events?: RunEvents
}

const START_LIMIT_MS = 60_000
const LIMIT_MS = 600_000

/** Nimbus, supervisor and workers in one process, in simulated time: Storm's LocalCluster. */
export class LocalCluster {
  readonly seed: number
  readonly clock = new SimulatedClock()
  readonly network: SimulatedNetwork
  readonly #random: Prng
  #runs = 0

  constructor(options: LocalClusterOptions = {}) {
    this.seed = options.seed ?? Date.now() % 2 ** 31
    this.#random = new Prng(this.seed)
    this.network = new SimulatedNetwork({
      clock: this.clock,
      prng: this.#random,
      delayMs: { min: options.minDelayMs ?? 0, max: options.maxDelayMs ?? options.minDelayMs ?? 0 },
      loss: options.loss ?? 0,
    })
  }

  /** Starts a topology and waits until it runs. @throws what made it fail */
  async submit(definition: TopologyDefinition, options: SubmitOptions = {}): Promise<LocalTopology> {
    const run = `local-${++this.#runs}`
    const plan = planTopology(definition.topology)
    const { clock, network } = this
    const launcher = new SimulatedLauncher({ run, clock, network, random: this.#random, definition })
    const problems: Problem[] = []
    const events: RunEvents = {
      ...options.events,
      onProblem(problem, worker, stack) {
        problems.push(problem)
        options.events?.onProblem?.(problem, worker, stack)
      },
    }
    const source = { file: '', variables: {}, config: {} }
    const nimbus = new Nimbus({ run, plan, source, inactive: options.inactive === true }, { clock, network, launcher, events })
    await nimbus.start()
    const topology = new LocalTopology(nimbus, launcher, clock, problems)
    await clock.until(() => nimbus.status !== 'starting', START_LIMIT_MS)
    if (nimbus.status !== 'running') throw await topology.failure()
    return topology
  }

  async advanceTime(ms: number): Promise<void> {
    await this.clock.advance(ms)
  }
}

/** A topology that runs in a local cluster. */
export class LocalTopology {
  /** Every error that was reported. */
  readonly problems: readonly Problem[]
  readonly #nimbus: Nimbus
  readonly #launcher: SimulatedLauncher
  readonly #clock: SimulatedClock
  #report: RunReport | undefined

  constructor(nimbus: Nimbus, launcher: SimulatedLauncher, clock: SimulatedClock, problems: readonly Problem[]) {
    this.#nimbus = nimbus
    this.#launcher = launcher
    this.#clock = clock
    this.problems = problems
    void nimbus.done.then((report) => {
      this.#report = report
    })
  }

  activate(): void {
    this.#nimbus.activate()
  }

  deactivate(): void {
    this.#nimbus.deactivate()
  }

  /** Ends a worker as SIGKILL would; it is started again. */
  killWorker(worker: WorkerId): void {
    this.#nimbus.killWorker(worker)
  }

  /** Begins to end the run in good order; see `complete` for its report. */
  drain(): void {
    this.#nimbus.drain()
  }

  get isDone(): boolean {
    return this.#report !== undefined
  }

  /** Waits until the input has ended and the topology is over. @throws RangeError where that takes longer than the limit */
  async complete(limitMs = LIMIT_MS): Promise<RunReport> {
    await this.waitUntil(() => this.isDone, limitMs)
    return this.#report!
  }

  /** Drains and waits for the end. */
  async kill(limitMs = LIMIT_MS): Promise<RunReport> {
    this.#nimbus.drain()
    return this.complete(limitMs)
  }

  /** Lets time pass until a condition holds. @throws RangeError where it does not within the limit */
  async waitUntil(condition: () => boolean, limitMs = LIMIT_MS): Promise<void> {
    if (await this.#clock.until(condition, limitMs)) return
    throw new RangeError(`what was waited for did not come within ${limitMs} ms of simulated time`)
  }

  /**
   * Waits until the spouts have emitted so many tuples in all and every tuple that was sent has been executed; Storm's
   * trackedWait. Roots may still be in flight: a bolt may hold them.
   */
  async trackedWait(spoutEmitted: number, limitMs = LIMIT_MS): Promise<void> {
    await this.waitUntil(() => {
      const { emitted, transferred, executed } = this.#sums()
      return emitted >= spoutEmitted && transferred === executed
    }, limitMs)
  }

  /** Sum of a component's counters now, over the workers that live. */
  counter(component: ComponentId, index: number): number {
    return this.#tasks()
      .filter((task) => task.component === component)
      .reduce((sum, task) => sum + task.counters[index]!, 0)
  }

  async failure(): Promise<Error> {
    const report = await this.complete()
    const problem = report.problem ?? { code: 'INTERNAL' as const, message: `the topology is ${report.status}`, where: {} }
    return new TyphoonError(problem.code, problem.message, problem)
  }

  #tasks() {
    return [...this.#launcher.workers.values()].flatMap((worker) => worker.snapshot().tasks).filter((task) => !isSystemId(task.component))
  }

  #sums(): { emitted: number; transferred: number; executed: number } {
    let emitted = 0
    let transferred = 0
    let executed = 0
    const spouts = new Set(Object.entries(this.#nimbus.plan.topology.components).flatMap(([id, spec]) => (spec.kind === 'spout' ? [id] : [])))
    for (const { component, counters } of this.#tasks()) {
      if (spouts.has(component)) emitted += counters[EMITTED]!
      transferred += counters[TRANSFERRED]!
      executed += counters[EXECUTED]!
    }
    return { emitted, transferred, executed }
  }
}
