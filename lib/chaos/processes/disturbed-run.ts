/**
 * One run in real processes, with witnesses, and with what happens to it. It has a folder of its own for its snapshots,
 * its dead letters and what its witnesses write, so that nothing of the user's is touched but by the user's own
 * components.
 */
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ComponentId } from '../../index.ts'
import { type RunReport, run } from '../../run/index.ts'
import { loadPlain } from '../../run/load.ts'
import { LoadedTopology } from '../../run/loaded-topology.ts'
import { planTopology } from '../../scheduler/plan.ts'
import type { Promised } from '../../scheduler/promises.ts'
import type { Fault } from '../faults.ts'
import { promisedTo } from '../witnessed.ts'
import { asRun, type ChaosOrder } from './as-run.ts'
import { SeenRows } from './seen-rows.ts'
import { Trouble } from './trouble.ts'

const IN_WORKER = new URL('./in-worker.js', import.meta.url).href

/** What is run, and what happens to it. */
export interface DisturbedOrder extends Pick<ChaosOrder, 'sinks' | 'paces'> {
  readonly loaded: LoadedTopology
  readonly faults: readonly Fault[]
  /** How long it may run, milliseconds. */
  readonly limitMs: number
  readonly signal?: AbortSignal | undefined
}

/** What came of it. */
export interface RealRun {
  /** What the witnesses got. */
  readonly rows: readonly string[]
  readonly report: RunReport
  readonly promised: Promised
  readonly times: number
  readonly deaths: number
  readonly recoveredMs: readonly number[]
  /** Why it did not come to its end. */
  readonly unended?: string
}

/** Deaths from outside must not use up what its own are granted. */
const PATIENT = { 'topology.worker.max.restarts': 100_000 }
const REMOVE = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }

/** @throws what is wrong with the definition, or why it never ran (rejects) */
export async function runDisturbed(order: DisturbedOrder): Promise<RealRun> {
  const folder = mkdtempSync(join(tmpdir(), 'typhoon-chaos-'))
  try {
    return await runIn(folder, order)
  } finally {
    await rm(folder, REMOVE)
  }
}

async function runIn(
  folder: string,
  { loaded, sinks, paces, faults, limitMs, signal }: DisturbedOrder,
): Promise<RealRun> {
  const workers = loaded.config['topology.workers']
  const told: ChaosOrder = { folder, workers, sinks, paces }
  const topology = await isolated(loaded, told)
  const running = run(topology, { drill: { module: IN_WORKER, order: told } })
  const stop = (): void => void running.stopNow()
  signal?.addEventListener('abort', stop)
  const seen = new SeenRows(folder)
  const trouble = new Trouble({ run: running, folder, seen, senders: sendersOf(topology, sinks) })
  let isOverdue = false
  let timer: NodeJS.Timeout | undefined
  try {
    await running.untilRunning()
    timer = setTimeout(() => {
      isOverdue = true
      stop()
    }, limitMs)
    trouble.begin(faults)
    const report = await running.done
    const { times, deaths, recoveredMs } = trouble
    const unended = whyUnended(report, isOverdue ? limitMs : undefined)
    return {
      ...{ rows: await seen.all(), report, times, deaths, recoveredMs, promised: promisedTo(topology.definition) },
      ...(unended === undefined ? {} : { unended }),
    }
  } finally {
    clearTimeout(timer)
    trouble.end()
    signal?.removeEventListener('abort', stop)
    await running.stopNow().catch(() => {})
  }
}

/** With places of its own for what it keeps. */
async function isolated(loaded: LoadedTopology, told: ChaosOrder): Promise<LoadedTopology> {
  const { config } = loaded.definition.topology
  const keeps = loaded.config['topology.guarantee'] === 'exactly-once' || Object.hasOwn(config, 'topology.state.dir')
  const places = {
    'topology.dead.letters.file': join(told.folder, 'dead-letters.jsonl'),
    ...(keeps ? { 'topology.state.dir': join(told.folder, 'state') } : {}),
  }
  const source = { ...loaded.source, config: { ...loaded.source.config, ...PATIENT, ...places } }
  const { definition, file } = await loadPlain(source)
  return new LoadedTopology({ definition: asRun(definition, told), file, warnings: [] }, source)
}

/** By worker the tasks that send what is watched. */
function sendersOf({ definition: { topology } }: LoadedTopology, sinks: readonly ComponentId[]): Map<number, number[]> {
  const sources = new Set(sinks.flatMap((sink) => topology.components[sink]!.inputs.map(({ component }) => component)))
  const senders = new Map<number, number[]>()
  for (const { component, worker, task } of planTopology(topology).tasks)
    if (sources.has(component)) senders.set(worker, [...(senders.get(worker) ?? []), task])
  return senders
}

function whyUnended({ status, problem }: RunReport, overdueMs: number | undefined): string | undefined {
  if (overdueMs !== undefined) return `no end within ${Math.round(overdueMs / 1000)} s`
  if (status === 'completed') return undefined
  return problem === undefined ? `it is ${status}` : `${problem.code}, ${problem.message}`
}
