/**
 * Starts workers in this process: real Worker objects on a simulated clock and network, which can crash, and stand
 * still for a while.
 */
import type { Launcher, WorkerEvents, WorkerHandle } from '../../daemon/workers/launcher.ts'
import type { SnapshotStore } from '../../snapshots/snapshot-store.ts'
import { makeCounters } from '../../stats/counters.ts'
import type { TopologyDefinition } from '../../topology/component/definition.ts'
import { type Incarnation, NIMBUS, type WorkerId } from '../../tuple/ids.ts'
import type { Prng } from '../../util/prng.ts'
import { Worker } from '../../worker/worker.ts'
import type { SimulatedNetwork } from '../network/simulated-network.ts'
import { heardStore } from './heard-store.ts'
import { MemoryBases } from './memory-bases.ts'
import type { ProcessClock } from './process-clock.ts'

export interface SimulatedLauncherPorts {
  readonly run: string
  /** The clock of the process that starts the workers. */
  readonly clock: ProcessClock
  readonly network: SimulatedNetwork
  readonly random: Prng
  readonly definition: TopologyDefinition
  /** Like that of `WorkerPorts`. */
  snapshotStore?(): SnapshotStore | undefined
  /** Workers go on where their nimbus is gone. */
  readonly outliveNimbus?: boolean
  /** Like that of `WorkerPorts`; everything has been written unless given. */
  outputWritten?(worker: WorkerId): Promise<void> | undefined
}

/** A worker that lives. */
interface Living {
  readonly incarnation: Incarnation
  events: WorkerEvents
  /** Of the process that hears them. */
  clock: ProcessClock
  end(how: string, bySignal: boolean): void
}

export class SimulatedLauncher implements Launcher {
  /** The workers that live. */
  readonly workers = new Map<WorkerId, Worker>()
  readonly #clocks = new Map<WorkerId, ProcessClock>()
  /** Of each worker that lives, whom its events go to. */
  readonly #living = new Map<WorkerId, Living>()
  readonly #ports: SimulatedLauncherPorts
  #run: string
  /** The clock of the process that starts the workers. */
  #clock: ProcessClock

  constructor(ports: SimulatedLauncherPorts) {
    this.#ports = ports
    this.#run = ports.run
    this.#clock = ports.clock
  }

  /** From now on workers are started, and watched, by another process: that of another nimbus. */
  handOver(run: string, clock: ProcessClock): void {
    this.#run = run
    this.#clock = clock
  }

  /** The incarnations of the workers that are ready. */
  get ready(): ReadonlyMap<WorkerId, Incarnation> {
    const ready = [...this.#living].filter(([worker]) => this.workers.get(worker)?.isReady === true)
    return new Map(ready.map(([worker, { incarnation }]) => [worker, incarnation]))
  }

  /** Ends a worker, whoever watches it. */
  kill(worker: WorkerId): void {
    this.#living.get(worker)?.end('signal SIGKILL', true)
  }

  adopt(worker: WorkerId, incarnation: Incarnation, nimbus: string, events: WorkerEvents): WorkerHandle {
    const living = this.#living.get(worker)
    if (living === undefined) {
      this.#clock.soon(() => events.onExit({ how: 'it has ended', lastWords: [], bySignal: true }))
      return { kill: () => {} }
    }
    living.events = events
    living.clock = this.#clock
    const { network } = this.#ports
    const identity = { run: this.#run, worker, incarnation }
    const follow = async (): Promise<void> => {
      const link = await this.#clocks.get(worker)!.hears(network.dial(nimbus, identity, { worker: NIMBUS }))
      this.workers.get(worker)?.follow(link)
    }
    follow().catch((error: unknown) => living.end(String(error), false))
    return { kill: () => living.end('signal SIGKILL', true) }
  }

  launch(worker: WorkerId, incarnation: Incarnation, nimbus: string, events: WorkerEvents): WorkerHandle {
    const { network, definition } = this.#ports
    const identity = { run: this.#run, worker, incarnation }
    const mortal = this.#clock.another()
    this.#clocks.set(worker, mortal)
    const inHand = new Int32Array(2)
    let over = false
    const end = (how: string, bySignal = false): void => {
      if (over) return
      over = true
      mortal.die()
      this.workers.delete(worker)
      this.#living.delete(worker)
      network.crash(worker)
      living.clock.soon(() => living.events.onExit({ how, lastWords: [], bySignal }))
    }
    const living: Living = { incarnation, events, clock: this.#clock, end }
    this.#living.set(worker, living)
    const start = async (): Promise<void> => {
      const link = await mortal.hears(network.dial(nimbus, identity, { worker: NIMBUS }))
      const made = new Worker(link, {
        clock: mortal,
        random: this.#ports.random,
        network,
        identity,
        snapshotStore: () => heardStore(this.#ports.snapshotStore?.(), mortal),
        stateBases: async ({ config }) =>
          config['topology.state.backend'] === 'embedded' ? new MemoryBases() : undefined,
        loadDefinition: () => Promise.resolve(definition),
        vitals: () => ({ memoryBytes: 0, cpuMs: 0, stallMs: 0 }),
        hasForeignTimers: () => false,
        outputWritten: () => this.#ports.outputWritten?.(worker),
        onPlan: () => {},
        countersOf: (_task, streams) => makeCounters(streams),
        onReady: () => {},
        onTurn: () => inHand.fill(0),
        tellHand: (hand) => {
          if (!over) living.events.onHand(hand)
        },
        inHand,
        outlivesNimbus: this.#ports.outliveNimbus === true,
        onStopped: () => end('exit code 0'),
      })
      this.workers.set(worker, made)
    }
    start().catch((error: unknown) => end(String(error)))
    return { kill: () => end('signal SIGKILL', true) }
  }

  /** All processes die at once, that of the run as well: nobody is left who could hear of it. */
  crash(): void {
    const { network } = this.#ports
    for (const one of [this.#clock, ...this.#clocks.values()]) one.die()
    for (const worker of [...this.#clocks.keys(), NIMBUS]) network.crash(worker)
    this.workers.clear()
  }

  /** A worker stands still, as after SIGSTOP; NIMBUS is the process of the run itself. */
  freeze(worker: WorkerId): void {
    this.#clockOf(worker)?.freeze()
    this.#ports.network.freeze(worker)
  }

  /** It goes on. */
  wake(worker: WorkerId): void {
    this.#clockOf(worker)?.wake()
    this.#ports.network.wake(worker)
  }

  #clockOf(worker: WorkerId): ProcessClock | undefined {
    return worker === NIMBUS ? this.#clock : this.#clocks.get(worker)
  }
}
