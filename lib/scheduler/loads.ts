/**
 * What a topology says that its executors need: processor time and memory, as Storm's `setCPULoad` and `setMemoryLoad`
 * have it. A component that says nothing counts for nothing. Pure.
 */
import { type ConfigMap, mergeConfig } from '../topology/config/config.ts'
import { sizeOf, type Topology } from '../topology/topology.ts'

/** Of a worker, or of what a host has for workers. */
export interface Load {
  /** Percent of a core. */
  readonly cpu: number
  /** MB. */
  readonly memory: number
}

/** Nothing. */
export const NO_LOAD: Load = { cpu: 0, memory: 0 }

/** What each of so many workers needs: executors are shared out evenly, and so are their loads. */
export function workerLoad(topology: Topology, workers: number): Load {
  let { cpu, memory } = NO_LOAD
  for (const spec of Object.values(topology.components)) {
    const { executors } = sizeOf(topology, spec)
    const config = mergeConfig(topology.config, spec.config)
    cpu += executors * numberIn(config, 'topology.component.cpu.pcore.percent')
    memory += executors * numberIn(config, 'topology.component.resources.onheap.memory.mb')
    memory += executors * numberIn(config, 'topology.component.resources.offheap.memory.mb')
  }
  return { cpu: cpu / workers, memory: memory / workers }
}

function numberIn(config: ConfigMap, key: string): number {
  const value = config[key]
  return typeof value === 'number' ? value : 0
}
