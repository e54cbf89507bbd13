/**
 * One worker: what the nimbus orders it to do, and what it says to the nimbus. It gets clock, network and randomness
 * from outside, so that the same class runs in a process of its own and in the simulation.
 *
 * The life: assign → listening → mesh → (all links stand, all components are prepared) ready → activate … → stop →
 * stopped.
 */
import { type Problem, toProblem } from '../errors/typhoon-error.ts'
import type { FromWorker, TaskCounts, ToWorker } from '../messaging/control.ts'
import { encodeFrame } from '../messaging/frames.ts'
import type { Link } from '../messaging/link.ts'
import type { Plan } from '../scheduler/plan.ts'
import type { WorkerSnapshot } from '../stats/snapshot.ts'
import { resolveConfig } from '../topology/config/config.ts'
import { lookMs } from '../topology/config/message-timeout.ts'
import type { ComponentId } from '../tuple/ids.ts'
import { Timers } from '../util/time/timers.ts'
import { type AssignedPorts, AssignedWorker } from './assigned-worker.ts'
import { NOTHING, restorePart } from './capture/restore.ts'
import { checkUnchanged } from './check-unchanged.ts'
import { LostLinks } from './links/lost-links.ts'
import { NimbusWatch } from './nimbus-watch.ts'
import { Orders } from './orders.ts'
import { Profiles } from './profile/profiles.ts'
import { LogPipe } from './report/log-pipe.ts'
import { withPlaceOfThrow } from './report/place-of-throw.ts'
import { causeOf, userStack } from './report/thrown.ts'
import { Resources } from './tasks/context/resources.ts'
import type { WorkerPorts } from './worker-ports.ts'

type Assignment = Extract<ToWorker<Plan>, { readonly type: 'assign' }>

export class Worker {
  readonly #ports: WorkerPorts
  #nimbus: Link
  readonly #resources: Resources
  readonly #timers: Timers
  readonly #logs: LogPipe
  readonly #profiles: Profiles
  readonly #orders = new Orders()
  readonly #nimbusWatch = new NimbusWatch((silent) => this.#assigned?.setNimbusSilent(silent))
  /** What the tasks of the incarnation before asked to keep, by task. */
  readonly #checkpoints: Record<string, unknown> = {}
  #assigned: AssignedWorker | undefined
  #lost: LostLinks | undefined
  #stopping = false

  /** Takes orders from the nimbus at the other end of the link until it says stop. */
  constructor(nimbus: Link, ports: WorkerPorts) {
    this.#ports = ports
    this.#timers = new Timers(ports.clock)
    this.#nimbus = nimbus
    this.#resources = new Resources(ports.resources)
    this.#logs = new LogPipe(
      () => this.#nimbus,
      (record) => this.#send({ type: 'log', record }),
    )
    this.#profiles = new Profiles({
      ...{ profiler: ports.profiler, after: this.#timers.after },
      send: (message) => this.#send(message),
    })
    this.#listen(nimbus)
  }

  /**
   * Another nimbus has taken the place of the one that is gone. Only once it is ready.
   * @param resources those of the run that are others with it
   */
  follow(nimbus: Link, resources: Readonly<Record<string, unknown>> = {}): void {
    this.#profiles.end()
    this.#nimbus = nimbus
    this.#listen(nimbus)
    this.#resources.handAgain(resources)
    this.#assigned!.introduce(this.#lost!.peers)
  }

  /** The name of the class of each component of the user's that lives here, once they are made. */
  get classes(): ReadonlyMap<ComponentId, string> {
    return this.#assigned?.classes ?? new Map()
  }

  /** Every component is prepared and every link has stood. */
  get isReady(): boolean {
    return this.#assigned?.isReady === true
  }

  /**
   * Nothing waits here to be executed or to be sent, and no promise is unsettled; roots may be in flight. Only once it
   * is ready.
   */
  get isAtRest(): boolean {
    return this.#assigned!.isAtRest
  }

  /** What its tasks have counted: nothing before they are built. */
  get counts(): readonly TaskCounts[] {
    return this.#assigned?.counts ?? []
  }

  /** The counters of this worker as they are now; only once it is prepared. */
  snapshot(): WorkerSnapshot {
    return this.#assigned!.snapshot()
  }

  /** For tests: event time moves on as if tuples had come to a component that far. Only once it is ready. */
  advanceWatermark(component: ComponentId, time: number): void {
    this.#assigned!.advanceWatermark(component, time)
  }

  /** What is said while there is no nimbus goes nowhere: it is told again what matters when there is one. */
  #listen(nimbus: Link): void {
    nimbus.onFrame((bytes) => {
      this.#nimbusWatch.heard()
      this.#handle(this.#orders.read(bytes))
    })
    nimbus.onClose(() => {
      if (this.#stopping || nimbus !== this.#nimbus) return
      if (!this.#ports.outlivesNimbus || !this.isReady) this.#ports.onStopped()
    })
  }

  #send(message: FromWorker<WorkerSnapshot>): void {
    this.#nimbus.send(encodeFrame({ kind: 'control', message }))
  }

  #handle(message: ToWorker<Plan>): void {
    switch (message.type) {
      case 'restore':
        this.#checkpoints[message.task] = message.value
        break
      case 'assign':
        this.#guard(this.#assign(message))
        break
      case 'capture':
      case 'complete':
      case 'abandon':
        this.#guard(this.#assigned!.obey(message))
        break
      case 'heard':
        this.#lost?.answered()
        break
      case 'ping':
        this.#send({ type: 'pong', round: message.round })
        break
      case 'end-of-input':
        this.#guard(this.#assigned!.endOfInput(message.component))
        break
      case 'profile':
      case 'profile-more':
      case 'profile-end':
        this.#profiles.obey(message)
        break
      case 'stop':
        this.#guard(this.#stop())
        break
      default:
        this.#assigned!.handle(message)
    }
  }

  async #assign(assignment: Assignment): Promise<void> {
    const { source, plan, snapshot } = assignment
    const { loadDefinition, snapshotStore, stateBases, identity, onPlan } = this.#ports
    this.#timers.every(lookMs(resolveConfig(plan.topology.config)) / 2, () => {
      // The nimbus answers once the worker is ready.
      if (this.isReady) this.#ports.clock.soon(() => this.#nimbusWatch.look())
      this.#send({ type: 'alive' })
      this.#lost?.signOfLife()
    })
    this.#lost = new LostLinks(resolveConfig(plan.topology.config)['topology.guarantee'] === 'exactly-once')
    const store = snapshotStore?.(plan.topology)
    const [definition, restored] = await Promise.all([
      loadDefinition(source),
      store === undefined ? NOTHING : restorePart(store, snapshot, plan, identity.worker),
    ])
    checkUnchanged(definition, plan)
    onPlan(plan)
    const bases = await stateBases?.(plan.topology)
    const assigned = { definition, assignment, store, restored, bases, checkpoints: this.#checkpoints }
    this.#assigned = new AssignedWorker(assigned, this.#forAssigned())
    await this.#assigned.begin(() => this.#orders.listening())
  }

  #forAssigned(): AssignedPorts {
    return {
      worker: this.#ports,
      timers: this.#timers,
      resources: this.#resources,
      logs: this.#logs,
      send: (message) => {
        if (message.type === 'link-lost') this.#lost?.add(message.peer)
        this.#send(message)
      },
      fatal: (problem, error) => this.#fatal(problem, error),
      report: () => this.#report(),
    }
  }

  async #stop(): Promise<void> {
    if (this.#stopping) return
    this.#stopping = true
    this.#profiles.end()
    this.#timers.cancelAll()
    await this.#assigned?.stop()
    await this.#nimbus.close()
    this.#ports.onStopped()
  }

  /** Not where the one before has not even left: a nimbus that is stopped reads nothing. */
  #report(): void {
    if (this.#nimbus.bufferedBytes === 0) this.#send({ type: 'snapshot', snapshot: this.snapshot() })
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
