/** A story of the proof: on which cluster it is played, and what happens there. */
import type { Disturbance, Figures, Load } from '../figures.ts'
import type { HostCluster } from '../hosts/host-cluster.ts'
import type { Releases } from '../hosts/releases.ts'

/** One of them. */
export interface Story {
  /** A nimbus on each host, which meet in etcd; one on the first host, unless so. */
  readonly hasStore?: true
  /** The release that all begins with; this build unless given. */
  readonly release?: keyof Releases
  /** @returns what is not as it should be, '' where all is */
  play(stage: Stage): Promise<string>
}

/** Where a story is played. */
export class Stage {
  readonly cluster: HostCluster
  /** Of this story. */
  readonly folder: string
  readonly releases: () => Releases
  readonly #figures: Figures
  readonly #loads: Load[] = []

  constructor(cluster: HostCluster, folder: string, releases: () => Releases, figures: Figures) {
    this.cluster = cluster
    this.folder = folder
    this.releases = releases
    this.#figures = figures
  }

  /** Begins what is to run meanwhile. */
  async begin(load: Load & { begin(): Promise<void> }): Promise<void> {
    await this.#figures.time(`${load.name} was submitted, and works`, () => load.begin())
    this.#loads.push(load)
  }

  /** Does something to the hosts, and waits until all works again. */
  disturb(what: string, begin: Disturbance['begin']): Promise<void> {
    return this.#figures.disturb(this.cluster, this.#loads, { what, begin })
  }

  /** The same, where another nimbus is to lead after it. */
  changeLeader(what: string, begin: Disturbance['begin']): Promise<void> {
    return this.#figures.disturb(this.cluster, this.#loads, { what, begin, changesLeader: true })
  }

  /** @returns what has come out wrong, '' where nothing has */
  async compare(): Promise<string> {
    let found = ''
    for (const load of this.#loads) found += await load.compare()
    return found
  }

  /** Nothing is asked any more. */
  close(): void {
    for (const load of this.#loads) load.stop()
  }
}
