/**
 * Starts the workers of one run on the hosts of a cluster, through their supervisors. Each gets a certificate of its
 * own. A worker for which there is no room waits until there is.
 */

import type { BundleManifest } from '../../bundle/manifest.ts'
import type { RunEvents } from '../../daemon/report/events.ts'
import type { Launcher, WorkerEvents, WorkerHandle } from '../../daemon/workers/launcher.ts'
import { toProblem } from '../../errors/typhoon-error.ts'
import type { Incarnation, WorkerId } from '../../tuple/ids.ts'
import type { LaunchOrder } from '../messages.ts'
import { type Authority, LIFELONG_DAYS } from '../trust/authority.ts'
import type { Host, RemoteEvents } from './host.ts'
import type { Hosts } from './hosts.ts'
import { launchId } from './launch-id.ts'

/** What it starts. */
export interface HostLauncherOptions {
  readonly hosts: Hosts
  readonly authority: Authority
  /** The id of the topology. */
  readonly topology: string
  readonly bundle: BundleManifest
  readonly run: string
  readonly secret: string
  /** Of the topology. */
  readonly config: Readonly<Record<string, unknown>>
  readonly resources: Readonly<Record<string, unknown>>
  /** As that of `LaunchedRun`. */
  readonly keepsState: boolean
  readonly events: RunEvents
  /** No earlier incarnation of a worker writes anything from now on: a host that is lost may come back. */
  fence(worker: WorkerId, incarnation: Incarnation): void
  log(level: 'info' | 'warn', message: string): void
}

export class HostLauncher implements Launcher {
  readonly #options: HostLauncherOptions
  /** Workers of which more may be written. */
  readonly #unwritten = new Set<Promise<void>>()

  constructor(options: HostLauncherOptions) {
    this.#options = options
  }

  launch(worker: WorkerId, incarnation: Incarnation, nimbus: string, events: WorkerEvents): WorkerHandle {
    const launching = this.#launching({ worker, incarnation, nimbus }, events)
    launching.begin()
    return { kill: () => launching.kill() }
  }

  adopt(worker: WorkerId, incarnation: Incarnation, nimbus: string, events: WorkerEvents): WorkerHandle {
    const launching = this.#launching({ worker, incarnation, nimbus }, events)
    launching.adopt()
    return { kill: () => launching.kill() }
  }

  #launching(which: Which, events: WorkerEvents): Launching {
    const launching = new Launching(this.#options, which, events)
    const { written } = launching
    this.#unwritten.add(written)
    void written.then(() => this.#unwritten.delete(written))
    return launching
  }

  async outputTaken(): Promise<void> {
    await Promise.all(this.#unwritten)
  }
}

/** Which worker. */
interface Which {
  readonly worker: WorkerId
  readonly incarnation: Incarnation
  readonly nimbus: string
}

/** One worker, from when it is wanted to its end. */
class Launching {
  readonly written: Promise<void>
  readonly #options: HostLauncherOptions
  readonly #which: Which
  readonly #events: WorkerEvents
  readonly #launch: string
  #host: Host | undefined
  #isOver = false
  #isKilled = false
  #isWaiting = false
  #cancelWaiting: () => void = () => {}
  #onWritten!: () => void

  constructor(options: HostLauncherOptions, which: Which, events: WorkerEvents) {
    this.#options = options
    this.#which = which
    this.#events = events
    this.#launch = launchId({ run: options.run, ...which })
    this.written = new Promise((resolve) => {
      this.#onWritten = resolve
    })
  }

  begin(): void {
    if (this.#isOver) return
    const { hosts, topology, log } = this.#options
    const { worker } = this.#which
    const host = hosts.hostOf(topology, worker)
    if (host === undefined) {
      if (!this.#isWaiting) log('warn', `worker ${worker} waits: no host has a free slot`)
      this.#isWaiting = true
      this.#cancelWaiting = hosts.whenRoom(() => this.begin())
      return
    }
    void this.#order(host).catch((error: unknown) => {
      this.#end({ how: 'it could not be started', lastWords: [], problem: toProblem(error) })
      this.#onWritten()
    })
  }

  /** It lives, and goes over to this nimbus. */
  adopt(): void {
    const { hosts, resources, log } = this.#options
    const { worker, nimbus } = this.#which
    const host = hosts.all.find(({ orphans }) => orphans.has(this.#launch))
    if (host === undefined) {
      this.#vanish('it has ended without a nimbus')
      return
    }
    this.#host = host
    log('info', `worker ${worker} goes on, on host ${host.name}`)
    host.adopt({ type: 'adopt', launch: this.#launch, nimbus, resources }, this.#told)
    if (host.isDraining) hosts.drain(host)
  }

  kill(): void {
    this.#isKilled = true
    if (this.#host !== undefined) this.#host.kill(this.#launch)
    else {
      this.#cancelWaiting()
      this.#vanish('it was not started yet')
    }
  }

  /** There is nothing of it; whoever has launched it hears of that by and by. */
  #vanish(how: string): void {
    queueMicrotask(() => {
      this.#end({ how, lastWords: [], bySignal: true })
      this.#onWritten()
    })
  }

  /** What its host tells of it. */
  get #told(): RemoteEvents {
    const { events } = this.#options
    return {
      onExit: (exit) => {
        const { hosts, topology } = this.#options
        // Its disk may be full, or the folder of states not mounted: another host may have no such trouble.
        if (exit.problem !== undefined && !this.#isKilled) hosts.blame(topology, this.#which.worker)
        this.#end(this.#host === undefined ? exit : { ...exit, how: `${exit.how}, on host ${this.#host.name}` })
      },
      onBlocked: (blocked) => this.#events.onBlocked(blocked),
      onHand: (hand) => this.#events.onHand(hand),
      onOutput: (line, stream) => events.onOutput?.(line, this.#which.worker, stream),
      onWritten: () => this.#onWritten(),
    }
  }

  async #order(host: Host): Promise<void> {
    const { authority, topology, bundle, run, secret, config, resources, keepsState, fence, log } = this.#options
    const { worker, incarnation, nimbus } = this.#which
    const credentials = await authority.issue({
      role: 'worker',
      name: this.#launch,
      hosts: [host.offer.host],
      days: LIFELONG_DAYS,
    })
    if (this.#isOver) return
    // It is to be left since then: what begins there now would not move.
    if (host.isDraining) return this.begin()
    fence(worker, incarnation)
    this.#host = host
    log('info', `worker ${worker} begins on host ${host.name}`)
    const order: LaunchOrder = {
      ...{ launch: this.#launch, topology, bundle, run, secret, worker, incarnation, nimbus },
      ...{ config, resources, keepsState, credentials },
    }
    host.launch({ type: 'launch', ...order }, this.#told)
  }

  #end(exit: Parameters<WorkerEvents['onExit']>[0]): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#events.onExit(exit)
  }
}
