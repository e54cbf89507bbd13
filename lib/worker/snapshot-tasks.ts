/** The tasks of a worker as they are reported: counters, queues, latencies. */
import type { TaskSnapshot } from '../stats/snapshot.ts'
import type { Executors } from './build-executors.ts'

/** The counters as they are now. */
export function snapshotTasks({ all, contexts }: Executors): TaskSnapshot[] {
  return all.map((executor) => ({
    task: executor.task,
    component: executor.component,
    counters: [...executor.counters],
    named: { ...contexts.get(executor.task)!.named },
    queued: executor.inbox.size,
    load: executor.inbox.load,
    pending: executor.pending,
    latency: executor.latency(),
  }))
}
