/** Starts workers in this process: real Worker objects on a simulated clock and network, which can crash. */
import type { Launcher, WorkerEvents, WorkerHandle } from '../daemon/launcher.ts'
import type { SimulatedNetwork } from '../messaging/in-process.ts'
import { makeCounters } from '../stats/counters.ts'
import type { TopologyDefinition } from '../topology/topology.ts'
import type { Incarnation, WorkerId } from '../tuple/ids.ts'
import type { Clock } from '../util/clock.ts'
import type { Prng } from '../util/prng.ts'
import { Worker } from '../worker/worker.ts'
import type { SimulatedClock } from './simulated-clock.ts'

export interface SimulatedLauncherPorts {
  readonly run: string
  readonly clock: SimulatedClock
  readonly network: SimulatedNetwork
  readonly random: Prng
  readonly definition: TopologyDefinition
}

export class SimulatedLauncher implements Launcher {
  /** The workers that live. */
  readonly workers = new Map<WorkerId, Worker>()
  readonly #ports: SimulatedLauncherPorts

  constructor(ports: SimulatedLauncherPorts) {
    this.#ports = ports
  }

  launch(worker: WorkerId, incarnation: Incarnation, nimbus: string, { onExit }: WorkerEvents): WorkerHandle {
    const { clock, network, definition, run } = this.#ports
    const identity = { run, worker, incarnation }
    const mortal = new MortalClock(clock)
    let over = false
    const end = (how: string): void => {
      if (over) return
      over = true
      mortal.die()
      this.workers.delete(worker)
      network.crash(worker)
      clock.soon(() => onExit({ how, lastWords: [] }))
    }
    const start = async (): Promise<void> => {
      const link = await network.dial(nimbus, identity, { worker: 0 })
      const made = new Worker(link, {
        clock: mortal,
        random: this.#ports.random,
        network,
        identity,
        loadDefinition: () => Promise.resolve(definition),
        vitals: () => ({ memoryBytes: 0, cpuMs: 0, stallMs: 0 }),
        hasForeignTimers: () => false,
        outputWritten: () => undefined,
        onPlan: () => {},
        countersOf: makeCounters,
        onReady: () => {},
        onTurn: () => {},
        onStopped: () => end('exit code 0'),
      })
      this.workers.set(worker, made)
    }
    start().catch((error: unknown) => end(String(error)))
    return { kill: () => end('signal SIGKILL') }
  }
}

/** A clock whose callbacks stop with their worker. */
class MortalClock implements Clock {
  readonly #clock: Clock
  #alive = true

  constructor(clock: Clock) {
    this.#clock = clock
  }

  die(): void {
    this.#alive = false
  }

  now(): number {
    return this.#clock.now()
  }

  after(ms: number, callback: () => void): () => void {
    return this.#clock.after(ms, () => {
      if (this.#alive) callback()
    })
  }

  soon(callback: () => void): void {
    this.#clock.soon(() => {
      if (this.#alive) callback()
    })
  }
}
