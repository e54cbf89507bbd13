/**
 * Starts workers and starts them again, for as long as they are its own: they are added and removed one by one. The
 * first death of a worker costs it no time; one that keeps dying waits longer each time and is given up when it has
 * been started again `topology.worker.max.restarts` times in a row.
 *
 * The law: no worker of one number has the same incarnation twice, though it was removed and added again.
 */

import type { Blocked, InHand } from '../../messaging/control.ts'
import type { ResolvedConfig } from '../../topology/config/config.ts'
import type { Incarnation, WorkerId } from '../../tuple/ids.ts'
import type { Clock } from '../../util/time/clock.ts'
import { Deaths } from '../../util/time/deaths.ts'
import type { Launcher, WorkerEvents, WorkerExit, WorkerHandle } from './launcher.ts'

export interface SupervisorPorts {
  readonly clock: Clock
  readonly launcher: Launcher
  readonly config: ResolvedConfig
  onStarted(worker: WorkerId, incarnation: Incarnation): void
  /** One that lives already is taken over. */
  onAdopted(worker: WorkerId, incarnation: Incarnation): void
  onBlocked(worker: WorkerId, blocked: Blocked): void
  onHand(worker: WorkerId, hand: InHand): void
  /** `restartInMs` is undefined where the worker is given up. */
  onDied(worker: WorkerId, incarnation: Incarnation, exit: WorkerExit, restartInMs: number | undefined): void
  /** A worker that was removed has ended. */
  onLeft(worker: WorkerId, exit: WorkerExit): void
}

interface Supervised {
  readonly nimbus: string
  incarnation: Incarnation
  handle: WorkerHandle | undefined
  startedAt: number
  readonly deaths: Deaths
  /** It is not started again. */
  removed: boolean
  cancelRestart?: () => void
}

export class Supervisor {
  readonly #ports: SupervisorPorts
  /** The workers, including those that were removed. */
  readonly #workers = new Map<WorkerId, Supervised>()

  constructor(ports: SupervisorPorts) {
    this.#ports = ports
  }

  /**
   * Starts a worker, which must not live, and again until it is removed. One that was removed keeps its record of
   * deaths.
   * @param nimbus the address to dial
   */
  add(worker: WorkerId, nimbus: string): void {
    const { incarnation = 0, deaths = new Deaths() } = this.#workers.get(worker) ?? {}
    const fresh = { handle: undefined, startedAt: 0, deaths, removed: false }
    this.#workers.set(worker, { nimbus, incarnation, ...fresh })
    this.#launch(worker)
  }

  /** Takes over a worker that lives, of a nimbus that is gone; from then on it is as one that was added. */
  adopt(worker: WorkerId, incarnation: Incarnation, nimbus: string): void {
    const startedAt = this.#ports.clock.now()
    this.#workers.set(worker, {
      nimbus,
      incarnation,
      handle: undefined,
      startedAt,
      deaths: new Deaths(),
      removed: false,
    })
    this.#ports.onAdopted(worker, incarnation)
    this.#enlist(worker, (events) => this.#ports.launcher.adopt!(worker, incarnation, nimbus, events))
  }

  /** From now on it stays dead when it ends; whoever removes a worker sees to that. */
  remove(worker: WorkerId): void {
    const supervised = this.#workers.get(worker)
    if (supervised === undefined) return
    supervised.removed = true
    supervised.cancelRestart?.()
  }

  removeAll(): void {
    for (const worker of this.#workers.keys()) this.remove(worker)
  }

  /** How many workers live. */
  get living(): number {
    return [...this.#workers.values()].filter((supervised) => supervised.handle !== undefined).length
  }

  /** Whether a worker has died more than once in a row, and no tuple was known to have come through meanwhile. */
  diesAgain(worker: WorkerId): boolean {
    return (this.#workers.get(worker)?.deaths.inARow ?? 0) > 1
  }

  /** Tuples come through between the deaths: those up to now do not use up the restarts. */
  forgive(): void {
    for (const supervised of this.#workers.values()) supervised.deaths.forgive()
  }

  /** Ends one worker at once; it is started again. */
  kill(worker: WorkerId): void {
    this.#workers.get(worker)?.handle?.kill()
  }

  /** Ends all at once, and for good. */
  killAll(): void {
    this.removeAll()
    for (const worker of this.#workers.keys()) this.kill(worker)
  }

  #launch(worker: WorkerId): void {
    const supervised = this.#workers.get(worker)!
    supervised.incarnation++
    supervised.startedAt = this.#ports.clock.now()
    delete supervised.cancelRestart
    const { incarnation } = supervised
    this.#ports.onStarted(worker, incarnation)
    this.#enlist(worker, (events) => this.#ports.launcher.launch(worker, incarnation, supervised.nimbus, events))
  }

  #enlist(worker: WorkerId, enlist: (events: WorkerEvents) => WorkerHandle): void {
    const supervised = this.#workers.get(worker)!
    const { incarnation } = supervised
    supervised.handle = enlist({
      onExit: (exit) => this.#exited(worker, incarnation, exit),
      onBlocked: (blocked) => this.#ports.onBlocked(worker, blocked),
      onHand: (hand) => this.#ports.onHand(worker, hand),
    })
  }

  #exited(worker: WorkerId, incarnation: Incarnation, exit: WorkerExit): void {
    const supervised = this.#workers.get(worker)!
    supervised.handle = undefined
    if (supervised.removed) {
      this.#ports.onLeft(worker, exit)
      return
    }
    const { clock, config } = this.#ports
    const { deaths, startedAt } = supervised
    const longest = config['topology.worker.restart.max.delay.ms']
    const delayMs = exit.ofHost === true ? 0 : deaths.add(clock.now() - startedAt, longest)
    const delay = deaths.inARow > config['topology.worker.max.restarts'] ? undefined : delayMs
    if (delay !== undefined) supervised.cancelRestart = clock.after(delay, () => this.#launch(worker))
    this.#ports.onDied(worker, incarnation, exit, delay)
  }
}
