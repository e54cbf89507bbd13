/** What a run shows at a moment: the difference of two samples of its counters, as rates (`stats/rates.ts`). */

import { type Plan, tasksOf } from '../scheduler/plan.ts'
import { ackerCount, userComponents } from '../scheduler/system-topology.ts'
import { ACKED, BUSY_MS, EMITTED, EXECUTED, FAILED } from '../stats/counters.ts'
import { busyShare, completeLatencyMs, executeLatencyMs, perSecond } from '../stats/rates.ts'
import { type ComponentTotals, emptyTotals } from '../stats/snapshot.ts'
import type { ComponentId, TaskId } from '../tuple/ids.ts'
import type { RunStatus } from './events.ts'
import type { Tally } from './report.ts'

/** The counters of a run at one moment. */
export interface Sample {
  readonly atMs: number
  readonly totals: ReadonlyMap<ComponentId, ComponentTotals>
  /** Milliseconds at work, of the tasks that live. */
  readonly busyMs: ReadonlyMap<TaskId, number>
  readonly memoryBytes: number
}

/** What is shown of one component. */
export interface ComponentView {
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

/** What is shown of a run. */
export interface RunView {
  readonly topology: string
  readonly status: RunStatus
  readonly seconds: number
  readonly workers: number
  readonly memoryBytes: number
  /** False where there are no ackers, and so no roots. */
  readonly tracked: boolean
  readonly roots: {
    readonly acked: number
    readonly ackedPerSecond: number
    readonly pending: number
    readonly failed: number
  }
  readonly components: readonly ComponentView[]
}

/** What is known at this moment. */
export function takeSample(tally: Tally, atMs: number): Sample {
  const busyMs = new Map<TaskId, number>()
  let memoryBytes = 0
  for (const snapshot of tally.latest.values()) {
    memoryBytes += snapshot.memoryBytes
    for (const { task, counters } of snapshot.tasks) busyMs.set(task, counters[BUSY_MS])
  }
  return { atMs, totals: tally.totals(), busyMs, memoryBytes }
}

/** What happened from `before` to `now`. */
export function viewOf(
  plan: Plan,
  { status, seconds }: { readonly status: RunStatus; readonly seconds: number },
  before: Sample,
  now: Sample,
): RunView {
  const users = userComponents(plan.topology)
  const components = users.map(([id, { kind }]) => componentView(plan, id, kind, before, now))
  const roots = { acked: 0, ackedPerSecond: 0, pending: 0, failed: 0 }
  for (const [id] of users.filter(([, { kind }]) => kind === 'spout')) {
    const totals = totalsOf(now, id)
    const { counters, pending } = totals
    roots.acked += counters[ACKED]
    roots.ackedPerSecond += perSecond(ACKED, totalsOf(before, id), totals, now.atMs - before.atMs)
    roots.pending += pending
    roots.failed += counters[FAILED]
  }
  return {
    topology: plan.topology.name,
    status,
    seconds,
    workers: plan.workers.length,
    memoryBytes: now.memoryBytes,
    tracked: ackerCount(plan.topology) > 0,
    roots,
    components,
  }
}

function componentView(
  plan: Plan,
  id: ComponentId,
  kind: 'spout' | 'bolt',
  before: Sample,
  now: Sample,
): ComponentView {
  const earlier = totalsOf(before, id)
  const totals = totalsOf(now, id)
  const tasks = tasksOf(plan, id)
  const elapsedMs = now.atMs - before.atMs
  const busyOf = (task: TaskId, sample: Sample) => sample.busyMs.get(task) ?? 0
  return {
    id,
    kind,
    tasks: tasks.length,
    emittedPerSecond: perSecond(EMITTED, earlier, totals, elapsedMs),
    executedPerSecond: perSecond(EXECUTED, earlier, totals, elapsedMs),
    capacity: Math.max(...tasks.map((task) => busyShare(busyOf(task, before), busyOf(task, now), elapsedMs))),
    latencyMs: kind === 'spout' ? completeLatencyMs(earlier, totals) : executeLatencyMs(earlier, totals),
    failed: totals.counters[FAILED],
    queued: totals.queued,
  }
}

function totalsOf(sample: Sample, id: ComponentId): ComponentTotals {
  return sample.totals.get(id) ?? emptyTotals()
}
