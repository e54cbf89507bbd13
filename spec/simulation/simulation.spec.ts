/**
 * Random worlds: topologies, configurations, delays, lost frames, cut cables and crashing workers, each out of one seed.
 *
 * The laws: a root that is acked was in flight and has been executed by every bolt it had to come to; each attempt at a root ends in at most
 * one ack or fail; every root is acked in the end, and the topology completes.
 *
 * `SIMULATION_RUNS=5000 npx ava dist/spec/simulation/*.spec.js` tries more worlds, `SIMULATION_SEED=123` begins with that one.
 */
import test from 'ava'
import { LocalCluster, type LocalTopology, type RunReport } from '../../lib/testing/index.ts'
import { TROUBLE_MS } from './components.ts'
import { Journal } from './journal.ts'
import { definitionOf, type Fault, longestQueues, makeWorld, rootsOf, type World } from './world.ts'

const FIRST_SEED = Number(process.env['SIMULATION_SEED'] ?? 1)
const RUNS = Number(process.env['SIMULATION_RUNS'] ?? 60)
const LIMIT_MS = 120_000
const SAMPLE_MS = 7

interface Run {
  readonly world: World
  readonly journal: Journal
  readonly report: RunReport
}

async function run(seed: number): Promise<Run> {
  const world = makeWorld(seed)
  const journal = new Journal()
  const cluster = new LocalCluster(world.cluster)
  const topology = await cluster.submit(definitionOf(world, journal))
  const begin = (fault: Fault): void => {
    if (fault.kind === 'kill') topology.killWorker(fault.worker)
    else topology[fault.kind](fault.a, fault.b)
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
function faultsOf({ world, journal, report }: Run): string[] {
  const faults = [...journal.violations]
  if (report.status !== 'completed') faults.push(`the topology is ${report.status}: ${report.problem?.message}`)
  const missing = rootsOf(world).filter((root) => !journal.acked.has(root))
  if (missing.length > 0) faults.push(`never acked: ${missing.join(' ')}`)
  const { emitted, acked, failed } = report.roots
  // What a worker counted since its last report dies with it.
  const isExact = !world.faults.some((fault) => fault.kind === 'kill' || fault.a === 0 || fault.b === 0)
  if (isExact && emitted !== journal.emitted)
    faults.push(`${journal.emitted} roots were emitted, and ${emitted} are reported`)
  const verdicts = acked + failed.timeout + failed.explicit + failed.workerLost
  if (isExact && emitted !== verdicts) faults.push(`of ${emitted} roots ${verdicts} have a verdict`)
  return faults
}

for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
  test.serial(`in the world of seed ${seed} every root is acked, and none too soon`, async (t) => {
    const again = `again: SIMULATION_SEED=${seed} SIMULATION_RUNS=1 npx ava dist/spec/simulation/*.spec.js`
    try {
      const faults = faultsOf(await run(seed))
      if (faults.length > 0) t.log(again, JSON.stringify(makeWorld(seed), null, 1))
      t.deepEqual(faults, [])
    } catch (error) {
      t.log(again, JSON.stringify(makeWorld(seed), null, 1))
      throw error
    }
  })
}

test.serial('the same seed gives the same run', async (t) => {
  for (const seed of [FIRST_SEED, FIRST_SEED + 1, FIRST_SEED + 2]) {
    const [one, other] = [await run(seed), await run(seed)]
    t.deepEqual(one.report, other.report)
    t.deepEqual(one.journal.verdicts, other.journal.verdicts)
  }
})
