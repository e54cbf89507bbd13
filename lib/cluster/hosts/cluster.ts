/**
 * The part of a nimbus that leads hosts: their authority, who they are, and the port on which they come. Without it a
 * nimbus runs topologies on its own host alone.
 *
 *     DIR/authority/    the authority of the cluster
 */
import { join } from 'node:path'
import { BlobDirectory } from '../../bundle/blobs.ts'
import type { Problem } from '../../errors/typhoon-error.ts'
import type { Clock } from '../../util/time/clock.ts'
import { CodeCopies } from '../copies/code-copies.ts'
import { Authority, type Credentials, LIFELONG_DAYS } from '../trust/authority.ts'
import { markState } from '../trust/state-mark.ts'
import { type ClusterServer, startClusterServer } from './cluster-server.ts'
import { HostEngine } from './host-engine.ts'
import { Hosts } from './hosts.ts'
import { readLaunch } from './launch-id.ts'

/** How a nimbus leads hosts. */
export interface ClusterOptions {
  /** Of the nimbus. */
  readonly directory: string
  /** Of the nimbus, for its certificate. */
  readonly name: string
  /** The address on which it listens for hosts, and for the workers of each run. */
  readonly host: string
  /** The name or address by which hosts reach it. */
  readonly advertised: string
  /** Other names by which they may reach it. */
  readonly aliases: readonly string[]
  /** 0: any that is free. */
  readonly port: number
  readonly leaseMs: number
  /** Of Typhoon. */
  readonly version: string
  /** It is one of several nimbuses. */
  readonly isShared: boolean
  readonly clock: Clock
  readonly now: () => Date
  log(level: 'info' | 'warn', message: string): void
  onTrouble(problem: Problem): void
}

/** The nimbus, as its hosts need it. */
export interface Led {
  readonly blobs: BlobDirectory
  /** Where topologies keep their state: all hosts reach it by this path. */
  readonly stateFolder: string
  /** The ids of all topologies. */
  topologyIds(): readonly string[]
  /** Whether a run of a nimbus that is gone may be taken over. */
  expects(run: string): boolean
  /** There may be room where there was none. */
  roomCame(): void
}

export class Cluster {
  readonly authority: Authority
  readonly hosts: Hosts
  readonly engine: HostEngine
  /** Of the nimbus: what it shows to its workers, and to others of the cluster. */
  readonly credentials: Credentials
  readonly copies: CodeCopies
  readonly #options: ClusterOptions
  #led: Led | undefined
  #server: ClusterServer | undefined

  private constructor(options: ClusterOptions, authority: Authority, credentials: Credentials) {
    this.#options = options
    this.authority = authority
    this.credentials = credentials
    const { host, advertised, clock, leaseMs, version, log, directory } = options
    this.copies = new CodeCopies({
      ...{ clock, blobs: new BlobDirectory(join(directory, 'blobs')) },
      askHosts: (digests) => this.hosts.ask(digests),
    })
    this.hosts = new Hosts({
      ...{ clock, leaseMs, version, log },
      topologies: () => this.#led?.topologyIds() ?? [],
      expects: (launch) => this.#led?.expects(readLaunch(launch)?.run ?? '') === true,
      onRoom: () => this.#led?.roomCame(),
      onBrought: (host) => this.copies.brought(host),
    })
    const { hosts, copies } = this
    const of = { hosts, copies, authority, credentials }
    this.engine = new HostEngine({ ...of, host, advertised, clock, patienceMs: leaseMs })
  }

  /** @throws BAD_CONFIG (rejects) where the authority cannot be used */
  static async open(options: ClusterOptions): Promise<Cluster> {
    const { directory, now, name, advertised, aliases } = options
    const authority = await Authority.open(authorityFolder(directory), now, true)
    const hosts = [advertised, ...aliases]
    return new Cluster(options, authority, await authority.issue({ role: 'nimbus', name, hosts, days: LIFELONG_DAYS }))
  }

  /** Lets hosts in. @returns the address by which they come @throws PORT_TAKEN, STATE_UNAVAILABLE (rejects) */
  async serve(led: Led): Promise<string> {
    const { name, version, host, advertised, aliases, port, clock, now, isShared, onTrouble } = this.#options
    this.#led = led
    this.copies.begin(isShared)
    await markState(led.stateFolder, this.authority.ca)
    this.#server = await startClusterServer({
      ...{ host, port, name, version, clock, now, onTrouble, reachedBy: [advertised, ...aliases] },
      ...{ authority: this.authority, hosts: this.hosts, blobs: led.blobs, copies: this.copies },
    })
    return this.#server.address
  }

  async close(): Promise<void> {
    this.hosts.close()
    await this.#server?.close()
  }
}

/** Where a nimbus has the authority of its cluster. */
export function authorityFolder(directory: string): string {
  return join(directory, 'authority')
}
