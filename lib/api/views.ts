/** What a service says of its topologies, as plain JSON. */
import { type ResolvedConfig, resolveConfig } from '../topology/config/config.ts'
import { sizeOf } from '../topology/topology.ts'
import type { ServiceView, TopologyView, TotalsView } from './schemas.ts'
import type { Seen, SeenTopology } from './seen.ts'

/** The service, or the run. @param version of Typhoon */
export function serviceOf({ topologies, startedAt, now, nimbus }: Seen, version: string): ServiceView {
  const workers = topologies.map(({ run }) => Object.keys(run?.metrics()?.workers ?? {}).length)
  return {
    version,
    isService: nimbus !== undefined,
    uptimeSecs: (now().getTime() - startedAt) / 1000,
    topologies: topologies.length,
    workers: workers.reduce((sum, some) => sum + some, 0),
  }
}

/** One topology. */
export function viewOf(topology: SeenTopology): TopologyView {
  const { record, run, examined, status, retryInMs, report } = topology
  const config = examined === undefined ? undefined : resolveConfig(examined.topology.config)
  const ended = run === undefined ? report?.problem : undefined
  const problem = retryInMs === undefined ? ended : topology.errors.at(-1)?.problem
  const outages = run?.outages ?? []
  return {
    name: record.name,
    id: record.id,
    status,
    phase: phaseOf(topology),
    submittedAt: new Date(record.submittedAt).toISOString(),
    revision: record.revision,
    guarantee: guaranteeOf(config),
    workers: config?.['topology.workers'] ?? 0,
    tasks: tasksOf(topology),
    uptimeSecs: run?.seconds ?? 0,
    ...(problem === undefined ? {} : { problem }),
    ...(retryInMs === undefined ? {} : { retryInMs }),
    ...(outages.length === 0 ? {} : { outages }),
  }
}

/** What it has counted over all of its runs, as long as the service lives. */
export function totalsOf({ history, record }: SeenTopology, { startedAt, now }: Seen): TotalsView {
  const counted = Object.entries(history.window('all', now().getTime()).components)
  const components = counted.map(([id, { emitted, executed, acked, failed }]) => {
    return [id, { emitted, executed, acked, failed }] as const
  })
  const since = new Date(Math.max(startedAt, record.submittedAt)).toISOString()
  return { since, components: Object.fromEntries(components) }
}

function phaseOf({ run, retryInMs, record }: SeenTopology): string {
  if (run !== undefined) return run.status
  if (retryInMs !== undefined) return 'waiting for another attempt'
  return record.status === 'COMPLETED' ? 'done' : 'starting'
}

function guaranteeOf(config: ResolvedConfig | undefined): string {
  return config === undefined ? 'not known yet' : String(config['topology.guarantee'])
}

function tasksOf({ examined }: SeenTopology): number {
  if (examined === undefined) return 0
  const { topology } = examined
  return Object.values(topology.components).reduce((sum, spec) => sum + sizeOf(topology, spec).tasks, 0)
}
