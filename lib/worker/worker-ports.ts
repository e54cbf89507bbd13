/** What a worker is given from outside: by its process, or by the simulation. */
import type { DefinitionSource, InHand } from '../messaging/control.ts'
import type { Identity, Network } from '../messaging/link.ts'
import type { Plan } from '../scheduler/plan.ts'
import type { SnapshotStore } from '../snapshots/snapshot-store.ts'
import type { StateBases } from '../state/state-base.ts'
import type { Counters } from '../stats/counters.ts'
import type { WorkerSnapshot } from '../stats/snapshot.ts'
import type { TopologyDefinition } from '../topology/component/definition.ts'
import type { Topology } from '../topology/topology.ts'
import type { TaskId } from '../tuple/ids.ts'
import type { Prng } from '../util/prng.ts'
import type { Clock } from '../util/time/clock.ts'
import type { Profiler } from './profile/profiles.ts'

export interface WorkerPorts {
  readonly clock: Clock
  readonly random: Prng
  readonly network: Network
  readonly identity: Identity
  /** What the run gives to all of its workers, by name. */
  readonly resources?: Readonly<Record<string, unknown>>
  /** Where the snapshots of a topology are; undefined where none are taken. */
  snapshotStore?(topology: Topology): SnapshotStore | undefined
  /** Where its states are that are larger than memory; undefined where all are in memory. */
  stateBases?(topology: Topology): Promise<StateBases | undefined>
  /** Makes the definition anew from where it came. */
  loadDefinition(source: DefinitionSource): Promise<TopologyDefinition>
  /** What only the process knows. */
  vitals(): Pick<WorkerSnapshot, 'memoryBytes' | 'cpuMs' | 'stallMs' | 'heap' | 'gcMs' | 'loopDelayMs'>
  /** Looks into the process; undefined where there is none of its own. */
  readonly profiler?: Profiler
  /** Whether timers are running that are not the runtime's. */
  hasForeignTimers(): boolean
  /** The task whose turn it is; 0: none. */
  onTurn(task: number): void
  /** Says it to the parent of the process, which has it when this returns. */
  tellHand(hand: InHand): void
  /** Like that of `ExecutorPorts`. */
  readonly inHand: Int32Array
  /**
   * Settles when all that components have written to stdout and stderr has left the process; undefined where it has.
   */
  outputWritten(): Promise<void> | undefined
  /** The worker has its plan. */
  onPlan(plan: Plan): void
  /** Where a task of this worker counts. */
  countersOf(task: TaskId, streams: number): Counters
  /** The run loop begins. */
  onReady(): void
  /** One that is ready goes on where its nimbus is gone: somebody else lets another one take it over, or ends it. */
  readonly outlivesNimbus?: boolean
  /** The worker has stopped, or has lost its nimbus. */
  onStopped(): void
}
