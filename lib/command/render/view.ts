/**
 * What a run shows at a moment: the difference of two samples of its counters, as rates. Pure, samples in, numbers out.
 *
 * Capacity is Storm's: the share of the time that a component's busiest task was at work. All tasks of a worker share
 * its one thread, so that the capacities of one worker add up to 100 % at most.
 */
import type { RunStatus } from '../../daemon/events.ts'
import type { Tally } from '../../daemon/report.ts'
import { type Plan, tasksOf } from '../../scheduler/plan.ts'
import { ackerCount, userComponents } from '../../scheduler/system-topology.ts'
import { ACKED, BUSY_MS, EMITTED, EXECUTED, FAILED, WAITING_MS } from '../../stats/counters.ts'
import { Histogram } from '../../stats/histogram.ts'
import { type ComponentTotals, emptyTotals } from '../../stats/snapshot.ts'
import type { ComponentId, TaskId } from '../../tuple/ids.ts'

/** The counters of a run at one moment. */
export interface Sample {
  readonly atMs: number
  readonly totals: ReadonlyMap<ComponentId, ComponentTotals>
  /** Milliseconds at work, of the tasks that live. */
  readonly busyMs: ReadonlyMap<TaskId, number>
  readonly memoryBytes: number
}

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
    const { counters, pending } = totalsOf(now, id)
    roots.acked += counters[ACKED]
    roots.ackedPerSecond += perSecond(ACKED, id, before, now)
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
  const totals = totalsOf(now, id)
  const tasks = tasksOf(plan, id)
  return {
    id,
    kind,
    tasks: tasks.length,
    emittedPerSecond: perSecond(EMITTED, id, before, now),
    executedPerSecond: perSecond(EXECUTED, id, before, now),
    capacity: Math.max(...tasks.map((task) => busyShare(task, before, now))),
    latencyMs:
      kind === 'spout' ? medianLatency(totalsOf(before, id), totals) : executeLatency(totalsOf(before, id), totals),
    failed: totals.counters[FAILED],
    queued: totals.queued,
  }
}

function totalsOf(sample: Sample, id: ComponentId): ComponentTotals {
  return sample.totals.get(id) ?? emptyTotals()
}

function perSecond(counter: number, id: ComponentId, before: Sample, now: Sample): number {
  const ms = now.atMs - before.atMs
  const difference = totalsOf(now, id).counters[counter] - totalsOf(before, id).counters[counter]
  return ms > 0 ? (Math.max(0, difference) * 1000) / ms : 0
}

/**
 * A worker that was started again counts from 0; reports that come a little late or early do not make it more than all
 * the time.
 */
function busyShare(task: TaskId, before: Sample, now: Sample): number {
  const ms = now.atMs - before.atMs
  const latest = now.busyMs.get(task) ?? 0
  const earlier = before.busyMs.get(task) ?? 0
  return ms > 0 ? Math.min(1, (latest >= earlier ? latest - earlier : latest) / ms) : 0
}

function executeLatency(before: ComponentTotals, now: ComponentTotals): number | undefined {
  const difference = (counter: number) => now.counters[counter] - before.counters[counter]
  const executed = difference(EXECUTED)
  return executed > 0 ? (difference(BUSY_MS) + difference(WAITING_MS)) / executed : undefined
}

function medianLatency(before: ComponentTotals, now: ComponentTotals): number | undefined {
  const between = new Histogram()
  between.add(now.latency.data())
  between.add(before.latency.data().map((value, index) => (index % 2 === 0 ? value : -value)))
  return between.total > 0 ? between.percentile(0.5) / 1000 : undefined
}
