/** Ports and counts for the specs of groupings. */
import type { Grouping, GroupingPorts } from '../../lib/grouping/grouping.ts'
import { resolveConfig } from '../../lib/topology/config/config.ts'
import { fields } from '../../lib/tuple/fields.ts'
import type { TaskId } from '../../lib/tuple/ids.ts'
import { Prng } from '../../lib/util/prng.ts'

export const SEED = 7_130_921

/** Ports of task 100 of `source`, stream `default` with the fields word, count. */
export function portsOf(targets: readonly TaskId[], more: Partial<GroupingPorts> = {}): GroupingPorts {
  return {
    task: 100,
    component: 'source',
    stream: 'default',
    fields: fields('word', 'count'),
    targets,
    localTargets: [],
    random: new Prng(SEED),
    config: resolveConfig(),
    ...more,
  }
}

/** first, first + 1 … */
export function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index)
}

/** How often each task was chosen in so many calls. */
export function countsOf(
  grouping: Grouping,
  calls: number,
  values: readonly unknown[] = ['word', 1],
): Map<TaskId, number> {
  const counts = new Map<TaskId, number>()
  for (let i = 0; i < calls; i++) {
    for (const task of grouping.choose(values)) counts.set(task, (counts.get(task) ?? 0) + 1)
  }
  return counts
}

/** Tasks → counts, as a list in the order of the tasks. */
export function inOrder(counts: ReadonlyMap<TaskId, number>): [TaskId, number][] {
  return [...counts].sort(([a], [b]) => a - b)
}
