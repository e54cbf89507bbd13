/** What a run has counted until a moment, as plain JSON: sums over its workers and their incarnations. */
import type { RunStatus } from '../daemon/report/events.ts'
import type { RunTotals } from '../daemon/report/report.ts'
import { type Plan, subscribersOf, tasksOf } from '../scheduler/plan.ts'
import { ackerCount, userComponents } from '../scheduler/system-topology.ts'
import {
  ACKED,
  BUSY_MS,
  EMITTED,
  EXECUTED,
  FAILED,
  FAILED_EXPLICIT,
  FAILED_LOST,
  FAILED_TIMEOUT,
  FULL_MS,
  HELD_MS,
  ROOTS,
  TRANSFERRED,
  WAITING_MS,
} from '../stats/counters.ts'
import { inputName } from '../stats/failed-inputs.ts'
import type { ComponentMetrics, InputMetrics, Metrics, WorkerMetrics } from '../stats/metrics.ts'
import { type ComponentTotals, countersOf, type WorkerSnapshot } from '../stats/snapshot.ts'
import type { ComponentId, WorkerId } from '../tuple/ids.ts'
import {
  BACKLOG_BYTES,
  BACKLOG_RECORDS,
  DEAD_LETTERED_COUNTER,
  isSystemId,
  REPLAYED_COUNTER,
  WAITING_COUNTER,
} from '../tuple/system-ids.ts'

const SHOWN_KEYS = 10

/** What is known of a run at a moment. Workers report every `topology.stats.interval.ms`. */
export interface RunMetrics extends Metrics {
  readonly topology: string
  readonly status: RunStatus
  /** False where there are no ackers, and so no roots. */
  readonly tracked: boolean
  /** The planned number of workers; `workers` has those that live and have reported. */
  readonly workerCount: number
  /** Frames that were refused as malformed. */
  readonly badFrames: number
  /** The longest that the event loop of a worker was blocked. */
  readonly longestStall: { readonly worker: WorkerId; readonly ms: number }
}

/** What is measured: a run, as far as its metrics need it. */
export interface MeasuredRun {
  readonly plan: Plan
  readonly totals: Pick<RunTotals, 'byComponent' | 'latest' | 'badFrames' | 'longestStall'>
  readonly status: RunStatus
  /** Since the run began. */
  readonly seconds: number
}

/** The metrics of a run now. */
export function metricsOf({ plan, totals, status, seconds }: MeasuredRun): RunMetrics {
  const sums = totals.byComponent()
  const components = userComponents(plan.topology).map(([id]) => [id, componentMetrics(plan, id, sums)] as const)
  return {
    topology: plan.topology.name,
    status,
    seconds,
    tracked: ackerCount(plan.topology) > 0,
    workerCount: plan.workers.length,
    components: Object.fromEntries(components),
    workers: Object.fromEntries([...totals.latest].map(([worker, snapshot]) => [worker, workerMetrics(snapshot)])),
    badFrames: totals.badFrames,
    longestStall: totals.longestStall,
  }
}

function componentMetrics(
  plan: Plan,
  id: ComponentId,
  sums: ReadonlyMap<ComponentId, ComponentTotals>,
): ComponentMetrics {
  const { kind } = plan.topology.components[id]!
  const totals = sums.get(id)!
  const { counters, named, latency, executeTimes, processTimes, queued, pending, gauges, histograms } = totals
  return {
    kind,
    tasks: tasksOf(plan, id).length,
    emitted: counters[EMITTED]!,
    transferred: counters[TRANSFERRED]!,
    executed: counters[EXECUTED]!,
    acked: counters[ACKED]!,
    failed: counters[FAILED]!,
    roots: counters[ROOTS]!,
    failedBy: {
      timeout: counters[FAILED_TIMEOUT]!,
      explicit: counters[FAILED_EXPLICIT]!,
      workerLost: counters[FAILED_LOST]!,
    },
    pending,
    waiting: named[WAITING_COUNTER] ?? 0,
    replayed: named[REPLAYED_COUNTER] ?? 0,
    deadLettered: named[DEAD_LETTERED_COUNTER] ?? 0,
    ...backlogOf(named),
    queued,
    busyMs: counters[BUSY_MS]!,
    waitingMs: counters[WAITING_MS]!,
    completeLatency: latency.data(),
    executeLatency: executeTimes.data(),
    processLatency: processTimes.data(),
    heldMs: counters[HELD_MS]!,
    fullMs: counters[FULL_MS]!,
    ...keysOf(totals),
    streams: [...totals.streams].map(([stream, counts]) => ({ stream, ...counts })),
    inputs: inputsOf(plan, id, sums),
    ...(totals.watermark === undefined ? {} : { watermark: totals.watermark }),
    counters: countersOf(named),
    gauges,
    histograms: Object.fromEntries(Object.entries(histograms).map(([name, values]) => [name, values.data()])),
  }
}

function backlogOf({
  [BACKLOG_RECORDS]: records,
  [BACKLOG_BYTES]: bytes,
}: ComponentTotals['named']): Pick<ComponentMetrics, 'backlogRecords' | 'backlogBytes'> {
  return {
    ...(records === undefined ? {} : { backlogRecords: records }),
    ...(bytes === undefined ? {} : { backlogBytes: bytes }),
  }
}

/** Nothing is counted for it where a tuple is executed: how many go to a bolt follows from what was emitted. */
function inputsOf(plan: Plan, id: ComponentId, sums: ReadonlyMap<ComponentId, ComponentTotals>): InputMetrics[] {
  const inputs = userInputs(plan, id)
  const { counters, failedInputs } = sums.get(id)!
  return inputs.map(({ component, stream, grouping }) => {
    const counts = sums.get(component)?.streams.get(stream)
    const isAlone = subscribersOf(plan, component, stream).length === 1
    const perTuple = grouping.type === 'all' ? tasksOf(plan, id).length : 1
    const isKnown = isAlone || (grouping.type !== 'direct' && grouping.type !== 'custom')
    const sent = isAlone ? (counts?.transferred ?? 0) : (counts?.emitted ?? 0) * perTuple
    return {
      ...{ component, stream, failed: failedInputs.get(inputName({ component, stream })) ?? 0 },
      ...(isKnown ? { sent } : {}),
      ...(inputs.length === 1 ? { acked: counters[ACKED]! } : {}),
    }
  })
}

function userInputs({ topology }: Plan, id: ComponentId) {
  return topology.components[id]!.inputs.filter(
    ({ component, stream }) => !isSystemId(component) && !isSystemId(stream),
  )
}

function keysOf({ hotKeys, keysSeen }: ComponentTotals): Pick<ComponentMetrics, 'hotKeys'> {
  if (keysSeen === 0) return {}
  const hottest = [...hotKeys].sort(([, one], [, other]) => other - one).slice(0, SHOWN_KEYS)
  return { hotKeys: hottest.map(([key, count]) => ({ key, share: count / keysSeen })) }
}

const made = new WeakMap<WorkerSnapshot, WorkerMetrics>()

function workerMetrics(snapshot: WorkerSnapshot): WorkerMetrics {
  const before = made.get(snapshot)
  if (before !== undefined) return before
  const { memoryBytes, cpuMs, heap, gcMs = 0, loopDelayMs = 0, links = [], tasks } = snapshot
  const metrics = {
    memoryBytes,
    cpuMs,
    heapUsedBytes: heap?.usedBytes ?? 0,
    heapLimitBytes: heap?.limitBytes ?? 0,
    gcMs,
    loopDelayMs,
    links,
    tasks: tasks.map(({ task, component, queued, counters }) => ({
      task,
      component,
      queued,
      executed: counters[EXECUTED]!,
      busyMs: counters[BUSY_MS]!,
      heldMs: counters[HELD_MS]!,
      fullMs: counters[FULL_MS]!,
    })),
  }
  made.set(snapshot, metrics)
  return metrics
}
