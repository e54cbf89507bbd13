/** What a load-aware shuffle learns: how full the queues are, and how near their tasks. */
import type { LoadView } from '../../grouping/grouping.ts'
import type { Plan } from '../../scheduler/plan.ts'
import type { TaskId, WorkerId } from '../../tuple/ids.ts'
import type { Executors } from './build/build-executors.ts'

/** @param loads of the tasks of other workers, 0 to 1 and over, as they last reported */
export function refreshLoads(
  { inboxes, groupings }: Pick<Executors, 'inboxes' | 'groupings'>,
  plan: Plan,
  worker: WorkerId,
  loads: ReadonlyMap<TaskId, number>,
): void {
  const plans = new Map(plan.workers.map((one) => [one.worker, one]))
  const own = plans.get(worker)
  const view: LoadView = {
    loadOf: (task) => inboxes[task]?.load ?? loads.get(task) ?? 0,
    scopeOf(task) {
      const home = plan.tasks[task - 1]!.worker
      if (home === worker) return 'worker'
      const other = plans.get(home)
      if (other?.host === own?.host) return 'host'
      return other?.rack !== undefined && other.rack === own?.rack ? 'rack' : 'everything'
    },
  }
  for (const grouping of groupings) grouping.refresh?.(view)
}
