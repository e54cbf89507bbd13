/**
 * A DRPC server without a network, for tests: give it to the spout and the bolts of a topology, and ask it. Storm's
 * LocalDRPC.
 *
 *     const drpc = new LocalDRPC()
 *     const topology = await cluster.submit(builder.createLocalTopology(drpc))
 *     const answer = drpc.execute('exclaim', 'hello')
 *     await topology.waitUntil(() => drpc.pending === 0)
 *     await answer // 'hello!'
 */
import { any, checkOptions, count, type OptionTable, positive } from '../../shape/options.ts'
import { CONFIG_KEYS } from '../../topology/config/keys.ts'
import type { Clock } from '../../util/time/clock.ts'
import { realClock } from '../../util/time/real-clock.ts'
import type { DrpcRequest, Invocations, RequestFeed } from '../protocol/invocations.ts'
import { DrpcServer, type Holder, newHolder } from './drpc-server.ts'

/** What can be set of a LocalDRPC. */
export interface LocalDrpcOptions {
  /** How long a request may take. */
  readonly timeoutSecs?: number
  /** So many requests of a function may wait. */
  readonly queueSize?: number
  /** The clock of the timeouts, for example that of a LocalCluster; the real time unless given. */
  readonly clock?: Pick<Clock, 'after'>
}

/** @internal */
export const LOCAL_DRPC = {
  timeoutSecs: positive({ default: CONFIG_KEYS['drpc.request.timeout.secs'].default }),
  queueSize: count({ default: CONFIG_KEYS['drpc.queue.size'].default }),
  clock: any({ default: realClock }),
} satisfies OptionTable<LocalDrpcOptions>

/** A DRPC server in this process. */
export class LocalDRPC implements Invocations {
  /** The server itself. */
  readonly server: DrpcServer
  readonly #holders = new Map<string, Holder>()

  constructor(options: LocalDrpcOptions = {}) {
    const { timeoutSecs, queueSize, clock } = checkOptions('LocalDRPC', options, LOCAL_DRPC)
    this.server = new DrpcServer({ clock, timeoutMs: timeoutSecs * 1000, queueSize })
  }

  /** Requests that have not ended. */
  get pending(): number {
    return this.server.pending
  }

  /** The result of a function. @throws DRPC_TIMEOUT, DRPC_FAILED, DRPC_QUEUE_FULL, DRPC_SHUTDOWN (rejects) */
  execute(functionName: string, args: string): Promise<string> {
    return this.server.execute(functionName, args)
  }

  feed(functionName: string, holderName: string): RequestFeed {
    const { server } = this
    const before = this.#holders.get(holderName)
    if (before !== undefined) server.lose(before)
    const holder = newHolder()
    this.#holders.set(holderName, holder)
    let open = true
    return {
      take: () => (open ? server.fetchRequest(functionName, holder, holderName) : undefined),
      pause: () => {
        open = false
      },
      resume: () => {
        open = true
      },
      close: () => {
        open = false
      },
    }
  }

  async result(id: string, result: string): Promise<void> {
    this.server.result(id, result)
  }

  async fail(id: string, reason: string): Promise<void> {
    this.server.failRequest(id, reason)
  }

  async giveBack({ id, attempt }: DrpcRequest, loss: string): Promise<void> {
    this.server.giveBack(id, attempt, loss)
  }

  release(): void {}

  /** Every request that has not ended ends with DRPC_SHUTDOWN. */
  shutdown(): void {
    this.server.shutdown()
  }
}
