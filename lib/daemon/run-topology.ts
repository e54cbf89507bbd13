/**
 * Runs a topology in worker processes on this machine: nimbus and supervisor in this process, as `typhoon run` does.
 */
import { nanoid } from 'nanoid'
import { type TyphoonError, toProblem } from '../errors/typhoon-error.ts'
import type { DefinitionSource } from '../messaging/control.ts'
import type { DrillOrder } from '../messaging/drill.ts'
import { webSocketNetwork } from '../messaging/websocket.ts'
import { newSecret } from '../net/proof.ts'
import type { ListenAddress } from '../net/server.ts'
import type { Slot } from '../scheduler/assign.ts'
import { planTopology } from '../scheduler/plan.ts'
import { fenceWorker, leaseSnapshots, openSnapshots } from '../snapshots/open-snapshots.ts'
import type { SnapshotStore } from '../snapshots/snapshot-store.ts'
import { resolveConfig } from '../topology/config/config.ts'
import type { Topology } from '../topology/topology.ts'
import type { Incarnation, WorkerId } from '../tuple/ids.ts'
import { realClock } from '../util/time/real-clock.ts'
import type { TimedLevel } from './log-levels.ts'
import type { RunEvents } from './report/events.ts'
import { Run } from './run.ts'
import type { Launcher } from './workers/launcher.ts'
import { ProcessLauncher } from './workers/process-launcher.ts'
import type { SpareProcess } from './workers/worker-process.ts'

/** A topology that can be run, as plain data: whoever runs it need not have loaded its code. */
export interface Runnable {
  readonly topology: Topology
  /** Where the workers get it. */
  readonly source: DefinitionSource
  /** It has a source that can say where it stands, and go back there. */
  readonly isReplayable: boolean
}

/** Where the workers of one run are started, if not on this host alone. */
export interface Elsewhere {
  /** The id of the run, and what its processes prove to each other. */
  readonly run: string
  readonly secret: string
  /** One for each worker. */
  readonly slots: readonly Slot[]
  /** Workers of it that live already. */
  readonly adopts?: ReadonlyMap<WorkerId, Incarnation> | undefined
  /** Where the nimbus of the run listens, and with which certificate. */
  readonly listen: Omit<ListenAddress, 'port'>
  /** The file of the definition, meant from the working directory of the workers. */
  readonly file: string
  /** Makes what starts them. */
  launcher(run: LaunchedRun): Launcher
}

/** What is to be started elsewhere. */
export interface LaunchedRun {
  /** Of the topology, as it was defined. */
  readonly config: Readonly<Record<string, unknown>>
  readonly resources: Readonly<Record<string, unknown>>
  /** It keeps state, and has the lease of it: its workers need the folder of `topology.state.dir`. */
  readonly keepsState: boolean
  readonly events: RunEvents
  /**
   * From now on no earlier incarnation of a worker, of whose end nothing need be known, writes anything.
   * @throws STATE_IN_USE, STATE_UNAVAILABLE
   */
  fence(worker: WorkerId, incarnation: Incarnation): void
}

/** How it is to be run. */
export interface RunTopologyOptions {
  readonly elsewhere?: Elsewhere | undefined
  /** The file of the module that a worker's process runs. */
  readonly workerModule: string
  /** A process for the first worker. */
  readonly spare?: SpareProcess | undefined
  /** The working directory of the workers, who have no stdin then; unless given they share those of this process. */
  readonly folder?: string | undefined
  /** How the workers are disturbed, where they are started here. */
  readonly drill?: DrillOrder | undefined
  readonly events?: RunEvents
  /** Resources that the workers begin with, as plain JSON. */
  readonly resources?: Readonly<Record<string, unknown>>
  /** Its components keep state of their own in the folder of states, beside what snapshots hold. */
  readonly keepsOwnState?: boolean
  /** Spouts wait for `activate`. */
  readonly inactive?: boolean
  /** What its snapshots hold is removed first: it begins anew. */
  readonly fresh?: boolean
  /** It begins though its snapshot holds what nothing in the topology takes. */
  readonly allowsDropped?: boolean
  /** Levels of logs, in place of those of the configuration. */
  readonly logLevels?: readonly TimedLevel[] | undefined
}

/**
 * Starts the workers; `done` of the result settles with the report. The law: where a run keeps state it has the lease
 * of that before any of its workers is started, or it does not begin.
 * @throws PORT_TAKEN; STATE_IN_USE and what else keeps it from the lease (rejects)
 */
export async function runTopology(
  { topology, source: own, isReplayable }: Runnable,
  {
    workerModule,
    spare,
    folder,
    drill,
    elsewhere,
    events = {},
    resources = {},
    keepsOwnState,
    ...how
  }: RunTopologyOptions,
): Promise<Run> {
  const plan = planTopology(topology, elsewhere?.slots)
  const source = elsewhere === undefined ? own : { ...own, file: elsewhere.file }
  const config = resolveConfig(plan.topology.config)
  const { run = nanoid(), secret = newSecret(), adopts } = elsewhere ?? {}
  const maxFrameBytes = config['topology.frame.max.bytes']
  const network = webSocketNetwork({ secret, maxFrameBytes, ...elsewhere?.listen })
  const takes = config['topology.guarantee'] === 'exactly-once' || isReplayable
  const isWanted = openSnapshots(topology) !== undefined
  const isKept = takes && isWanted
  const keepsState = isKept || keepsOwnState === true
  let running: Run | undefined
  const onLost = (problem: TyphoonError): void => {
    // What it does from now on another run would not know of: its workers are not asked to close.
    running?.fail(toProblem(problem))
    running?.stopNow()
  }
  const lease = keepsState ? await leaseSnapshots(topology, run, elsewhere !== undefined, onLost) : undefined
  const endLease = async (): Promise<void> => lease?.close()
  const fence = (worker: WorkerId, incarnation: Incarnation): void => {
    if (isWanted || keepsState) fenceWorker(topology, { run, worker, incarnation }, lease)
  }
  const launcher =
    elsewhere?.launcher({ config: plan.topology.config, resources, keepsState, events, fence }) ??
    new ProcessLauncher({
      ...{ workerModule, spare, folder, drill, file: source.file },
      ...{ run, secret, config, events, resources, keepsState, processes: lease },
    })
  const snapshotStore = (): SnapshotStore | undefined => (isKept ? openSnapshots(topology, lease) : undefined)
  running = new Run(
    { run, plan, source, adopts, ...how },
    { clock: realClock, network, launcher, events, snapshotStore },
  )
  void running.done.then(endLease)
  try {
    await running.start()
  } catch (error) {
    await endLease()
    throw error
  }
  return running
}
