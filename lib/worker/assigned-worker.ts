/**
 * A worker that has its plan: the executors of its tasks, their run loop, its links to the others, and all that goes on
 * between them.
 *
 * The life: made → begin (it listens, and prepares its components) → ready (all links stand, all is prepared) → stop.
 */
import { dirname, resolve } from 'node:path'
import { type Problem, TyphoonError } from '../errors/typhoon-error.ts'
import { Hands } from '../executor/exact/hands.ts'
import { RunLoop } from '../executor/run-loop.ts'
import type { FromWorker, TaskCounts, ToWorker } from '../messaging/control.ts'
import { type Plan, portOf } from '../scheduler/plan.ts'
import type { SnapshotStore } from '../snapshots/snapshot-store.ts'
import type { StateBases } from '../state/state-base.ts'
import type { WorkerSnapshot } from '../stats/snapshot.ts'
import type { TopologyDefinition } from '../topology/component/definition.ts'
import { type ResolvedConfig, resolveConfig } from '../topology/config/config.ts'
import { pulseMs } from '../topology/config/message-timeout.ts'
import type { ComponentId, Incarnation, WorkerId } from '../tuple/ids.ts'
import { isSystemId } from '../tuple/system-ids.ts'
import { Prng } from '../util/prng.ts'
import type { Timers } from '../util/time/timers.ts'
import { checkClaimed } from './capture/check-claimed.ts'
import { makeSnapshots } from './capture/make-snapshots.ts'
import type { Restored } from './capture/restore.ts'
import type { Snapshots } from './capture/snapshots.ts'
import { leftTimers } from './left-timers.ts'
import type { Mesh } from './links/mesh.ts'
import { isForLookers, Lookers } from './lookers.ts'
import { makeMesh } from './make-mesh.ts'
import { OutputHold } from './output-hold.ts'
import { Checkpoints } from './report/checkpoints.ts'
import { ErrorThrottle } from './report/error-throttle.ts'
import { LogGate } from './report/log-gate.ts'
import type { LogPipe } from './report/log-pipe.ts'
import { withPlaceOfThrow } from './report/place-of-throw.ts'
import { userStack } from './report/thrown.ts'
import { buildExecutors, type Executors } from './tasks/build/build-executors.ts'
import { sendAgain, startTimes } from './tasks/build/task-times.ts'
import { ComponentCalls } from './tasks/component-calls.ts'
import type { Resources } from './tasks/context/resources.ts'
import { refreshLoads } from './tasks/loads.ts'
import { renewWaiting } from './tasks/renew-waiting.ts'
import { activityOf, countTasks, owedBy, snapshotTasks } from './tasks/snapshot-tasks.ts'
import { Spouts } from './tasks/spouts.ts'
import { Ticker } from './tasks/ticker.ts'
import { Unacked } from './tasks/unacked.ts'
import type { WorkerPorts } from './worker-ports.ts'

type Assignment = Extract<ToWorker<Plan>, { readonly type: 'assign' }>

/** What it was assigned. */
export interface Assigned {
  readonly definition: TopologyDefinition
  readonly assignment: Assignment
  /** Where its snapshots are, if any are taken. */
  readonly store: SnapshotStore | undefined
  readonly restored: Restored
  /** What its states lie in, where that is not the memory alone. Closed with it. */
  readonly bases: StateBases | undefined
  /** What the tasks of the incarnation before asked to keep, by task. */
  readonly checkpoints: Readonly<Record<string, unknown>>
}

/** What it has of the worker around it. */
export interface AssignedPorts {
  readonly worker: WorkerPorts
  readonly timers: Timers
  readonly resources: Resources
  readonly logs: LogPipe
  send(message: FromWorker<WorkerSnapshot>): void
  fatal(problem: Problem, error?: unknown): void
  /** Sends the counters now, unless the one before has not left yet. */
  report(): void
}

export class AssignedWorker {
  readonly #assigned: Assigned
  readonly #ports: AssignedPorts
  readonly #plan: Plan
  readonly #config: ResolvedConfig
  readonly #checkpoints: Checkpoints
  readonly #throttle: ErrorThrottle
  readonly #logGate: LogGate
  readonly #hands: Hands
  readonly #executors: Executors
  readonly #unacked: Unacked
  readonly #calls: ComponentCalls
  readonly #spouts: Spouts
  readonly #loop: RunLoop
  readonly #output: OutputHold
  readonly #ticker: Ticker
  readonly #mesh: Mesh
  readonly #snapshots: Snapshots | undefined
  readonly #lookers: Lookers
  #prepared = false
  #ready = false
  #exhausted = false
  /** Bolts have heard that their input has ended. */
  #hasEnded = false

  constructor(assigned: Assigned, ports: AssignedPorts) {
    const { plan } = assigned.assignment
    const { clock, identity, onTurn, outputWritten } = ports.worker
    this.#assigned = assigned
    this.#ports = ports
    this.#plan = plan
    this.#config = resolveConfig(plan.topology.config)
    this.#checkpoints = new Checkpoints(clock, (task, value) => ports.send({ type: 'checkpoint', task, value }))
    this.#throttle = new ErrorThrottle(this.#config, clock, (problem, stack, times) =>
      ports.send({ type: 'problem', problem, times, ...(stack === undefined ? {} : { stack }) }),
    )
    const configOf = (component: ComponentId): ResolvedConfig =>
      resolveConfig(plan.topology.config, plan.topology.components[component]!.config)
    this.#logGate = new LogGate(configOf, assigned.assignment.logLevels)
    this.#hands = this.#makeHands()
    this.#executors = this.#build()
    this.#calls = new ComponentCalls(this.#executors, {
      onTurn,
      onPreparing: (task) => ports.send({ type: 'preparing', task }),
      report: (problem, stack) => ports.send({ type: 'problem', problem, ...stack }),
    })
    this.#spouts = new Spouts(this.#executors.spouts, identity.incarnation, {
      send: (message) => ports.send(message),
      report: () => ports.send({ type: 'snapshot', snapshot: this.snapshot() }),
    })
    const { spouts, bolts, exactBolts } = this.#executors
    this.#loop = new RunLoop(spouts, [...bolts, ...exactBolts], clock, () => this.#endTurn(), onTurn)
    const users = this.#executors.all.filter((executor) => !isSystemId(executor.component))
    this.#output = new OutputHold(users, outputWritten, () => this.#loop.wake())
    this.#unacked = new Unacked(this.#executors, this.#config, clock, (problem) => this.#throttle.report(problem))
    this.#ticker = new Ticker(this.#executors.contexts, this.#executors.inboxes, clock)
    this.#mesh = this.#makeMesh()
    this.#snapshots = this.#makeSnapshots()
    this.#lookers = this.#makeLookers()
    for (const { target, tuple } of assigned.restored.inFlight) this.#executors.inboxes[target]!.push(tuple)
  }

  /** Listens, and prepares all components. @throws what a component throws (rejects) */
  async begin(onListening: () => void): Promise<void> {
    const { worker, timers, resources, send } = this.#ports
    const { definition, restored, assignment } = this.#assigned
    const { identity } = worker
    send({ type: 'listening', address: await this.#mesh.listen(portOf(this.#plan, identity.worker)) })
    onListening()
    await this.#calls.prepare(definition, identity.worker, this.#config, resources)
    await this.#spouts.seek(restored.positions)
    if (assignment.allowsDropped !== true) checkClaimed(this.#executors.contexts)
    this.#prepared = true
    this.#checkReady()
    timers.every(this.#config['topology.stats.interval.ms'], () => this.#ports.report())
    timers.every(pulseMs(this.#config), () => this.#mesh.pulse())
    const { ackerTurnMs } = this.#executors
    if (ackerTurnMs !== undefined) timers.every(ackerTurnMs, () => renewWaiting(this.#executors))
  }

  /** Says to a nimbus that has not heard of it before how far it is. */
  introduce(lost: readonly WorkerId[]): void {
    this.#checkpoints.sendAll()
    const { begun = 0, open = 0 } = this.#snapshots ?? {}
    const so = { exhausted: this.#exhausted, hasEnded: this.#hasEnded, begun, open, lost }
    this.#ports.send({ type: 'here', address: this.#mesh.address, ...so })
  }

  /** What the nimbus wants. */
  handle(message: ToWorker<Plan>): void {
    switch (message.type) {
      case 'mesh':
        this.#mesh.update(message.workers)
        this.#checkReady()
        break
      case 'activate':
      case 'deactivate':
      case 'drain':
      case 'silent':
      case 'lost':
      case 'trials':
      case 'let-go':
      case 'go-on':
      case 'condemn':
      case 'condemn-root':
        this.#spouts.handle(message)
        this.#loop.wake()
        break
      case 'probe':
        this.#probe(message.round)
        break
      case 'log-levels':
        this.#logGate.set(message.levels)
        break
      case 'loads':
        refreshLoads(this.#executors, this.#plan, this.#ports.worker.identity.worker, new Map(message.loads))
        break
      default:
        if (isForLookers(message)) this.#lookers.obey(message)
    }
  }

  /** Takes its part in a snapshot. @throws STATE_UNAVAILABLE, CANNOT_ENCODE (rejects) */
  async obey(message: Parameters<Snapshots['obey']>[0]): Promise<void> {
    if (this.#snapshots === undefined)
      throw new TyphoonError('BAD_FRAME', `a "${message.type}" came to a worker that takes no snapshots`)
    await this.#snapshots.obey(message)
    if (message.type === 'complete') this.#hands.snapshotComplete()
  }

  /** The nimbus says nothing, or does so again. */
  setNimbusSilent(isSilent: boolean): void {
    this.#spouts.setNimbusSilent(isSilent)
  }

  /** @throws BAD_FRAME for a component that there is not; what its `endOfInput` throws (rejects) */
  async endOfInput(component: ComponentId): Promise<void> {
    if (!Object.hasOwn(this.#plan.topology.components, component))
      throw new TyphoonError('BAD_FRAME', 'the input ended for a component that the topology does not have', {
        where: { component },
      })
    this.#hasEnded = true
    await this.#calls.endOfInput(component)
    this.#loop.wake()
    await this.#ports.worker.outputWritten()
    this.#ports.send({ type: 'ended', component })
  }

  /** Ends the tasks and the links; what is in flight stays where it is. */
  async stop(): Promise<void> {
    if (this.#prepared) await this.#endTasks()
    await this.#assigned.bases?.close()
  }

  async #endTasks(): Promise<void> {
    const { clock, hasForeignTimers, outputWritten } = this.#ports.worker
    this.#ticker.stop()
    this.#loop.stop()
    this.#spouts.deactivate()
    await leftTimers(clock, hasForeignTimers)
    await this.#calls.close()
    this.#checkpoints.flush()
    this.#throttle.flush()
    await outputWritten()
    this.#ports.send({ type: 'stopped', snapshot: this.snapshot() })
    await this.#mesh.close()
  }

  /** The name of the class of each component of the user's that lives here. */
  get classes(): ReadonlyMap<ComponentId, string> {
    return this.#executors.classes
  }

  /** Every component is prepared and every link has stood. */
  get isReady(): boolean {
    return this.#ready
  }

  /** Nothing waits here to be executed or to be sent, and no promise is unsettled; roots may be in flight. */
  get isAtRest(): boolean {
    const { all } = this.#executors
    return this.#mesh.isEmpty && all.every(({ inbox, unsettled }) => inbox.size === 0 && unsettled === 0)
  }

  /** The counters of this worker as they are now. */
  snapshot(): WorkerSnapshot {
    const own = { tasks: snapshotTasks(this.#executors), badFrames: this.#mesh.badFrames, links: this.#mesh.links }
    return { ...own, ...this.#ports.worker.vitals(), ...this.#snapshots?.report }
  }

  /** What its tasks have counted. */
  get counts(): readonly TaskCounts[] {
    return countTasks(this.#executors)
  }

  /** For tests: event time moves on as if tuples had come to a component that far. */
  advanceWatermark(component: ComponentId, time: number): void {
    for (const { task } of this.#executors.all.filter((executor) => executor.component === component))
      this.#executors.times.get(task)?.advance({ time, isIdle: false })
  }

  #makeHands(): Hands {
    const { watched = false, sentences = [] } = this.#assigned.assignment
    const { clock, tellHand } = this.#ports.worker
    return new Hands(watched, sentences, { clock, say: tellHand, wake: () => this.#loop.wake() })
  }

  #build(): Executors {
    const { worker, timers, resources, logs, fatal } = this.#ports
    const { definition, assignment, restored, checkpoints, bases } = this.#assigned
    const { clock, random, identity, countersOf, onTurn, inHand } = worker
    return buildExecutors(definition, {
      plan: this.#plan,
      run: identity.run,
      worker: identity.worker,
      incarnation: identity.incarnation,
      codeDir: dirname(resolve(assignment.source.file)),
      clock,
      random,
      resources,
      checkpoints,
      hands: this.#hands,
      restoredOf: (task) => restored.tasks.get(task),
      baseOf: (task, state) => bases?.of(task, state),
      countersOf,
      transfer: {
        send: (target, tuple) => this.#mesh.send(target, tuple),
        check: (target, tuple) => this.#mesh.check(target, tuple),
      },
      after: timers.after,
      wake: () => this.#loop.wake(),
      areAcksHeld: () => this.#output.holds(),
      onTurn,
      inHand,
      waiting: new Map(),
      log: (record) => this.#logGate.passes(record) && logs.write(record),
      checkpoint: (task, value) => this.#checkpoints.put(task, value),
      report: (problem, error) => this.#throttle.report(withPlaceOfThrow(problem, error), userStack(error).stack),
      fatal,
      onCongestion: (task, congested) => this.#mesh.tellCongestion(task, congested, this.#loop.isInTurn),
    })
  }

  #makeMesh(): Mesh {
    return makeMesh(this.#plan, this.#executors, {
      worker: this.#ports.worker,
      came: (sender, target, tuple) => {
        this.#lookers.came(target, tuple)
        this.#snapshots?.came(sender, target, tuple)
      },
      marked: (...mark) => this.#snapshots?.marked(...mark),
      wake: () => this.#loop.wake(),
      onSilent: (peer, silent) => this.#ports.send({ type: 'link-silent', peer, silent }),
      onLost: (worker, incarnation, problem) => this.#linkLost(worker, incarnation, problem),
      onTrouble: (problem) => this.#throttle.report(problem),
      onLinked: () => this.#checkReady(),
    })
  }

  #makeSnapshots(): Snapshots | undefined {
    const { store } = this.#assigned
    if (store === undefined) return undefined
    const { clock, identity } = this.#ports.worker
    const { run, worker, incarnation } = identity
    return makeSnapshots(this.#executors, this.#plan, worker, {
      clock,
      store,
      name: `${run}.${worker}.${incarnation}`,
      sendMarks: (snapshot) => this.#mesh.sendMarks(snapshot),
      send: (message) => this.#ports.send(message),
      report: (problem) => this.#throttle.report(problem),
      fatal: (problem) => this.#ports.fatal(problem),
    })
  }

  #makeLookers(): Lookers {
    const { worker, timers, logs, send } = this.#ports
    const { clock, identity } = worker
    return new Lookers(this.#executors, this.#config['topology.trace.sample'], {
      ...{ clock, random: new Prng(identity.worker), after: timers.after, send },
      waitingBytes: () => logs.waitingBytes,
      report: (problem) => this.#throttle.report(problem),
    })
  }

  #checkReady(): void {
    if (this.#ready) sendAgain(this.#executors.times)
    if (this.#ready || !this.#prepared || !this.#mesh.isComplete) return
    this.#ready = true
    this.#ticker.start()
    startTimes(this.#executors.times, (ms, call) => this.#ports.timers.every(ms, call))
    this.#loop.start()
    this.#ports.worker.onReady()
    this.#checkpoints.flush()
    this.#ports.send({ type: 'ready' })
  }

  /** The end of each turn of the run loop. */
  #endTurn(): void {
    this.#executors.acks.flush()
    this.#mesh.flush()
    const exhausted = this.#spouts.areExhausted
    if (exhausted === this.#exhausted) return
    this.#exhausted = exhausted
    this.#ports.send({ type: 'exhausted', exhausted })
  }

  #probe(round: number): void {
    const { pending, held } = owedBy(this.#executors)
    const activity = activityOf(this.#executors)
    const isOpen = this.#unacked.keepOpen(activity, held)
    // A bolt whose ticks take longer than they are apart would never be at rest.
    if (this.#spouts.areIdle && (pending === 0 || held > 0) && !isOpen && !this.isAtRest) this.#ticker.rest()
    const idle = this.#spouts.areIdle && this.isAtRest && !isOpen && !this.#output.holds()
    this.#ports.send({ type: 'probed', round, idle, pending, held, activity, ...this.#mesh.counts() })
  }

  #linkLost(peer: WorkerId, incarnation: Incarnation, problem: Problem): void {
    const { backpressure } = this.#executors
    for (const { task, worker } of this.#plan.tasks) if (worker === peer) backpressure.setTask(task, false)
    this.#ports.send({ type: 'link-lost', peer, incarnation, problem })
    this.#loop.wake()
  }
}
