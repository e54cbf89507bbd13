/** Starts the workers of topologies on the hosts of a cluster: what a nimbus that leads a cluster goes by. */
import type { LaunchedRun } from '../../daemon/run-topology.ts'
import type { Launcher } from '../../daemon/workers/launcher.ts'
import type { Engine, Placed, Placement } from '../../nimbus/engine.ts'
import type { Authority, Credentials } from '../trust/authority.ts'
import { HostLauncher } from './host-launcher.ts'
import type { Hosts } from './hosts.ts'

/** What it goes by. */
export interface HostEngineOptions {
  readonly hosts: Hosts
  readonly authority: Authority
  /** What the nimbus shows to workers. */
  readonly credentials: Credentials
  /** The address on which the nimbus of each run listens. */
  readonly host: string
  /** By which workers reach it. */
  readonly advertised: string
}

export class HostEngine implements Engine {
  readonly #options: HostEngineOptions

  constructor(options: HostEngineOptions) {
    this.#options = options
  }

  async place({ id, workers, bundle, log }: Placed): Promise<Placement> {
    const { hosts, authority, credentials, host, advertised } = this.#options
    const { slots, release } = hosts.reserve(id, workers)
    const launcher = (run: LaunchedRun): Launcher =>
      new HostLauncher({ hosts, authority, topology: id, bundle, log, ...run })
    return {
      elsewhere: { slots, listen: { host, advertised, tls: credentials }, file: bundle.entry, launcher },
      release,
      serves: (port, address) => hosts.serve(id, { port, address }),
    }
  }

  forget(id: string): void {
    this.#options.hosts.forget(id)
  }
}
