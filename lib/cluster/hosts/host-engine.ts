/** Starts the workers of topologies on the hosts of a cluster: what a nimbus that leads a cluster goes by. */
import { nanoid } from 'nanoid'
import type { LaunchedRun } from '../../daemon/run-topology.ts'
import type { Launcher } from '../../daemon/workers/launcher.ts'
import type { Copies } from '../../nimbus/code/copies.ts'
import type { Engine, HostView, Placed, Placement, RunElsewhere } from '../../nimbus/hosted/engine.ts'
import type { Load } from '../../scheduler/loads.ts'
import type { Clock } from '../../util/time/clock.ts'
import type { Authority, Credentials } from '../trust/authority.ts'
import { HostLauncher } from './host-launcher.ts'
import type { Hosts, Orphans } from './hosts.ts'
import { left } from './room.ts'

/** What it goes by. */
export interface HostEngineOptions {
  readonly hosts: Hosts
  readonly copies: Copies
  readonly authority: Authority
  /** What the nimbus shows to workers. */
  readonly credentials: Credentials
  /** The address on which the nimbus of each run listens. */
  readonly host: string
  /** By which workers reach it. */
  readonly advertised: string
  readonly clock: Clock
  /** So long it is waited for the workers of a nimbus that is gone. */
  readonly patienceMs: number
}

const LOOK_MS = 100
/**
 * All hosts that had workers of a run have come: so long it is waited for others, to which a worker may have moved.
 * What does not come then has ended.
 */
const SETTLE_MS = 2000

export class HostEngine implements Engine {
  readonly #options: HostEngineOptions
  /** When the nimbus has begun to lead: it may have stood by for long before. */
  #began: number | undefined
  /** Runs whose workers were all there: where one is missing later it has ended, and does not come any more. */
  readonly #met = new Set<string>()

  constructor(options: HostEngineOptions) {
    this.#options = options
  }

  get copies(): Copies {
    return this.#options.copies
  }

  get hosts(): readonly HostView[] {
    const { hosts } = this.#options
    return hosts.all.map((host) => {
      const taken = hosts.takenOf(host)
      const { slots, cpu, memory } = host.room
      const free = left(host.room, taken)
      return {
        ...{ name: host.name, address: host.offer.host, version: host.offer.version },
        ...{ isLinked: host.isLinked, isDraining: host.isDraining },
        ...{ slots, slotsUsed: taken.length, cpu, cpuUsed: cpu - free.cpu },
        ...{ memoryMb: memory, memoryUsedMb: memory - free.memory },
      }
    })
  }

  check(host: string): void {
    this.#options.hosts.check(host)
  }

  leave(host: string, isToBeLeft: boolean): void {
    this.#options.hosts.leave(host, isToBeLeft)
  }

  giveUp(run: string): void {
    this.#options.hosts.giveUp(run)
  }

  async place({ id, workers, load, bundle, before, mayGoOn, log }: Placed): Promise<Placement> {
    const { hosts, authority, credentials, host, advertised } = this.#options
    const orphans = before === undefined ? undefined : await this.#orphansOf(id, before, load, mayGoOn)
    const run = orphans === undefined ? nanoid() : before!.run
    const { slots, release } = orphans === undefined ? hosts.reserve(id, workers, load) : { ...before!, ...orphans }
    const secret = authority.seal(`run ${run}`)
    const common = { hosts, authority, topology: id, bundle, log, run, secret }
    const launcher = (launched: LaunchedRun): Launcher => new HostLauncher({ ...common, ...launched })
    const listen = { host, advertised, tls: credentials }
    const adopts = orphans?.incarnations
    return {
      elsewhere: { run, secret, slots, adopts, listen, file: bundle.entry, launcher },
      release: (failed) => {
        if (failed !== undefined) hosts.blame(id, failed)
        release()
      },
      serves: (port, address) => hosts.serve(id, { port, address }),
    }
  }

  /** The workers of a run whose nimbus is gone; undefined where they do not all come in time: then none goes on. */
  async #orphansOf(
    topology: string,
    { run, slots }: RunElsewhere,
    load: Load,
    mayGoOn: boolean,
  ): Promise<Orphans | undefined> {
    const { hosts, clock, patienceMs } = this.#options
    this.#began ??= clock.now()
    let until = this.#began + patienceMs
    while (mayGoOn) {
      const orphans = hosts.orphansOf(topology, run, slots.length, load)
      if (orphans !== undefined) {
        this.#met.add(run)
        return orphans
      }
      if (this.#met.has(run) || clock.now() >= until) break
      const haveCome = slots.every(({ supervisor }) => hosts.get(supervisor)?.isLinked === true)
      if (haveCome) until = Math.min(until, clock.now() + SETTLE_MS)
      await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve))
    }
    hosts.giveUp(run)
    return undefined
  }

  forget(id: string, run: string | undefined): void {
    const { hosts } = this.#options
    if (run !== undefined) hosts.giveUp(run)
    hosts.forget(id)
  }
}
