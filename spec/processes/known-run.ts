/**
 * A run of two workers whose secret and addresses the test knows: it listens to what the workers say to their nimbus.
 */
import type { RunEvents } from '../../lib/daemon/report/events.ts'
import { Run } from '../../lib/daemon/run.ts'
import { ProcessLauncher } from '../../lib/daemon/workers/process-launcher.ts'
import type { FromWorker } from '../../lib/messaging/control.ts'
import { decodeFrame } from '../../lib/messaging/frames.ts'
import type { Link, Listener, Network } from '../../lib/messaging/link.ts'
import { webSocketNetwork } from '../../lib/messaging/websocket.ts'
import { WORKER_MODULE } from '../../lib/run/spare.ts'
import { loadTopology } from '../../lib/run/with-annexes.ts'
import { planTopology, workerIds } from '../../lib/scheduler/plan.ts'
import { resolveConfig } from '../../lib/topology/config/config.ts'
import { realClock } from '../../lib/util/time/real-clock.ts'
import { topologyFile } from './cli.ts'

/** What whoever attacks it knows. */
export const RUN = 'a-run-that-strangers-know'
export const SECRET = 'and-its-secret'
/** Numbers that it counts. */
export const COUNT = 30_000

/**
 * Counts 30,000 numbers through two workers, whose addresses it finds out by listening to what they say to their
 * nimbus.
 */
export class KnownRun {
  readonly running: Run
  readonly #addresses = new Map<number, Promise<string>>()
  readonly #found = new Map<number, (address: string) => void>()

  static async start(events: RunEvents): Promise<KnownRun> {
    const file = topologyFile('faulty')
    const variables = { count: String(COUNT) }
    const config = { 'topology.max.spout.pending': 50, 'topology.frame.max.bytes': 65_536 }
    const { definition } = await loadTopology(file, { variables, config })
    const plan = planTopology(definition.topology)
    const run = new KnownRun(workerIds(plan))
    const resolved = resolveConfig(plan.topology.config)
    const ports = {
      clock: realClock,
      network: run.#network(webSocketNetwork({ secret: SECRET, maxFrameBytes: 65_536 })),
      launcher: new ProcessLauncher({
        workerModule: WORKER_MODULE,
        file,
        run: RUN,
        secret: SECRET,
        config: resolved,
        keepsState: false,
        events,
      }),
      events,
    }
    Object.assign(run, {
      running: new Run({ run: RUN, plan, source: { file, variables, config }, inactive: true }, ports),
    })
    await run.running.start()
    return run
  }

  private constructor(workers: readonly number[]) {
    for (const id of [0, ...workers]) {
      this.#addresses.set(id, new Promise((resolve) => this.#found.set(id, resolve)))
    }
    this.running = undefined as never
  }

  addressOf(worker: number): Promise<string> {
    return this.#addresses.get(worker)!
  }

  #network(real: Network): Network {
    return {
      ...real,
      listen: async (options): Promise<Listener> => {
        const listener = await real.listen({
          ...options,
          onLink: (link) => {
            this.#overhear(link)
            options.onLink(link)
          },
        })
        this.#found.get(0)!(listener.address)
        return listener
      },
    }
  }

  #overhear(link: Link): void {
    const listen = link.onFrame.bind(link)
    link.onFrame = (listener) =>
      listen((bytes) => {
        const frame = decodeFrame(bytes)
        const message = frame.kind === 'control' ? (frame.message as FromWorker) : undefined
        if (message?.type === 'listening') this.#found.get(link.peer.worker)!(message.address)
        listener(bytes)
      })
  }
}
