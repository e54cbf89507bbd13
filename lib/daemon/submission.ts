/** What a run is given: what it is to run, and the ports through which it reaches the world. */
import type { DefinitionSource } from '../messaging/control.ts'
import type { Network } from '../messaging/link.ts'
import type { Plan } from '../scheduler/plan.ts'
import type { SnapshotStore } from '../snapshots/snapshot-store.ts'
import type { Topology } from '../topology/topology.ts'
import type { Incarnation, WorkerId } from '../tuple/ids.ts'
import type { Clock } from '../util/time/clock.ts'
import type { TimedLevel } from './log-levels.ts'
import type { RunEvents } from './report/events.ts'
import type { Launcher } from './workers/launcher.ts'

/** How it reaches the world. */
export interface RunPorts {
  readonly clock: Clock
  readonly network: Network
  readonly launcher: Launcher
  readonly events: RunEvents
  /** Where the snapshots of a topology are; undefined where none are taken. */
  snapshotStore?(topology: Topology): SnapshotStore | undefined
}

/** What is to be run. */
export interface Submission {
  /** Id of the run. */
  readonly run: string
  readonly plan: Plan
  readonly source: DefinitionSource
  /** Spouts wait for `activate`, as with Storm's initial status INACTIVE. */
  readonly inactive?: boolean
  /** What snapshots hold is removed first: it begins anew. */
  readonly fresh?: boolean
  /** Workers of it that live already, with their incarnations: they go on. All of them, or none. */
  readonly adopts?: ReadonlyMap<WorkerId, Incarnation> | undefined
  /** It begins though its snapshot holds what nothing in the topology takes. */
  readonly allowsDropped?: boolean
  /** Levels of logs, in place of those of the configuration. */
  readonly logLevels?: readonly TimedLevel[] | undefined
}
