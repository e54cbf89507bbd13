/**
 * One worker: the executors of its tasks, their run loop, its links to the others, and what it says to the nimbus. It
 * gets clock, network and randomness from outside, so that the same class runs in a process of its own and in the
 * simulation.
 *
 * The life: assign → listening → mesh → (all links stand, all components are prepared) ready → activate … → stop →
 * stopped.
 */
import { dirname } from 'node:path'
import { type Problem, toProblem } from '../errors/typhoon-error.ts'
import { BoltExecutor } from '../executor/bolt/bolt-executor.ts'
import { RunLoop } from '../executor/run-loop.ts'
import type { FromWorker, TaskCounts, ToWorker } from '../messaging/control.ts'
import { encodeFrame } from '../messaging/frames.ts'
import type { Link } from '../messaging/link.ts'
import { type Plan, portOf, tasksIn, workerIds } from '../scheduler/plan.ts'
import type { SnapshotStore } from '../snapshots/snapshot-store.ts'
import type { StateBases } from '../state/state-base.ts'
import type { WorkerSnapshot } from '../stats/snapshot.ts'
import type { TopologyDefinition } from '../topology/component/definition.ts'
import { resolveConfig } from '../topology/config/config.ts'
import { lookMs, pulseMs } from '../topology/config/message-timeout.ts'
import type { ComponentId, Incarnation, WorkerId } from '../tuple/ids.ts'
import { isSystemId } from '../tuple/system-ids.ts'
import { Timers } from '../util/time/timers.ts'
import { checkClaimed } from './capture/check-claimed.ts'
import { makeSnapshots } from './capture/make-snapshots.ts'
import { NOTHING, type Restored, restorePart } from './capture/restore.ts'
import type { Snapshots } from './capture/snapshots.ts'
import { checkUnchanged } from './check-unchanged.ts'
import { leftTimers } from './left-timers.ts'
import { Mesh } from './links/mesh.ts'
import { TupleGuard } from './links/tuple-guard.ts'
import { NimbusWatch } from './nimbus-watch.ts'
import { Orders } from './orders.ts'
import { OutputHold } from './output-hold.ts'
import { Checkpoints } from './report/checkpoints.ts'
import { ErrorThrottle } from './report/error-throttle.ts'
import { LogPipe } from './report/log-pipe.ts'
import { withPlaceOfThrow } from './report/place-of-throw.ts'
import { causeOf, userStack } from './report/thrown.ts'
import { buildExecutors, type Executors } from './tasks/build-executors.ts'
import { ComponentCalls } from './tasks/component-calls.ts'
import { refreshLoads } from './tasks/loads.ts'
import { Resources } from './tasks/resources.ts'
import { activityOf, countTasks, owedBy, snapshotTasks } from './tasks/snapshot-tasks.ts'
import { sourceTable } from './tasks/source-table.ts'
import { Spouts } from './tasks/spouts.ts'
import { sendAgain, startTimes } from './tasks/task-times.ts'
import { Ticker } from './tasks/ticker.ts'
import type { WorkerPorts } from './worker-ports.ts'

type Assignment = Extract<ToWorker<Plan>, { readonly type: 'assign' }>

export class Worker {
  readonly #ports: WorkerPorts
  readonly #nimbus: Link
  readonly #resources: Resources
  readonly #timers: Timers
  /** What the tasks of the incarnation before asked to keep, by task. */
  readonly #restored: Record<string, unknown> = {}
  #checkpoints!: Checkpoints
  #throttle!: ErrorThrottle
  readonly #logs: LogPipe
  #executors!: Executors
  #calls!: ComponentCalls
  #spouts!: Spouts
  #loop!: RunLoop
  #mesh!: Mesh
  #ticker!: Ticker
  #plan!: Plan
  readonly #orders = new Orders()
  readonly #nimbusWatch = new NimbusWatch((silent) => this.#spouts?.setNimbusSilent(silent))
  /** Where a tuple is atomic. */
  #snapshots: Snapshots | undefined
  #bases: StateBases | undefined
  #prepared = false
  #ready = false
  #stopping = false
  #exhausted = false
  #output!: OutputHold

  /** Takes orders from the nimbus at the other end of the link until it says stop. */
  constructor(nimbus: Link, ports: WorkerPorts) {
    this.#ports = ports
    this.#timers = new Timers(ports.clock)
    this.#nimbus = nimbus
    this.#resources = new Resources(ports.resources)
    this.#logs = new LogPipe(nimbus, (record) => this.#send({ type: 'log', record }))
    nimbus.onFrame((bytes) => {
      this.#nimbusWatch.heard()
      this.#handle(this.#orders.read(bytes))
    })
    nimbus.onClose(() => {
      if (!this.#stopping) ports.onStopped()
    })
  }

  #send(message: FromWorker<WorkerSnapshot>): void {
    this.#nimbus.send(encodeFrame({ kind: 'control', message }))
  }

  #handle(message: ToWorker<Plan>): void {
    switch (message.type) {
      case 'restore':
        this.#restored[message.task] = message.value
        break
      case 'assign':
        this.#guard(this.#assign(message))
        break
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
      case 'capture':
      case 'complete':
      case 'abandon':
        this.#guard(this.#snapshots!.obey(message))
        break
      case 'probe':
        this.#probe(message.round)
        break
      case 'heard':
        break
      case 'ping':
        this.#send({ type: 'pong', round: message.round })
        break
      case 'end-of-input':
        this.#guard(this.#endOfInput(message.component))
        break
      case 'loads':
        refreshLoads(this.#executors, this.#plan, this.#ports.identity.worker, new Map(message.loads))
        break
      case 'stop':
        this.#guard(this.#stop())
        break
    }
  }

  async #assign({ source, plan, snapshot, allowsDropped = false }: Assignment): Promise<void> {
    const { clock, identity } = this.#ports
    const config = resolveConfig(plan.topology.config)
    this.#timers.every(lookMs(config) / 2, () => {
      // The nimbus answers once the worker is ready.
      if (this.#ready) this.#nimbusWatch.look()
      this.#send({ type: 'alive' })
    })
    const definition = await this.#ports.loadDefinition(source)
    checkUnchanged(definition, plan)
    this.#plan = plan
    this.#ports.onPlan(plan)
    this.#checkpoints = new Checkpoints(clock, (task, value) => this.#send({ type: 'checkpoint', task, value }))
    this.#throttle = new ErrorThrottle(config, clock, (problem, stack, times) =>
      this.#send({ type: 'problem', problem, times, ...(stack === undefined ? {} : { stack }) }),
    )
    const store = this.#ports.snapshotStore?.(plan.topology)
    const restored = store === undefined ? NOTHING : await restorePart(store, snapshot, plan, identity.worker)
    this.#bases = await this.#ports.stateBases?.(plan.topology)
    this.#executors = this.#build(definition, dirname(source.file), restored)
    this.#calls = new ComponentCalls(this.#executors, {
      onTurn: this.#ports.onTurn,
      onPreparing: (task) => this.#send({ type: 'preparing', task }),
      report: (problem, stack) => this.#send({ type: 'problem', problem, ...stack }),
    })
    this.#spouts = new Spouts(this.#executors.all, identity.incarnation, {
      send: (message) => this.#send(message),
      report: () => this.#send({ type: 'snapshot', snapshot: this.snapshot() }),
    })
    this.#loop = new RunLoop(this.#executors.all, clock, () => this.#endTurn(), this.#ports.onTurn)
    const users = this.#executors.all.filter((executor) => !isSystemId(executor.component))
    this.#output = new OutputHold(users, this.#ports.outputWritten, () => this.#loop.wake())
    this.#ticker = new Ticker(this.#executors.contexts, this.#executors.inboxes, clock)
    const guard = new TupleGuard(plan, identity.worker)
    this.#mesh = new Mesh(workerIds(plan), {
      clock,
      network: this.#ports.network,
      identity,
      config,
      sourceOf: sourceTable(plan),
      workerOf: (task) => plan.tasks[task - 1]?.worker,
      deliver: (target, tuple, sender) => {
        guard.check(target, tuple)
        this.#snapshots?.came(sender, target, tuple)
        this.#executors.inboxes[target]!.push(tuple)
      },
      onMark: (sender, number) => this.#snapshots?.marked(sender, number),
      congestedTasks: () =>
        tasksIn(plan, identity.worker).filter((task) => this.#executors.backpressure.isCongested(task)),
      onCongestion: (tasks, congested) => {
        for (const task of tasks) this.#executors.backpressure.setTask(task, congested)
        this.#loop.wake()
      },
      onFull: (worker, full) => {
        this.#executors.backpressure.setLink(worker, full)
        this.#loop.wake()
      },
      onSilent: (peer, silent) => this.#send({ type: 'link-silent', peer, silent }),
      onLost: (worker, incarnation, problem) => this.#linkLost(worker, incarnation, problem),
      onTrouble: (problem) => this.#throttle.report(problem),
      onLinked: () => this.#checkReady(),
    })
    if (store !== undefined) this.#snapshots = this.#makeSnapshots(store)
    for (const { target, tuple } of restored.inFlight) this.#executors.inboxes[target]!.push(tuple)
    this.#send({ type: 'listening', address: await this.#mesh.listen(portOf(plan, identity.worker)) })
    this.#orders.listening()
    await this.#prepare(definition, restored, allowsDropped)
  }

  #build(definition: TopologyDefinition, codeDir: string, restored: Restored): Executors {
    const { clock, random, identity } = this.#ports
    return buildExecutors(definition, {
      plan: this.#plan,
      run: identity.run,
      worker: identity.worker,
      incarnation: identity.incarnation,
      codeDir,
      clock,
      random,
      resources: this.#resources,
      checkpoints: this.#restored,
      restoredOf: (task) => restored.tasks.get(task),
      baseOf: (task, state) => this.#bases?.of(task, state),
      countersOf: this.#ports.countersOf,
      transfer: {
        send: (target, tuple) => this.#mesh.send(target, tuple),
        check: (target, tuple) => this.#mesh.check(target, tuple),
      },
      after: this.#timers.after,
      wake: () => this.#loop.wake(),
      areAcksHeld: () => this.#output.holds(),
      onTurn: this.#ports.onTurn,
      inHand: this.#ports.inHand,
      log: (record) => this.#logs.write(record),
      checkpoint: (task, value) => this.#checkpoints.put(task, value),
      report: (problem, error) => this.#throttle.report(withPlaceOfThrow(problem, error), userStack(error).stack),
      fatal: (problem, error) => this.#fatal(problem, error),
      onCongestion: (task, congested) => this.#mesh.sendCongestion(task, congested),
    })
  }

  #makeSnapshots(store: SnapshotStore): Snapshots {
    const { clock, identity } = this.#ports
    const { run, worker, incarnation } = identity
    return makeSnapshots(this.#executors, this.#plan, worker, {
      clock,
      store,
      name: `${run}.${worker}.${incarnation}`,
      sendMarks: (snapshot) => this.#mesh.sendMarks(snapshot),
      send: (message) => this.#send(message),
      report: (problem) => this.#throttle.report(problem),
      fatal: (problem) => this.#fatal(problem),
    })
  }

  async #prepare(definition: TopologyDefinition, { positions }: Restored, allowsDropped: boolean): Promise<void> {
    const { identity } = this.#ports
    const config = resolveConfig(this.#plan.topology.config)
    await this.#calls.prepare(definition, identity.worker, config, this.#resources)
    await this.#spouts.seek(positions)
    if (!allowsDropped) checkClaimed(this.#executors.contexts)
    this.#timers.every(config['topology.stats.interval.ms'], () => this.#report())
    this.#timers.every(pulseMs(config), () => this.#mesh.pulse())
    const { ackerTurnMs } = this.#executors
    if (ackerTurnMs !== undefined) this.#timers.every(ackerTurnMs, () => this.#renewWaiting())
    this.#prepared = true
    this.#send({ type: 'preparing', task: 0 })
    this.#checkReady()
  }

  /** What waits here for its turn, or for its output to be written, is not lost. */
  #renewWaiting(): void {
    this.#executors.acks.renewHeld()
    for (const executor of this.#executors.all) if (executor instanceof BoltExecutor) executor.renewWaiting()
  }

  #checkReady(): void {
    if (this.#ready) sendAgain(this.#executors.times)
    if (this.#ready || !this.#prepared || !this.#mesh.isComplete) return
    this.#ready = true
    this.#ticker.start()
    startTimes(this.#executors.times, (ms, call) => this.#timers.every(ms, call))
    this.#loop.start()
    this.#ports.onReady()
    this.#checkpoints.flush()
    this.#send({ type: 'ready' })
  }

  /** The end of each turn of the run loop. */
  #endTurn(): void {
    this.#executors.acks.flush()
    this.#mesh.flush()
    const exhausted = this.#spouts.areExhausted
    if (exhausted === this.#exhausted) return
    this.#exhausted = exhausted
    this.#send({ type: 'exhausted', exhausted })
  }

  #probe(round: number): void {
    const { pending, held } = owedBy(this.#executors)
    // A bolt whose ticks take longer than they are apart would never be at rest.
    if (this.#spouts.areIdle && (pending === 0 || held > 0) && !this.isAtRest) this.#ticker.rest()
    const idle = this.#spouts.areIdle && this.isAtRest && !this.#output.holds()
    const activity = activityOf(this.#executors)
    this.#send({ type: 'probed', round, idle, pending, held, activity, ...this.#mesh.counts() })
  }

  async #endOfInput(component: ComponentId): Promise<void> {
    if (!Object.hasOwn(this.#plan.topology.components, component)) return
    await this.#calls.endOfInput(component)
    this.#loop.wake()
    await this.#ports.outputWritten()
    this.#send({ type: 'ended', component })
  }

  #linkLost(peer: WorkerId, incarnation: Incarnation, problem: Problem): void {
    const { backpressure } = this.#executors
    for (const { task, worker } of this.#plan.tasks) if (worker === peer) backpressure.setTask(task, false)
    this.#send({ type: 'link-lost', peer, incarnation, problem })
    this.#loop.wake()
  }

  async #stop(): Promise<void> {
    if (this.#stopping) return
    this.#stopping = true
    this.#timers.cancelAll()
    if (this.#prepared) {
      this.#ticker.stop()
      this.#loop.stop()
      this.#spouts.deactivate()
      await leftTimers(this.#ports.clock, this.#ports.hasForeignTimers)
      await this.#calls.close()
      this.#checkpoints.flush()
      this.#throttle.flush()
      await this.#ports.outputWritten()
      this.#send({ type: 'stopped', snapshot: this.snapshot() })
      await this.#mesh.close()
      await this.#bases?.close()
    }
    await this.#nimbus.close()
    this.#ports.onStopped()
  }

  /** Not where the one before has not even left: a nimbus that is stopped reads nothing. */
  #report(): void {
    if (this.#nimbus.bufferedBytes === 0) this.#send({ type: 'snapshot', snapshot: this.snapshot() })
  }

  /** The name of the class of each component of the user's that lives here; of none before they are made. */
  get classes(): ReadonlyMap<ComponentId, string> {
    return this.#executors?.classes ?? new Map()
  }

  /** Every component is prepared and every link has stood. */
  get isReady(): boolean {
    return this.#ready
  }

  /**
   * Nothing waits here to be executed or to be sent, and no promise is unsettled; roots may be in flight. Only once it
   * is ready.
   */
  get isAtRest(): boolean {
    return (
      this.#mesh.isEmpty &&
      this.#executors.all.every((executor) => executor.inbox.size === 0 && executor.unsettled === 0)
    )
  }

  /** For tests: event time moves on as if tuples had come to a component that far. */
  advanceWatermark(component: ComponentId, time: number): void {
    for (const { task } of this.#executors.all.filter((executor) => executor.component === component))
      this.#executors.times.get(task)?.advance({ time, isIdle: false })
  }

  /** The counters of this worker as they are now; only once it is prepared. */
  snapshot(): WorkerSnapshot {
    return { tasks: snapshotTasks(this.#executors), badFrames: this.#mesh.badFrames, ...this.#ports.vitals() }
  }

  /** What its tasks have counted: nothing before they are built. */
  get counts(): readonly TaskCounts[] {
    return this.#executors === undefined ? [] : countTasks(this.#executors)
  }

  #fatal(problem: Problem, error?: unknown): void {
    this.#send({ type: 'fatal', problem: withPlaceOfThrow(problem, causeOf(error)), ...userStack(error) })
  }

  #guard(promise: Promise<void>): void {
    promise.catch((error: unknown) =>
      this.#fatal(toProblem(error, 'COMPONENT_FAILED', { worker: this.#ports.identity.worker }), error),
    )
  }
}
