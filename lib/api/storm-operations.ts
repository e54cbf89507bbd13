/** What is answered by Storm's own paths, in Storm's words and units, as far as there is such a thing here. */
import { hostname } from 'node:os'
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { Nimbus } from '../nimbus/nimbus.ts'
import { memoryBytesOf, type RunMetrics } from '../run/index.ts'
import { isMap } from '../shape/guards.ts'
import type { Asked } from './asked.ts'
import { Refused } from './refusals.ts'
import type { Seen, SeenTopology } from './seen.ts'
import { levelChangesIn, logConfigOf } from './storm-log-config.ts'
import { stormPageOf } from './storm-page.ts'
import type { STORM_ROUTES } from './storm-routes.ts'
import { viewOf } from './views.ts'

type Answers = Readonly<Record<keyof typeof STORM_ROUTES, (asked: Asked) => object | Promise<object>>>

const MB = 1024 * 1024

/** @param nimbus that changes what is seen @param version of Typhoon */
export function stormOperations(seen: Seen, nimbus: () => Nimbus, version: string): Answers {
  const find = ({ path: { id = '' }, request }: Asked): SeenTopology => {
    const name = seen.topologies.find(({ record }) => record.id === id)?.record.name
    return seen.get(name ?? id, request)
  }
  const done = (topologyOperation: string, { record }: SeenTopology): object => ({
    ...{ topologyOperation, topologyId: record.id, status: 'success' },
  })
  const uptimeSecs = (): number => Math.floor((seen.now().getTime() - seen.startedAt) / 1000)
  const workers = (): number => seen.topologies.reduce((sum, { run }) => sum + livingOf(run?.metrics()), 0)
  return {
    stormCluster: () => ({
      stormVersion: `typhoon ${version}`,
      supervisors: 1,
      topologies: seen.topologies.length,
      slotsUsed: workers(),
      tasksTotal: seen.topologies.reduce((sum, topology) => sum + viewOf(topology).tasks, 0),
    }),
    stormNimbus: () => ({
      nimbuses: [
        { host: hostname(), status: 'Leader', version: `typhoon ${version}`, nimbusUpTimeSeconds: uptimeSecs() },
      ],
    }),
    stormSupervisors: () => ({
      supervisors: [
        {
          id: hostname(),
          host: hostname(),
          uptimeSeconds: uptimeSecs(),
          slotsUsed: workers(),
          version: `typhoon ${version}`,
        },
      ],
    }),
    stormTopologies: () => ({ topologies: seen.topologies.map(summaryOf) }),
    stormTopology(asked) {
      const topology = find(asked)
      return { ...summaryOf(topology), ...stormPageOf(topology, asked, seen.now()) }
    },
    stormLogConfig: (asked) => logConfigOf(find(asked), seen.now()),
    async stormSetLogConfig(asked) {
      const topology = find(asked)
      await topology.setLogLevels(levelChangesIn(asked.body), asked.request)
      return logConfigOf(topology, seen.now())
    },
    async stormActivate(asked) {
      const topology = find(asked)
      await topology.activate(asked.request)
      return done('activate', topology)
    },
    async stormDeactivate(asked) {
      const topology = find(asked)
      await topology.deactivate(asked.request)
      return done('deactivate', topology)
    },
    async stormRebalance(asked) {
      const topology = find(asked)
      const size = sizeIn(asked.body)
      await nimbus().get(topology.record.name).resize(size, waitOf(asked), asked.request)
      return done('rebalance', topology)
    },
    async stormKill(asked) {
      const topology = find(asked)
      await nimbus().kill(topology.record.name, waitOf(asked), undefined, asked.request)
      return done('kill', topology)
    },
  }
}

function summaryOf(topology: SeenTopology): object {
  const { id, name, status, uptimeSecs, workers, tasks, problem, outages = [] } = viewOf(topology)
  const uptimeSeconds = Math.floor(uptimeSecs)
  return {
    ...{ id, encodedId: encodeURIComponent(id), name, status, uptimeSeconds },
    // The only text that Storm's pages show of a topology as a whole.
    schedulerInfo: problem?.message ?? outages[0]?.problem.message ?? null,
    ...{ workersTotal: workers, tasksTotal: tasks, executorsTotal: tasks, replicationCount: 1 },
    assignedTotalMem: Math.round(memoryOf(topology.run?.metrics()) / MB),
  }
}

function memoryOf(metrics: RunMetrics | undefined): number {
  return metrics === undefined ? 0 : memoryBytesOf(metrics)
}

function livingOf(metrics: RunMetrics | undefined): number {
  return Object.keys(metrics?.workers ?? {}).length
}

/** `{"rebalanceOptions": {"numWorkers": 2, "executors": {"count": 4}}}` */
function sizeIn(body: unknown): { workers: number | undefined; parallelism: Readonly<Record<string, number>> } {
  const options = isMap(body) && isMap(body['rebalanceOptions']) ? body['rebalanceOptions'] : {}
  const { numWorkers, executors = {} } = options as { numWorkers?: unknown; executors?: unknown }
  const isGood = (count: unknown): count is number => Number.isSafeInteger(count) && (count as number) >= 1
  const areGood = isMap(executors) && Object.values(executors).every(isGood)
  if (areGood && (numWorkers === undefined || isGood(numWorkers)))
    return { workers: numWorkers, parallelism: executors as Readonly<Record<string, number>> }
  throw new Refused('SERVICE_BAD_REQUEST', 'numWorkers and executors are whole numbers from 1 up', 400)
}

function waitOf({ path }: Asked): number {
  const wait = Number(path['wait'])
  if (Number.isSafeInteger(wait) && wait >= 0 && wait <= 86_400) return wait * 1000
  throw new TyphoonError('SERVICE_BAD_REQUEST', 'the seconds to wait are a whole number from 0 to 86400')
}
