/** How fast a run goes: the difference of two of its metrics, as rates (`stats/rates.ts`). Pure. */
import { busyShare, completeLatencyMs, executeLatencyMs, perSecond } from '../stats/rates.ts'
import type { ComponentId, TaskId } from '../tuple/ids.ts'
import type { RunMetrics } from './metrics.ts'

/** The rates of one component between two metrics; `failed` and `queued` as of the second. */
export interface ComponentRates {
  readonly id: ComponentId
  readonly kind: 'spout' | 'bolt'
  readonly tasks: number
  readonly emittedPerSecond: number
  readonly executedPerSecond: number
  /** 0 to 1, of the busiest task. */
  readonly capacity: number
  /**
   * Bolt: mean time of a tuple in execute and in its promise. Spout: median from emit to ack. Unknown where there was
   * none.
   */
  readonly latencyMs: number | undefined
  /** Since the start. */
  readonly failed: number
  /** Tuples that wait now. */
  readonly queued: number
}

/** The rates of a run between two metrics. */
export interface RunRates {
  /** The memory of all workers that live. */
  readonly memoryBytes: number
  readonly roots: {
    readonly acked: number
    readonly ackedPerSecond: number
    readonly pending: number
    readonly failed: number
  }
  readonly components: readonly ComponentRates[]
}

/** What happened from `before` to `now`, two metrics of one run. */
export function ratesBetween(before: RunMetrics, now: RunMetrics): RunRates {
  const ms = (now.seconds - before.seconds) * 1000
  const busyMsBefore = busyMsByTask(before)
  const components = Object.entries(now.components).map(([id, component]): ComponentRates => {
    const { kind, tasks, failed, queued } = component
    const earlier = before.components[id] ?? component
    const ofComponent = Object.values(now.workers).flatMap((worker) =>
      worker.tasks.filter((task) => task.component === id),
    )
    return {
      id,
      kind,
      tasks,
      emittedPerSecond: perSecond(earlier.emitted, component.emitted, ms),
      executedPerSecond: perSecond(earlier.executed, component.executed, ms),
      capacity: Math.max(0, ...ofComponent.map((task) => busyShare(busyMsBefore.get(task.task) ?? 0, task.busyMs, ms))),
      latencyMs:
        kind === 'spout'
          ? completeLatencyMs(earlier.completeLatency, component.completeLatency)
          : executeLatencyMs(earlier, component),
      failed,
      queued,
    }
  })
  const memoryBytes = Object.values(now.workers).reduce((sum, worker) => sum + worker.memoryBytes, 0)
  return { memoryBytes, roots: rootRates(before, now, ms), components }
}

function rootRates(before: RunMetrics, now: RunMetrics, ms: number): RunRates['roots'] {
  const roots = { acked: 0, ackedPerSecond: 0, pending: 0, failed: 0 }
  for (const [id, { kind, acked, pending, failed }] of Object.entries(now.components)) {
    if (kind !== 'spout') continue
    roots.acked += acked
    roots.ackedPerSecond += perSecond(before.components[id]?.acked ?? acked, acked, ms)
    roots.pending += pending
    roots.failed += failed
  }
  return roots
}

function busyMsByTask({ workers }: RunMetrics): ReadonlyMap<TaskId, number> {
  return new Map(Object.values(workers).flatMap(({ tasks }) => tasks.map(({ task, busyMs }) => [task, busyMs])))
}
