/**
 * A topology that runs in a local cluster: what a test can do to it, wait for, and see of it.
 *
 * Whatever is waited for is waited for in simulated time; where it does not come, the error says what is in flight, and
 * with which seed the run can be had again.
 */

import type { RunOutage } from '../../daemon/outages.ts'
import type { RunReport } from '../../daemon/report/report.ts'
import type { Run } from '../../daemon/run.ts'
import { type ComponentId, type Problem, TyphoonError, type WorkerId } from '../../index.ts'
import { workerIds } from '../../scheduler/plan.ts'
import type { SnapshotStore } from '../../snapshots/snapshot-store.ts'
import { ACKED, EMITTED, EXECUTED, FAILED } from '../../stats/counters.ts'
import { countersOf, type TaskSnapshot } from '../../stats/snapshot.ts'
import { type Incarnation, NIMBUS } from '../../tuple/ids.ts'
import { plural } from '../../words/plural.ts'
import { suggest } from '../../words/suggest.ts'
import type { SimulatedNetwork } from '../network/simulated-network.ts'
import type { SimulatedClock } from '../simulated/simulated-clock.ts'
import type { SimulatedLauncher } from '../simulated/simulated-launcher.ts'

/** How long a test waits unless it says otherwise, milliseconds of simulated time. */
const WAIT_LIMIT_MS = 600_000

/** One component now: sums over its tasks, in the workers that live. */
export interface ComponentState {
  readonly emitted: number
  readonly executed: number
  /** Acked roots of a spout; acked tuples of a bolt. */
  readonly acked: number
  readonly failed: number
  /** Roots in flight, of a spout. */
  readonly pending: number
  /** Tuples that wait for the task that has the most waiting. */
  readonly longestQueue: number
  /** What it has counted of its own with `context.count`: `late` tuples, for instance. */
  readonly counters: Readonly<Record<string, number>>
}

/** The process that leads a topology. */
export interface Nimbus {
  readonly running: Run
  /** Nothing of it happens any more. */
  die(): void
}

interface LocalTopologyPorts {
  readonly nimbus: Nimbus
  /** Another nimbus begins. @param adopts workers that live, and go over to it */
  lead(adopts?: ReadonlyMap<WorkerId, Incarnation>): Nimbus
  readonly launcher: SimulatedLauncher
  readonly clock: SimulatedClock
  readonly network: SimulatedNetwork
  readonly seed: number
  readonly problems: readonly Problem[]
  readonly snapshots: SnapshotStore | undefined
}

/** A topology that runs in a LocalCluster. */
export class LocalTopology {
  /** Where its snapshots are: a topology that is submitted with them goes on from the last one. */
  readonly snapshots: SnapshotStore | undefined
  readonly #ports: LocalTopologyPorts
  #report: RunReport | undefined
  #nimbus: Nimbus
  #isLed = true

  /** @internal See `LocalCluster.submit`. */
  constructor(ports: LocalTopologyPorts) {
    this.snapshots = ports.snapshots
    this.#ports = ports
    this.#nimbus = ports.nimbus
    this.#watch()
  }

  #watch(): void {
    const { running } = this.#nimbus
    void running.done.then((report) => {
      if (this.#running === running) this.#report = report
    })
  }

  /** For what is asked of it now. */
  get #led(): Run {
    this.#ports.clock.checkAwaited()
    return this.#running
  }

  /** @internal What leads its workers. */
  get run(): Run {
    return this.#led
  }

  get #running(): Run {
    return this.#nimbus.running
  }

  /** @internal The process of its nimbus dies, and its workers go on. */
  loseNimbus(): void {
    this.#nimbus.die()
    this.#now.network.crash(NIMBUS)
    this.#isLed = false
  }

  /**
   * @internal Another one takes its place. It takes the workers over where all of them live and are ready; else they
   * end, and it begins anew.
   */
  async newNimbus(): Promise<void> {
    const { launcher, lead } = this.#ports
    const { ready } = launcher
    const areAll = workerIds(this.#running.plan).every((worker) => ready.has(worker))
    if (!areAll) for (const worker of workerIds(this.#running.plan)) launcher.kill(worker)
    this.#nimbus = lead(areAll ? ready : undefined)
    this.#isLed = true
    this.#watch()
    await this.#running.start()
  }

  /**
   * Every error that was reported, in the order of the reports.
   * @throws Error, as all that does not wait, where `advanceTime` was called before and was not awaited
   */
  get problems(): readonly Problem[] {
    return this.#now.problems
  }

  /** What it cannot do for a while, though it goes on: snapshots that come to nothing, and commits of sinks. */
  get outages(): readonly RunOutage[] {
    return this.#led.outages
  }

  /** Lets the spouts emit. */
  activate(): void {
    this.#led.activate()
  }

  /** The spouts stop emitting; what is in flight goes on. */
  deactivate(): void {
    this.#led.deactivate()
  }

  /**
   * Begins to end the run in good order: spouts stop, what is in flight finishes. See `complete` for its report.
   * @param endInput the bolts are told that the input has ended, as after `typhoon run --for`
   */
  drain(endInput = false): void {
    this.#led.drain(endInput)
  }

  /**
   * Ends a worker as SIGKILL would; it is started again. Workers are numbered from 1 up; 0 is the nimbus, which can be
   * frozen and cut off.
   * @throws RangeError for a worker that there is not, as all methods here that name one
   */
  killWorker(worker: WorkerId): void {
    const known = this.#known(worker)
    if (this.#isLed) this.#running.killWorker(known)
    else this.#ports.launcher.kill(known)
  }

  /**
   * Ends all of its processes at once, as a power cut would: nobody reports anything. Submit the topology again, with
   * `snapshots` of this one, and it goes on from the last snapshot.
   */
  crash(): void {
    this.#now.launcher.crash()
  }

  /**
   * Takes a snapshot of what all tasks hold from now on, and waits for it.
   * @returns its number
   * @throws Error (rejects) where it takes none, or none within the limit
   */
  async takeSnapshot(limitMs = WAIT_LIMIT_MS): Promise<number> {
    const { clock } = this.#ports
    const newest = async (): Promise<number> => (await this.snapshots?.list())?.[0] ?? 0
    // The next one may have been begun before.
    const wanted = (await newest()) + 2
    for (const end = clock.now() + limitMs; clock.now() < end; await clock.advance(1)) {
      if ((await newest()) >= wanted) return newest()
    }
    throw this.#overdue('a snapshot', limitMs)
  }

  /**
   * Event time moves on as if tuples had come that far: the tasks of a component with `timestamps` send a watermark,
   * behind what they have emitted. It is under way then, so let some time pass.
   * @throws UNKNOWN_COMPONENT where there is no such component
   */
  advanceWatermark(component: ComponentId, time: number): void {
    const { launcher } = this.#now
    const { components } = this.#running.plan.topology
    const timed = Object.keys(components).filter((id) => components[id]!.timestamps !== undefined)
    if (!timed.includes(component))
      throw new TyphoonError('UNKNOWN_COMPONENT', `"${component}" has no timestamps`, {
        where: { component },
        hint: suggest(component, timed),
      })
    for (const worker of launcher.workers.values()) worker.advanceWatermark(component, time)
  }

  /** Stops a worker as SIGSTOP would: it hears and does nothing until `wake`. 0 stops the process of the nimbus. */
  freeze(worker: WorkerId): void {
    this.#ports.launcher.freeze(this.#known(worker))
  }

  wake(worker: WorkerId): void {
    this.#ports.launcher.wake(this.#known(worker))
  }

  /** From now on the cable between two workers carries nothing, and neither of them knows. */
  silence(a: WorkerId, b: WorkerId): void {
    this.#ports.network.silence(this.#known(a), this.#known(b))
  }

  /** It carries again, what has waited first. */
  unsilence(a: WorkerId, b: WorkerId): void {
    this.#ports.network.unsilence(this.#known(a), this.#known(b))
  }

  /** Cuts the cable between two workers: what is under way is lost, and none can dial the other until `heal`. */
  cut(a: WorkerId, b: WorkerId): void {
    this.#ports.network.cut(this.#known(a), this.#known(b))
  }

  heal(a: WorkerId, b: WorkerId): void {
    this.#ports.network.heal(this.#known(a), this.#known(b))
  }

  /** From now on what goes to a worker is under way for so much longer, milliseconds; 0 ends it. */
  slow(worker: WorkerId, ms: number): void {
    this.#ports.network.slow(this.#known(worker), ms)
  }

  /** From now on frames of tuples are lost with this probability, 0 to 1. */
  setLoss(probability: number): void {
    this.#now.network.setLoss(probability)
  }

  #known(worker: WorkerId): WorkerId {
    if (worker === 0 || workerIds(this.#led.plan).includes(worker)) return worker
    throw new RangeError(this.withSeed(`the topology has no worker ${worker}`))
  }

  /** The run is over. */
  get isDone(): boolean {
    this.#ports.clock.checkAwaited()
    return this.#report !== undefined
  }

  /** For what is done now, and does not wait: what was to happen before must have happened. */
  get #now(): LocalTopologyPorts {
    this.#ports.clock.checkAwaited()
    return this.#ports
  }

  /**
   * Waits until the input has ended and the topology is over.
   * @throws Error (rejects) where that takes longer than the limit
   */
  async complete(limitMs = WAIT_LIMIT_MS): Promise<RunReport> {
    if (!(await this.#ports.clock.until(() => this.#report !== undefined, limitMs)))
      throw this.#overdue('the end of the topology', limitMs)
    return this.#report!
  }

  /** Lets time pass until a condition holds. @throws Error (rejects) where it does not within the limit */
  async waitUntil(condition: () => boolean, limitMs = WAIT_LIMIT_MS): Promise<void> {
    if (!(await this.#ports.clock.until(condition, limitMs))) throw this.#overdue('what was waited for', limitMs)
  }

  /**
   * Waits until the spouts have emitted this many tuples in all, everything that was sent has been executed, and every
   * ack and fail that follows has reached its spout; Storm's trackedWait. Roots may still be in flight: a bolt may hold
   * them.
   * @throws Error (rejects) where that does not come within the limit
   */
  async trackedWait(spoutEmitted: number, limitMs = WAIT_LIMIT_MS): Promise<void> {
    const isOver = (): boolean => this.#spoutEmitted() >= spoutEmitted && this.#isAtRest()
    do {
      await this.waitUntil(isOver, limitMs)
      // A turn later: what was acked from a promise or a timer has left by then.
      await this.#ports.clock.advance(1)
    } while (!isOver())
  }

  /**
   * Every component now, the runtime's own too. Counts of a worker that was lost are gone with it; `complete` has them.
   */
  state(): Readonly<Record<ComponentId, ComponentState>> {
    this.#ports.clock.checkAwaited()
    const states: Record<ComponentId, ComponentState> = {}
    for (const { component, counters, named, pending, queued } of this.#tasks()) {
      const before = states[component]
      states[component] = {
        emitted: (before?.emitted ?? 0) + counters[EMITTED]!,
        executed: (before?.executed ?? 0) + counters[EXECUTED]!,
        acked: (before?.acked ?? 0) + counters[ACKED]!,
        failed: (before?.failed ?? 0) + counters[FAILED]!,
        pending: (before?.pending ?? 0) + pending,
        longestQueue: Math.max(before?.longestQueue ?? 0, queued),
        counters: sumOf(before?.counters ?? {}, countersOf(named)),
      }
    }
    return states
  }

  /** @internal Its workers live, and all their components are prepared. */
  get isWhole(): boolean {
    return this.#ports.launcher.ready.size === this.#running.plan.workers.length
  }

  /** @internal Waits for the end of a run that failed: why it did. */
  async failure(): Promise<TyphoonError> {
    const { status, problem } = await this.complete()
    const { code, message, where, hint } = problem ?? {
      code: 'INTERNAL',
      message: `the topology is ${status}`,
      where: {},
    }
    return new TyphoonError(code, this.withSeed(message), { where, ...(hint === undefined ? {} : { hint }) })
  }

  /** @internal */
  withSeed(message: string): string {
    return `${message} (seed ${this.#ports.seed})`
  }

  #tasks(): TaskSnapshot[] {
    return [...this.#ports.launcher.workers.values()].flatMap((worker) =>
      worker.isReady ? worker.snapshot().tasks : [],
    )
  }

  #spoutEmitted(): number {
    const { components } = this.#running.plan.topology
    return this.#tasks().reduce(
      (sum, { component, counters }) => sum + (components[component]!.kind === 'spout' ? counters[EMITTED]! : 0),
      0,
    )
  }

  #isAtRest(): boolean {
    const { launcher, network } = this.#ports
    const running = this.#running
    if (network.carriesTuples || launcher.workers.size < running.plan.workers.length) return false
    return [...launcher.workers.values()].every((worker) => worker.isReady && worker.isAtRest)
  }

  #overdue(what: string, limitMs: number): Error {
    const inFlight = Object.entries(this.state()).flatMap(([id, { pending, longestQueue }]) => [
      ...(pending > 0 ? [`${plural(pending, 'root')} of ${id}`] : []),
      ...(longestQueue > 0 ? [`${plural(longestQueue, 'tuple')} waiting for ${id}`] : []),
    ])
    const left = inFlight.length > 0 ? `in flight are ${inFlight.join(', ')}` : 'nothing is in flight'
    const message = `${what} did not come within ${limitMs} ms of simulated time; the topology is ${this.#running.status}, ${left}`
    return new Error(this.withSeed(message))
  }
}

function sumOf(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum: Record<string, number> = { ...a }
  for (const [name, value] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + value
  return sum
}
