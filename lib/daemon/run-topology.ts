/**
 * Runs a topology in worker processes on this machine: nimbus and supervisor in this process, as `typhoon run` does.
 */
import { nanoid } from 'nanoid'
import type { DefinitionSource } from '../messaging/control.ts'
import { webSocketNetwork } from '../messaging/websocket.ts'
import { newSecret } from '../net/proof.ts'
import { planTopology } from '../scheduler/plan.ts'
import { leaseSnapshots, openSnapshots } from '../snapshots/open-snapshots.ts'
import type { TopologyDefinition } from '../topology/component/definition.ts'
import { hasReplayableSource } from '../topology/component/hosting/replayable.ts'
import { resolveConfig } from '../topology/config/config.ts'
import { realClock } from '../util/time/real-clock.ts'
import type { RunEvents } from './report/events.ts'
import { Run } from './run.ts'
import { ProcessLauncher } from './workers/process-launcher.ts'
import type { SpareProcess } from './workers/worker-process.ts'

/** How it is to be run. */
export interface RunTopologyOptions {
  /** The file of the module that a worker's process runs. */
  readonly workerModule: string
  /** A process for the first worker. */
  readonly spare?: SpareProcess | undefined
  readonly events?: RunEvents
  /** Resources that the workers begin with, as plain JSON. */
  readonly resources?: Readonly<Record<string, unknown>>
  /** Spouts wait for `activate`. */
  readonly inactive?: boolean
  /** What its snapshots hold is removed first: it begins anew. */
  readonly fresh?: boolean
  /** It begins though its snapshot holds what nothing in the topology takes. */
  readonly allowsDropped?: boolean
}

/** Starts the workers; `done` of the result settles with the report. @throws PORT_TAKEN (rejects) */
export async function runTopology(
  definition: TopologyDefinition,
  source: DefinitionSource,
  { workerModule, spare, events = {}, resources = {}, ...how }: RunTopologyOptions,
): Promise<Run> {
  const plan = planTopology(definition.topology)
  const config = resolveConfig(plan.topology.config)
  const run = nanoid()
  const secret = newSecret()
  const network = webSocketNetwork({ secret, maxFrameBytes: config['topology.frame.max.bytes'] })
  const launcher = new ProcessLauncher({
    ...{ workerModule, spare, file: source.file },
    ...{ run, secret, config, events, resources },
  })
  const takes = config['topology.guarantee'] === 'exactly-once' || hasReplayableSource(definition)
  const snapshotStore = takes ? openSnapshots : () => undefined
  const isKept = snapshotStore(definition.topology) !== undefined
  const endLease = isKept ? await leaseSnapshots(definition.topology, run) : async () => {}
  const running = new Run({ run, plan, source, ...how }, { clock: realClock, network, launcher, events, snapshotStore })
  void running.done.then(endLease)
  try {
    await running.start()
  } catch (error) {
    await endLease()
    throw error
  }
  return running
}
