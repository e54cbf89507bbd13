/**
 * What is looked at over HTTP: the topologies of a nimbus, or the one that `typhoon run` runs. Whoever only looks need
 * not know which.
 */
import type { HostView } from '../nimbus/hosted/engine.ts'
import type { HostedTopology } from '../nimbus/hosted/hosted-topology.ts'
import type { LogEntry, LogFilter } from '../nimbus/logs/log-entry.ts'
import type { Nimbus } from '../nimbus/nimbus.ts'
import type { TopologyRecord } from '../nimbus/record/record.ts'
import type { ChangeRequest } from '../nimbus/record/requests.ts'

/** What a topology has logged, and what comes. */
export interface SeenLogs {
  /** The newest lines that a filter lets through, the oldest of them first. */
  newest(most: number, filter: LogFilter): Promise<readonly LogEntry[]>
  /** @param onEnd no more come @returns ends it */
  follow(onEntry: (entry: LogEntry) => void, filter: LogFilter, onEnd: () => void): () => void
}

/** One topology, as a `HostedTopology` is. */
export interface SeenTopology
  extends Pick<
    HostedTopology,
    | 'status'
    | 'run'
    | 'examined'
    | 'report'
    | 'errors'
    | 'retryInMs'
    | 'activate'
    | 'deactivate'
    | 'logLevels'
    | 'setLogLevels'
    | 'taps'
    | 'history'
  > {
  readonly record: Pick<TopologyRecord, 'id' | 'name' | 'status' | 'submittedAt' | 'revision'>
}

/** All that there is to be seen. */
export interface Seen {
  /** In the order of their names. */
  readonly topologies: readonly SeenTopology[]
  readonly hosts: readonly HostView[]
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly now: () => Date
  has(name: string): boolean
  /** @param request by which it is to be changed @throws TOPOLOGY_UNKNOWN */
  get(name: string, request?: ChangeRequest): SeenTopology
  /** @throws TOPOLOGY_UNKNOWN (rejects) */
  logsOf(name: string): Promise<SeenLogs>
  /** It changes which topologies there are, and how large; undefined where there is one run, which ends by itself. */
  readonly nimbus: Nimbus | undefined
}

/** The topologies of a nimbus. */
export class SeenNimbus implements Seen {
  readonly nimbus: Nimbus

  constructor(nimbus: Nimbus) {
    this.nimbus = nimbus
  }

  get topologies(): readonly SeenTopology[] {
    return this.nimbus.topologies
  }

  get hosts(): readonly HostView[] {
    return this.nimbus.hosts
  }

  get startedAt(): number {
    return this.nimbus.startedAt
  }

  get now(): () => Date {
    return this.nimbus.now
  }

  has(name: string): boolean {
    return this.nimbus.has(name)
  }

  get(name: string, request?: ChangeRequest): HostedTopology {
    return this.nimbus.get(name, request)
  }

  logsOf(name: string): Promise<SeenLogs> {
    return this.nimbus.logsOf(name)
  }
}
