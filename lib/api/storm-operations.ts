/** What is answered by Storm's own paths, in Storm's words and units, as far as there is such a thing here. */
import { hostname } from 'node:os'
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { HostedTopology } from '../nimbus/hosted-topology.ts'
import type { Nimbus } from '../nimbus/nimbus.ts'
import { Histogram, memoryBytesOf, type RunMetrics } from '../run/index.ts'
import { isMap } from '../shape/guards.ts'
import type { Asked } from './asked.ts'
import { Refused } from './refusals.ts'
import type { STORM_ROUTES } from './storm-routes.ts'
import { viewOf } from './views.ts'

type Answers = Readonly<Record<keyof typeof STORM_ROUTES, (asked: Asked) => object | Promise<object>>>

const MB = 1024 * 1024

/** @param version of Typhoon */
export function stormOperations(nimbus: Nimbus, version: string): Answers {
  const find = ({ path }: Asked): HostedTopology => {
    const { id = '' } = path
    return nimbus.topologies.find(({ record }) => record.id === id) ?? nimbus.get(id)
  }
  const done = (topologyOperation: string, { record }: HostedTopology): object => ({
    ...{ topologyOperation, topologyId: record.id, status: 'success' },
  })
  const uptimeSecs = (): number => Math.floor((nimbus.now().getTime() - nimbus.startedAt) / 1000)
  const workers = (): number => nimbus.topologies.reduce((sum, { run }) => sum + livingOf(run?.metrics()), 0)
  return {
    stormCluster: () => ({
      stormVersion: `typhoon ${version}`,
      supervisors: 1,
      topologies: nimbus.topologies.length,
      slotsUsed: workers(),
      tasksTotal: nimbus.topologies.reduce((sum, topology) => sum + viewOf(topology).tasks, 0),
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
    stormTopologies: () => ({ topologies: nimbus.topologies.map(summaryOf) }),
    stormTopology: (asked) => topologyOf(find(asked)),
    async stormActivate(asked) {
      const topology = find(asked)
      await topology.activate()
      return done('activate', topology)
    },
    async stormDeactivate(asked) {
      const topology = find(asked)
      await topology.deactivate()
      return done('deactivate', topology)
    },
    async stormRebalance(asked) {
      const topology = find(asked)
      await topology.resize(sizeIn(asked.body), waitOf(asked))
      return done('rebalance', topology)
    },
    async stormKill(asked) {
      const topology = find(asked)
      await nimbus.kill(topology.record.name, waitOf(asked))
      return done('kill', topology)
    },
  }
}

function summaryOf(topology: HostedTopology): object {
  const { id, name, status, uptimeSecs, workers, tasks } = viewOf(topology)
  const uptimeSeconds = Math.floor(uptimeSecs)
  return {
    ...{ id, encodedId: encodeURIComponent(id), name, status, uptimeSeconds },
    ...{ workersTotal: workers, tasksTotal: tasks, executorsTotal: tasks, replicationCount: 1 },
    assignedTotalMem: Math.round(memoryOf(topology.run?.metrics()) / MB),
  }
}

function topologyOf(topology: HostedTopology): object {
  const metrics = topology.run?.metrics()
  const components = Object.entries(metrics?.components ?? {})
  const of = (kind: 'spout' | 'bolt') => components.filter(([, component]) => component.kind === kind)
  const row = ([id, { tasks, emitted, transferred, acked, failed }]: (typeof components)[number]) => ({
    ...{ tasks, executors: tasks, emitted, transferred, acked, failed },
    ...(metrics?.components[id]?.kind === 'spout' ? { spoutId: id } : { boltId: id }),
  })
  return {
    ...summaryOf(topology),
    ...{ window: ':all-time', windowHint: 'All time' },
    spouts: of('spout').map((entry) => ({ ...row(entry), completeLatency: latencyOf(entry[1].completeLatency) })),
    bolts: of('bolt').map((entry) => ({ ...row(entry), executed: entry[1].executed })),
    configuration: topology.examined?.topology.config ?? {},
  }
}

/** Storm's unit is the millisecond, with three digits, as a text. */
function latencyOf(data: RunMetrics['components'][string]['completeLatency']): string {
  const histogram = new Histogram()
  histogram.add(data)
  return histogram.percentilesMs().p50.toFixed(3)
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
