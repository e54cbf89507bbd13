/** How fast a run goes: the difference of two of its metrics, as rates (`rates.ts`). Pure. */
import type { ComponentId, TaskId } from '../tuple/ids.ts'
import { type Metrics, memoryBytesOf } from './metrics.ts'
import { busyShare, completeLatencyMs, executeLatencyMs, perSecond } from './rates.ts'

/** The rates of one component between two metrics; `failed` and `queued` as of the second. */
export interface ComponentRates {
  readonly id: ComponentId
  readonly kind: 'spout' | 'bolt'
  readonly tasks: number
  readonly emittedPerSecond: number
  readonly executedPerSecond: number
  /** Bolt: tuples; spout: roots. */
  readonly ackedPerSecond: number
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
  /** The processor time of all workers that live, as cores that are busy all the time. */
  readonly cores: number
  readonly roots: {
    readonly acked: number
    readonly ackedPerSecond: number
    readonly pending: number
    readonly failed: number
  }
  readonly components: readonly ComponentRates[]
}

/** What happened from `before` to `now`, two metrics of one run. */
export function ratesBetween(before: Metrics, now: Metrics): RunRates
/** Undefined where one of them is, as of a run whose workers had not been started. */
export function ratesBetween(before: Metrics | undefined, now: Metrics | undefined): RunRates | undefined
/** Both. */
export function ratesBetween(before: Metrics | undefined, now: Metrics | undefined): RunRates | undefined {
  if (before === undefined || now === undefined) return undefined
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
      ackedPerSecond: perSecond(earlier.acked, component.acked, ms),
      capacity: Math.max(0, ...ofComponent.map((task) => busyShare(busyMsBefore.get(task.task) ?? 0, task.busyMs, ms))),
      latencyMs:
        kind === 'spout'
          ? completeLatencyMs(earlier.completeLatency, component.completeLatency)
          : executeLatencyMs(earlier, component),
      failed,
      queued,
    }
  })
  return {
    memoryBytes: memoryBytesOf(now),
    cores: coresBetween(before, now, ms),
    roots: rootRates(now, components),
    components,
  }
}

function rootRates(now: Metrics, components: readonly ComponentRates[]): RunRates['roots'] {
  const roots = { acked: 0, ackedPerSecond: 0, pending: 0, failed: 0 }
  for (const { id, kind, ackedPerSecond, failed } of components) {
    if (kind !== 'spout') continue
    const { acked, pending } = now.components[id]!
    roots.acked += acked
    roots.ackedPerSecond += ackedPerSecond
    roots.pending += pending
    roots.failed += failed
  }
  return roots
}

/** A worker that was started again counts from 0. */
function coresBetween(before: Metrics, now: Metrics, ms: number): number {
  const cores = Object.entries(now.workers).map(([worker, { cpuMs }]) => {
    const earlier = before.workers[Number(worker)]?.cpuMs ?? 0
    return perSecond(cpuMs >= earlier ? earlier : 0, cpuMs, ms) / 1000
  })
  return cores.reduce((sum, one) => sum + one, 0)
}

function busyMsByTask({ workers }: Metrics): ReadonlyMap<TaskId, number> {
  return new Map(Object.values(workers).flatMap(({ tasks }) => tasks.map(({ task, busyMs }) => [task, busyMs])))
}
