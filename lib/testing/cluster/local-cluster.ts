/**
 * A cluster in one process: the real nimbus, supervisor, worker and codec, with simulated time, seeded randomness and
 * links that can lose, delay and be cut. Storm's LocalCluster with simulated time.
 *
 * The promise: the same seed gives the same run, as long as the components wait for nothing but what their context
 * offers.
 *
 *     const cluster = new LocalCluster({ seed: 7, maxDelayMs: 5 })
 *     const topology = await cluster.submit(definition)
 *     await cluster.advanceTime(9_000)
 */
import { withDeadLetterBolt } from '../../components/reliability/dead-letter-bolt.ts'
import type { RunEvents } from '../../daemon/report/events.ts'
import { Run } from '../../daemon/run.ts'
import type { Submission } from '../../daemon/submission.ts'
import { DefinitionError, type Problem, type TopologyDefinition, type WorkerId } from '../../index.ts'
import { planTopology } from '../../scheduler/plan.ts'
import { amount, any, call, checkOptions, flag, integer, type OptionTable } from '../../shape/options.ts'
import type { SnapshotStore } from '../../snapshots/snapshot-store.ts'
import { resolveConfig } from '../../topology/config/config.ts'
import { validateTopology } from '../../topology/validate.ts'
import { Prng } from '../../util/prng.ts'
import { SimulatedNetwork } from '../network/simulated-network.ts'
import { heardStore } from '../simulated/heard-store.ts'
import { MemorySnapshots } from '../simulated/memory-snapshots.ts'
import { ProcessClock } from '../simulated/process-clock.ts'
import { SimulatedClock } from '../simulated/simulated-clock.ts'
import { SimulatedLauncher } from '../simulated/simulated-launcher.ts'
import { LocalTopology, type Nimbus } from './local-topology.ts'
import { STRICT_DELAY_MS, strictly } from './strict.ts'

/** What can be set of a LocalCluster. */
export interface LocalClusterOptions {
  /**
   * The seed of everything random, a whole number. Unless given, it is that of the environment variable
   * `TYPHOON_TEST_SEED`, or 1: a test that fails fails again.
   */
  readonly seed?: number
  /** How long a frame between two workers is under way, milliseconds; drawn for each. 0 unless given. */
  readonly minDelayMs?: number
  /** The longest delay; `minDelayMs` unless given. */
  readonly maxDelayMs?: number
  /** Probability that a frame of tuples is lost, 0 to 1; the link notices by its sequence, and breaks. */
  readonly loss?: number
  /**
   * What works only by luck fails: what is emitted is frozen, each tuple is encoded, and what has no order comes in one
   * that is drawn; the seed is printed. Each executor has a worker of its own then, and frames take up to 5 ms unless a
   * delay is given.
   */
  readonly strict?: boolean
}

/** What can be set of one topology in it. */
export interface SubmitOptions {
  /** Spouts wait for `activate`, as with Storm's initial status INACTIVE. */
  readonly inactive?: boolean
  /** Called back with what happens: status, logs, problems, workers that start and are lost. */
  readonly events?: RunEvents
  /**
   * Where its snapshots are, which are taken in every guarantee then. One that is given twice lets a second run go on.
   */
  readonly snapshots?: SnapshotStore
  /** It begins though its snapshot holds what nothing in the topology takes. */
  readonly allowDroppedState?: boolean
  /** @internal Workers go on where their nimbus is gone, as those on other hosts do. */
  readonly outliveNimbus?: boolean
  /** What a worker has printed is written when this settles; at once where it is undefined. */
  outputWritten?(worker: WorkerId): Promise<void> | undefined
}

/** @internal */
export const LOCAL_CLUSTER = {
  seed: integer(),
  minDelayMs: amount(),
  maxDelayMs: amount(),
  loss: amount(),
  strict: flag(),
} satisfies OptionTable<LocalClusterOptions>

const SUBMIT = {
  inactive: flag(),
  events: any(),
  snapshots: any(),
  allowDroppedState: flag(),
  outliveNimbus: flag(),
  outputWritten: call(),
} satisfies OptionTable<SubmitOptions>

const START_LIMIT_MS = 600_000
const DEFAULT_SEED = 1

/** The seed of what is given none. @throws RangeError where that of the environment is not a whole number */
export function seedOfTests(): number {
  const seed = Number(process.env['TYPHOON_TEST_SEED'] ?? DEFAULT_SEED)
  if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed must be a whole number, not ${seed}`)
  return seed
}

/** Nimbus, supervisor and workers in one process, in simulated time: Storm's LocalCluster. */
export class LocalCluster {
  /** The seed of everything random in this cluster. */
  readonly seed: number
  /** All topologies of the cluster live by it. */
  readonly clock = new SimulatedClock()
  readonly #options: LocalClusterOptions
  readonly #random: Prng
  #submitted = 0

  /** @throws BAD_ARGUMENT; RangeError for a seed of the environment that is not a whole number */
  constructor(options: LocalClusterOptions = {}) {
    checkOptions('LocalCluster', options, LOCAL_CLUSTER, 'BAD_ARGUMENT')
    this.seed = options.seed ?? seedOfTests()
    this.#options = options
    this.#random = new Prng(this.seed)
    if (options.strict === true) process.stderr.write(`typhoon/testing: strict, seed ${this.seed}\n`)
  }

  /**
   * Starts a topology, on links of its own, and waits until it runs; its spouts hear that they are active a delay
   * later.
   * @throws BAD_ARGUMENT (rejects) for an option that there is not; DefinitionError (rejects) what is wrong with it,
   * its configuration too; TyphoonError (rejects) what made it fail: a component that threw in open or prepare, a
   * worker that does not come up
   */
  async submit(submitted: TopologyDefinition, options: SubmitOptions = {}): Promise<LocalTopology> {
    checkOptions('call of submit', options, SUBMIT, 'BAD_ARGUMENT')
    const wrong = validateTopology(submitted.topology)
    if (wrong.length > 0) throw new DefinitionError(wrong)
    const definition = this.#options.strict === true ? strictly(submitted) : submitted
    const run = `local-${++this.#submitted}`
    const { clock, seed } = this
    const network = this.#makeNetwork()
    const problems: Problem[] = []
    const events: RunEvents = {
      ...options.events,
      onProblem(problem, worker, stack) {
        problems.push(problem)
        options.events?.onProblem?.(problem, worker, stack)
      },
    }
    const { outputWritten } = options
    const isExact = resolveConfig(definition.topology.config)['topology.guarantee'] === 'exactly-once'
    const snapshots = options.snapshots ?? (isExact ? new MemorySnapshots() : undefined)
    const snapshotStore = (): SnapshotStore | undefined => snapshots
    const launcher = new SimulatedLauncher({
      run,
      clock: new ProcessClock(clock),
      network,
      outliveNimbus: options.outliveNimbus === true,
      random: this.#random,
      definition: withDeadLetterBolt(definition),
      snapshotStore,
      ...(outputWritten === undefined ? {} : { outputWritten }),
    })
    const plan = planTopology(definition.topology)
    const source = { file: '', variables: {}, config: {} }
    const given = { inactive: options.inactive === true, allowsDropped: options.allowDroppedState === true }
    let reigns = 0
    /** A nimbus begins: the first one, or one after another one has gone. */
    const lead = (adopts?: Submission['adopts']): Nimbus => {
      const own = new ProcessClock(clock)
      // Workers that begin anew are of another run than those before.
      if (adopts === undefined) reigns++
      const id = reigns === 1 ? run : `${run}.${reigns}`
      launcher.handOver(id, own)
      const ports = { clock: own, network, launcher, events, snapshotStore: () => heardStore(snapshots, own) }
      return { running: new Run({ run: id, plan, source, adopts, ...given }, ports), die: () => own.die() }
    }
    const nimbus = lead()
    const { running } = nimbus
    const topology = new LocalTopology({ nimbus, lead, launcher, clock, network, seed, problems, snapshots })
    // What it waits for may take simulated time.
    let isRefused = false
    const started = running.start().catch((error: unknown) => {
      isRefused = true
      throw error
    })
    await Promise.race([started, clock.until(() => isRefused || running.status !== 'starting', START_LIMIT_MS)])
    await started
    await clock.until(() => running.status !== 'starting', START_LIMIT_MS)
    if (running.status !== 'running') throw await topology.failure()
    return topology
  }

  /**
   * Lets this many milliseconds pass, for every topology of the cluster. It is to be awaited: what a topology is asked
   * before throws, and a warning of the process says where it was not.
   * @throws RangeError (rejects) for a negative time
   */
  advanceTime(ms: number): Promise<void> {
    return this.clock.advance(ms)
  }

  /**
   * The date jumps, as where the clock of a machine is set: `context.date()` goes on from there, which is earlier where
   * `ms` is negative. No time passes.
   */
  shiftDate(ms: number): void {
    this.clock.checkAwaited()
    this.clock.shift(ms)
  }

  #makeNetwork(): SimulatedNetwork {
    const { minDelayMs = 0, loss = 0, strict = false } = this.#options
    const { maxDelayMs = Math.max(minDelayMs, strict ? STRICT_DELAY_MS : 0) } = this.#options
    return new SimulatedNetwork({
      clock: this.clock,
      prng: this.#random,
      delayMs: { min: minDelayMs, max: maxDelayMs },
      loss,
    })
  }
}
