/** How a task finds the DRPC server of its run. */
import { type TaskContext, TyphoonError } from '../index.ts'
import type { Invocations } from './invocations.ts'
import { InvocationsClient } from './invocations-client.ts'
import { invocationsLink } from './invocations-link.ts'

/** What the runtime tells its workers: address of the server, and the secret of this run. */
export const DRPC_URL_VARIABLE = 'TYPHOON_DRPC_URL'
export const DRPC_SECRET_VARIABLE = 'TYPHOON_DRPC_SECRET'

const RESOURCE = 'typhoon.drpc.invocations'

/**
 * The DRPC server of this run; all tasks of a worker share one connection. Call `release` of the result once for each call of this.
 * @throws DRPC_UNREACHABLE where the run has none
 */
export function invocationsOf(
  context: TaskContext,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Invocations {
  const shared = context.resource(RESOURCE, () => new Shared(env))
  return shared.use()
}

/** One client for all, made anew where the last user had released it. */
class Shared {
  readonly #url: string
  readonly #secret: string
  #client: InvocationsClient | undefined

  constructor(env: NodeJS.ProcessEnv) {
    const { [DRPC_URL_VARIABLE]: url, [DRPC_SECRET_VARIABLE]: secret } = env
    if (url === undefined || secret === undefined) {
      throw new TyphoonError('DRPC_UNREACHABLE', 'this run has no DRPC server', {
        hint: 'typhoon run starts one for a topology with a DRPCSpout; in a test give a LocalDRPC to the spout and to ReturnResults',
      })
    }
    this.#url = url
    this.#secret = secret
  }

  use(): Invocations {
    if (this.#client === undefined || this.#client.isClosed)
      this.#client = new InvocationsClient(invocationsLink(this.#url, this.#secret))
    return this.#client.use()
  }
}
