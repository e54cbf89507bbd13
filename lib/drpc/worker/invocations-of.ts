/** How a task finds the DRPC server of its run. */
import { HANDED_RESOURCE, type HandedResources, type TaskContext, TyphoonError } from '../../index.ts'
import { TLS_RESOURCE, type Tls } from '../../net/tls.ts'
import { DRPC_RESOURCE, type Invocations, type WorkerDoor } from '../protocol/invocations.ts'
import { InvocationsClient } from './invocations-client.ts'
import { invocationsLink } from './invocations-link.ts'

const CONNECTION = 'typhoon.drpc.connection'

/**
 * The DRPC server of this run; all tasks of a worker share one connection. Call `release` of the result once for each
 * call of this.
 * @throws DRPC_UNREACHABLE where the run has none
 */
export function invocationsOf(context: TaskContext): Invocations {
  const door = (): WorkerDoor | null => context.resource<WorkerDoor | null>(DRPC_RESOURCE, () => null)
  if (door() === null) {
    throw new TyphoonError('DRPC_UNREACHABLE', 'this run has no DRPC server', {
      hint: 'typhoon run starts one for a topology with a DRPCSpout; in a test give a LocalDRPC to the spout and to ReturnResults',
    })
  }
  const tls = context.resource<Tls | null>(TLS_RESOURCE, () => null) ?? undefined
  return context
    .resource(CONNECTION, () => {
      const shared = new Shared(() => door()!, tls)
      context.resource<HandedResources | null>(HANDED_RESOURCE, () => null)?.onChange(() => shared.moved())
      return shared
    })
    .use()
}

/** One client for all, made anew where the last user had released it. */
class Shared {
  readonly #door: () => WorkerDoor
  readonly #tls: Tls | undefined
  #client: InvocationsClient | undefined

  constructor(door: () => WorkerDoor, tls: Tls | undefined) {
    this.#door = door
    this.#tls = tls
  }

  use(): Invocations {
    if (this.#client === undefined || this.#client.isClosed)
      this.#client = new InvocationsClient(invocationsLink(this.#door, this.#tls))
    return this.#client.use()
  }

  /** The run may have another server. */
  moved(): void {
    this.#client?.moved()
  }
}
