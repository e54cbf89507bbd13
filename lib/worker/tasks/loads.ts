/** What a load-aware shuffle learns: how full the queues are, and how near their tasks. All workers run on one host. */
import type { Plan } from '../../scheduler/plan.ts'
import type { TaskId, WorkerId } from '../../tuple/ids.ts'
import type { Executors } from './build-executors.ts'

/** @param loads of the tasks of other workers, 0 to 1 and over, as they last reported */
export function refreshLoads(
  executors: Executors,
  plan: Plan,
  worker: WorkerId,
  loads: ReadonlyMap<TaskId, number>,
): void {
  const view = {
    loadOf: (task: TaskId) => executors.inboxes[task]?.load ?? loads.get(task) ?? 0,
    scopeOf: (task: TaskId) => (plan.tasks[task - 1]!.worker === worker ? ('worker' as const) : ('host' as const)),
  }
  for (const grouping of executors.groupings) grouping.refresh?.(view)
}
