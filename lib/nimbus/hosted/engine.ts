/** The port through which a nimbus starts the workers of topologies on other hosts. */
import type { BundleManifest } from '../../bundle/manifest.ts'
import type { Elsewhere } from '../../daemon/run-topology.ts'
import type { Slot } from '../../scheduler/assign.ts'
import type { Load } from '../../scheduler/loads.ts'
import type { WorkerId } from '../../tuple/ids.ts'
import type { Copies } from '../code/copies.ts'

/** A run on other hosts, as it is remembered: its workers may outlive their nimbus. */
export interface RunElsewhere {
  readonly run: string
  /** One for each worker, as they were when it was planned. */
  readonly slots: readonly Slot[]
}

/** What is to be placed. */
export interface Placed {
  /** The id of the topology. */
  readonly id: string
  readonly workers: number
  /** What each of them needs. */
  readonly load: Load
  readonly bundle: BundleManifest
  /** A run of it whose nimbus is gone: where all of its workers live, they are taken over. */
  readonly before: RunElsewhere | undefined
  /** Whether they may be; else they end. */
  readonly mayGoOn: boolean
  /** What its workers go through, for its log. */
  log(level: 'info' | 'warn', message: string): void
}

/** Where a run is to be. */
export interface Placement {
  readonly elsewhere: Elsewhere
  /**
   * Its functions can be asked for until its run is over.
   * @param port on which clients of the nimbus's own host ask
   * @param address where processes of other hosts do
   */
  serves(port: number, address: string): void
  /** The run is over. @param failed the worker because of which it has failed, where it was one */
  release(failed?: WorkerId): void
}

/** A host, as it is shown. */
export interface HostView {
  readonly name: string
  /** By which its workers are reached. */
  readonly address: string
  /** Whether there is a link to it. */
  readonly isLinked: boolean
  /** It is to be left. */
  readonly isDraining: boolean
  readonly slots: number
  readonly slotsUsed: number
  /** Percent of a core, and MB, for workers; and what the topologies there say that they need. */
  readonly cpu: number
  readonly cpuUsed: number
  readonly memoryMb: number
  readonly memoryUsedMb: number
  /** Of Typhoon. */
  readonly version: string
}

export interface Engine {
  /** The code of topologies on other processes. */
  readonly copies: Copies
  /** In the order of their names. */
  readonly hosts: readonly HostView[]
  /** @throws HOST_UNKNOWN */
  check(host: string): void
  /** A host is to be left, whether it is there or not; or is used again. */
  leave(host: string, isToBeLeft: boolean): void
  /** @throws NO_SLOTS (rejects) where there is no room: it is asked again when there may be */
  place(topology: Placed): Promise<Placement>
  /** What is left of a run of a nimbus that is gone ends. */
  giveUp(run: string): void
  /** A topology is no more, nor is the run that it had last. */
  forget(id: string, run: string | undefined): void
}
