/** The links of a worker to all others, between its executors and what goes on beside them. */
import { type Plan, tasksIn, workerIds } from '../scheduler/plan.ts'
import { resolveConfig } from '../topology/config/config.ts'
import type { TaskId, WorkerId } from '../tuple/ids.ts'
import type { Tuple } from '../tuple/tuple.ts'
import { Mesh, type MeshPorts } from './links/mesh.ts'
import { TupleGuard } from './links/tuple-guard.ts'
import type { Executors } from './tasks/build/build-executors.ts'
import { sourceTable } from './tasks/build/source-table.ts'
import type { WorkerPorts } from './worker-ports.ts'

/** Who hears what comes over them. */
export interface MeshEvents extends Pick<MeshPorts, 'onSilent' | 'onLost' | 'onTrouble' | 'onLinked'> {
  readonly worker: WorkerPorts
  /** A tuple, before it is in its inbox. Hot. */
  came(sender: WorkerId, target: TaskId, tuple: Tuple): void
  /** A mark of a snapshot. */
  marked(sender: WorkerId, snapshot: number): void
  /** Who was held back may not be any more. */
  wake(): void
}

export function makeMesh(plan: Plan, { backpressure, inboxes }: Executors, events: MeshEvents): Mesh {
  const { clock, network, identity } = events.worker
  const guard = new TupleGuard(plan, identity.worker)
  return new Mesh(workerIds(plan), {
    ...events,
    ...{ clock, network, identity },
    config: resolveConfig(plan.topology.config),
    sourceOf: sourceTable(plan),
    workerOf: (task) => plan.tasks[task - 1]?.worker,
    deliver: (target, tuple, sender) => {
      guard.check(target, tuple)
      events.came(sender, target, tuple)
      inboxes[target]!.push(tuple)
    },
    onMark: (sender, number) => events.marked(sender, number),
    congestedTasks: () => tasksIn(plan, identity.worker).filter((task) => backpressure.isCongested(task)),
    onCongestion: (tasks, congested) => {
      for (const task of tasks) backpressure.setTask(task, congested)
      events.wake()
    },
    onFull: (worker, full) => {
      backpressure.setLink(worker, full)
      events.wake()
    },
  })
}
