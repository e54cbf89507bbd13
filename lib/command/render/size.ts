/** How large a topology is, in the words of every command. */
import type { TopologySize } from '../../run/index.ts'
import { plural } from './numbers.ts'

/** `2 components, 5 tasks, 2 workers` */
export function sizeText({ components, tasks, workers }: TopologySize): string {
  return [plural(components, 'component'), plural(tasks, 'task'), plural(workers, 'worker')].join(', ')
}
