/**
 * What a pod of one worker is to be given, from the loads of the components (`setCPULoad`, `setMemoryLoad`): those of
 * the executors that the plan gives to the largest worker, and what the process takes without any.
 */
import type { LoadedTopology } from '../../run/index.ts'
import { mergeConfig } from '../../topology/config/config.ts'
import type { PodResources } from './manifests/options.ts'

const CPU = 'topology.component.cpu.pcore.percent'
const MEMORY = 'topology.component.resources.onheap.memory.mb'
/** Storm's, for an executor of which nothing is said: percent of a core, and MB. */
const UNSAID = { cpu: 10, memory: 128 } as const
/** A supervisor and a worker that counts words were measured at 175 MB; the rest is for the code of the topology. */
const PROCESSES_MB = 256
const LEAST_MILLICORES = 100

/** Makes an instance of each component. */
export async function podResources(loaded: LoadedTopology): Promise<PodResources> {
  const { topology } = loaded
  const { components, workers } = await loaded.plan()
  const cpu = new Map(workers.map(({ worker }) => [worker, 0]))
  const memory = new Map(workers.map(({ worker }) => [worker, 0]))
  for (const { id, system, tasks } of components) {
    if (system) continue
    const config = mergeConfig(topology.config, topology.components[id]!.config)
    const load = { cpu: loadOf(config, CPU) ?? UNSAID.cpu, memory: loadOf(config, MEMORY) ?? UNSAID.memory }
    for (const [, worker] of new Map(tasks.map(({ executor, worker: at }) => [executor, at]))) {
      cpu.set(worker, cpu.get(worker)! + load.cpu)
      memory.set(worker, memory.get(worker)! + load.memory)
    }
  }
  const millicores = Math.max(LEAST_MILLICORES, Math.ceil(10 * Math.max(...cpu.values())))
  const mb = `${Math.ceil(PROCESSES_MB + Math.max(...memory.values()))}Mi`
  return { requests: { cpu: `${millicores}m`, memory: mb }, limits: { memory: mb } }
}

function loadOf(config: Readonly<Record<string, unknown>>, key: string): number | undefined {
  const load = config[key]
  return typeof load === 'number' && load >= 0 ? load : undefined
}
