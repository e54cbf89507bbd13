/** Runs the Trident world of a seed, with everything that goes wrong in it, and checks the laws. */
import { isDeepStrictEqual } from 'node:util'
import { LocalCluster, type RunReport } from '../../lib/testing/index.ts'
import { resolveConfig } from '../../lib/topology/config/config.ts'
import { inFolder } from '../folder.ts'
import { sumsOf, TridentJournal } from './trident-journal.ts'
import {
  expectedOf,
  kindOf,
  makeTridentWorld,
  partitionsOf,
  storeOf,
  TROUBLE_MS,
  type TridentFault,
  type TridentWorld,
  tridentDefinitionOf,
} from './trident-world.ts'

/** Of simulated time. */
const LIMIT_MS = 300_000

/** What came of a world. */
export interface TridentRun {
  readonly journal: TridentJournal
  readonly report: RunReport
  /** Broken laws; empty where all holds. */
  readonly faults: readonly string[]
}

/** @throws Error (rejects) where it does not end in time */
export function runTrident(seed: number): Promise<TridentRun> {
  return inFolder(async (directory) => {
    const world = makeTridentWorld(seed, directory)
    const journal = new TridentJournal()
    const cluster = new LocalCluster(world.cluster)
    const topology = await cluster.submit(tridentDefinitionOf(world, journal))
    const begin = (fault: TridentFault): void => {
      if (fault.kind === 'kill') topology.killWorker(fault.worker)
      else topology[fault.kind](fault.a, fault.b)
    }
    for (const fault of world.faults) cluster.clock.after(fault.at, () => begin(fault))
    cluster.clock.after(TROUBLE_MS, () => topology.setLoss(0))
    const report = await topology.complete(LIMIT_MS)
    return { journal, report, faults: await faultsOf(world, journal, report) }
  })
}

async function faultsOf(world: TridentWorld, journal: TridentJournal, report: RunReport): Promise<string[]> {
  const faults = [...journal.violations]
  if (report.status !== 'completed') faults.push(`the topology is ${report.status}: ${report.problem?.message}`)
  const last = Math.max(0, ...journal.committed)
  for (let txid = 1; txid <= last; txid++)
    if (!journal.committed.has(txid)) faults.push(`no state was told of transaction ${txid}`)
  for (const [state, expected] of Object.entries(expectedOf(world))) {
    const found = await foundIn(world, journal, state)
    if (!isDeepStrictEqual(found, expected))
      faults.push(`"${state}" holds ${JSON.stringify(found)}, and it should hold ${JSON.stringify(expected)}`)
  }
  return faults
}

/** What stands in a state when all is over, zeros left out. */
async function foundIn(world: TridentWorld, journal: TridentJournal, state: string): Promise<Record<string, number>> {
  const numPartitions = partitionsOf(world, state)
  const task: any = { config: resolveConfig(world.config), topology: `trident-${world.seed}`, now: () => Infinity }
  const isBehindOther = state === 'told' || state === 'windowed'
  const spout = world.dealt || isBehindOther ? 'opaque' : kindOf(world)
  const open = (partitionIndex: number) =>
    storeOf(world, journal).makeState({ name: state, partitionIndex, numPartitions, task, spout })
  const partitions = await Promise.all(Array.from({ length: numPartitions }, (_, index) => open(index)))
  const sums = Object.entries(await sumsOf(partitions)).filter(([, sum]) => sum !== 0)
  return Object.fromEntries(sums.sort(([a], [b]) => (a < b ? -1 : 1)))
}
