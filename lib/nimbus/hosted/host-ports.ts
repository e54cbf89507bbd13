import type { Clock } from '../../util/time/clock.ts'
import type { CodePorts } from '../code/load-code.ts'
import type { OldLogs } from '../logs/old-logs.ts'
import type { TopologyRecord } from '../record/record.ts'
import type { Engine } from './engine.ts'

/** What a topology needs of its service. */
export interface HostPorts extends CodePorts {
  readonly clock: Clock
  readonly now: () => Date
  /** Where its files are: `code` and `logs` below it. */
  readonly folder: string
  readonly oldLogs: OldLogs
  /** For what it has written beside its code, when it is killed. */
  readonly left: string
  /** Starts its workers on other hosts; on this one unless given. */
  readonly engine?: Engine | undefined
  /** Settles when it lasts. */
  save(record: TopologyRecord): Promise<void>
}
