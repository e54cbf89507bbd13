/** How large a topology is, in the words of every command. */
import { userComponents } from '../../scheduler/system-topology.ts'
import { resolveConfig } from '../../topology/config/config.ts'
import { sizeOf, type Topology } from '../../topology/topology.ts'
import { plural } from './numbers.ts'

/** Of its own: without the ackers and what else the runtime adds. */
export function sizeText(topology: Topology): string {
  const components = userComponents(topology)
  const tasks = components.reduce((sum, [, spec]) => sum + sizeOf(topology, spec).tasks, 0)
  return countsText(components.length, tasks, resolveConfig(topology.config)['topology.workers'])
}

/** `2 components, 5 tasks, 2 workers` */
export function countsText(components: number, tasks: number, workers: number): string {
  return [plural(components, 'component'), plural(tasks, 'task'), plural(workers, 'worker')].join(', ')
}
