/** Runs the world of a seed, with everything that goes wrong in it, and checks the laws. */
import { LocalCluster, type LocalTopology, type RunReport } from '../../lib/testing/index.ts'
import { TROUBLE_MS } from './components.ts'
import { Journal } from './journal.ts'
import { definitionOf, type Fault, longestQueues, makeWorld, rootsOf, type World } from './world.ts'

/** Of simulated time. */
const LIMIT_MS = 120_000
const SAMPLE_MS = 7

/** What came of a world. */
export interface Run {
  readonly world: World
  readonly journal: Journal
  readonly report: RunReport
}

/** Makes the world of a seed and lets it run to its end. @throws Error (rejects) where it does not end in time */
export async function run(seed: number): Promise<Run> {
  const world = makeWorld(seed)
  const journal = new Journal()
  const cluster = new LocalCluster(world.cluster)
  const topology = await cluster.submit(definitionOf(world, journal))
  const begin = (fault: Fault): void => {
    if (fault.kind === 'kill') topology.killWorker(fault.worker)
    else if ('a' in fault) topology[fault.kind](fault.a, fault.b)
    else topology[fault.kind]()
  }
  for (const fault of world.faults) cluster.clock.after(fault.at, () => begin(fault))
  cluster.clock.after(TROUBLE_MS, () => topology.setLoss(0))
  watchQueues(cluster, topology, world, journal)
  return { world, journal, report: await topology.complete(LIMIT_MS) }
}

function watchQueues(cluster: LocalCluster, topology: LocalTopology, world: World, journal: Journal): void {
  const limits = longestQueues(world)
  const look = (): void => {
    const state = topology.state()
    for (const [bolt, limit] of limits) {
      const length = state[bolt]?.longestQueue ?? 0
      if (length > limit) journal.violations.push(`${length} tuples wait for "${bolt}", and no more than ${limit} may`)
    }
    if (!topology.isDone) cluster.clock.after(SAMPLE_MS, look)
  }
  if (limits.size > 0) look()
}

/** What is wrong with a run; empty where nothing is. */
export function faultsOf({ world, journal, report }: Run): string[] {
  const faults = [...journal.violations]
  if (report.status !== 'completed') faults.push(`the topology is ${report.status}: ${report.problem?.message}`)
  const missing = rootsOf(world).filter((root) => !journal.acked.has(root))
  if (missing.length > 0) faults.push(`never acked: ${missing.join(' ')}`)
  for (const { id, tasks } of world.bolts) {
    for (let index = 0; index < tasks; index++) {
      if (!journal.told.has(`${id}/${index}`))
        faults.push(`task ${index} of "${id}" was not told of the end of the input`)
    }
  }
  const { emitted, acked, failed } = report.roots
  // What a worker counted since its last report dies with it.
  const isExact = !world.faults.some(
    (fault) => fault.kind === 'kill' || ('a' in fault && Math.min(fault.a, fault.b) === 0),
  )
  if (isExact && emitted !== journal.emitted)
    faults.push(`${journal.emitted} roots were emitted, and ${emitted} are reported`)
  const verdicts = acked + failed.timeout + failed.explicit + failed.workerLost
  if (isExact && emitted !== verdicts) faults.push(`of ${emitted} roots ${verdicts} have a verdict`)
  if (!world.forgetful && failed.timeout > 0)
    faults.push(`${failed.timeout} roots timed out, though no bolt forgets any`)
  return faults
}
