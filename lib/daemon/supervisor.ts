/**
 * Starts the workers and starts them again. The first death of a worker costs it no time; one that keeps dying waits
 * longer each time and is given up when it has been started again `topology.worker.max.restarts` times in a row.
 */

import type { Blocked } from '../messaging/control.ts'
import type { ResolvedConfig } from '../topology/config.ts'
import type { Incarnation, WorkerId } from '../tuple/ids.ts'
import { backOff } from '../util/back-off.ts'
import type { Clock } from '../util/clock.ts'
import type { Launcher, WorkerExit, WorkerHandle } from './launcher.ts'

const FIRST_DELAY_MS = 100
/** A worker that lived so long starts with a clean record. */
const HEALTHY_MS = 60_000

export interface SupervisorPorts {
  readonly clock: Clock
  readonly launcher: Launcher
  readonly config: ResolvedConfig
  onStarted(worker: WorkerId, incarnation: Incarnation): void
  onBlocked(worker: WorkerId, blocked: Blocked): void
  /** `restartInMs` is undefined where the worker is not started again. */
  onDied(worker: WorkerId, incarnation: Incarnation, exit: WorkerExit, restartInMs: number | undefined): void
}

interface Supervised {
  incarnation: Incarnation
  handle: WorkerHandle | undefined
  startedAt: number
  deathsInARow: number
  cancelRestart?: () => void
}

export class Supervisor {
  readonly #ports: SupervisorPorts
  readonly #workers = new Map<WorkerId, Supervised>()
  #nimbus = ''
  #restarts = true

  constructor(ports: SupervisorPorts) {
    this.#ports = ports
  }

  start(workers: readonly WorkerId[], nimbus: string): void {
    this.#nimbus = nimbus
    for (const worker of workers) {
      this.#workers.set(worker, { incarnation: 0, handle: undefined, startedAt: 0, deathsInARow: 0 })
      this.#launch(worker)
    }
  }

  /** From now on what dies stays dead. */
  stopRestarting(): void {
    this.#restarts = false
    for (const supervised of this.#workers.values()) supervised.cancelRestart?.()
  }

  /** How many workers live. */
  get living(): number {
    return [...this.#workers.values()].filter((supervised) => supervised.handle !== undefined).length
  }

  /** Whether a worker has died more than once in a row, and no tuple was known to have come through meanwhile. */
  diesAgain(worker: WorkerId): boolean {
    return (this.#workers.get(worker)?.deathsInARow ?? 0) > 1
  }

  /** Tuples come through between the deaths: those up to now do not use up the restarts. */
  forgive(): void {
    for (const supervised of this.#workers.values()) supervised.deathsInARow = 0
  }

  /** Ends one worker at once; it is started again. */
  kill(worker: WorkerId): void {
    this.#workers.get(worker)?.handle?.kill()
  }

  killAll(): void {
    this.stopRestarting()
    for (const worker of this.#workers.keys()) this.kill(worker)
  }

  #launch(worker: WorkerId): void {
    const supervised = this.#workers.get(worker)!
    supervised.incarnation++
    supervised.startedAt = this.#ports.clock.now()
    delete supervised.cancelRestart
    const { incarnation } = supervised
    this.#ports.onStarted(worker, incarnation)
    supervised.handle = this.#ports.launcher.launch(worker, incarnation, this.#nimbus, {
      onExit: (exit) => this.#exited(worker, incarnation, exit),
      onBlocked: (blocked) => this.#ports.onBlocked(worker, blocked),
    })
  }

  #exited(worker: WorkerId, incarnation: Incarnation, exit: WorkerExit): void {
    const supervised = this.#workers.get(worker)!
    supervised.handle = undefined
    const lived = this.#ports.clock.now() - supervised.startedAt
    supervised.deathsInARow = lived >= HEALTHY_MS ? 1 : supervised.deathsInARow + 1
    const delay = this.#delayAfter(supervised.deathsInARow)
    if (delay !== undefined) supervised.cancelRestart = this.#ports.clock.after(delay, () => this.#launch(worker))
    this.#ports.onDied(worker, incarnation, exit, delay)
  }

  #delayAfter(deaths: number): number | undefined {
    const { config } = this.#ports
    if (!this.#restarts || deaths > config['topology.worker.max.restarts']) return undefined
    return backOff(deaths - 1, FIRST_DELAY_MS, config['topology.worker.restart.max.delay.ms'])
  }
}
