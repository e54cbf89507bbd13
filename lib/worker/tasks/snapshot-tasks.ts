/** The tasks of a worker as they are reported: counters, queues, latencies. */

import type { Executor } from '../../executor/task/executor.ts'
import type { TaskCounts } from '../../messaging/control.ts'
import { countersReported, EMITTED, EXECUTED } from '../../stats/counters.ts'
import type { TaskSnapshot } from '../../stats/snapshot.ts'
import { BACKLOG_BYTES, BACKLOG_RECORDS, HELD_COUNTER } from '../../tuple/system-ids.ts'
import type { Executors } from './build/build-executors.ts'
import type { TaskTime } from './build/task-times.ts'
import type { WorkerTaskContext } from './context/task-context.ts'

/** The counters as they are now. */
export function countTasks({ all, contexts, stopwatches }: Executors): Required<TaskCounts>[] {
  for (const stopwatch of stopwatches) stopwatch.settle()
  return all.map(({ task, component, counters }) => ({
    task,
    component,
    counters: countersReported(counters),
    named: { ...contexts.get(task)!.named },
  }))
}

/** The whole report. */
export function snapshotTasks(executors: Executors): TaskSnapshot[] {
  const counts = countTasks(executors)
  return executors.all.map((executor, index) => ({
    ...counts[index]!,
    named: { ...counts[index]!.named, ...backlogOf(executor) },
    queued: executor.inbox.size,
    load: executor.inbox.load,
    pending: executor.pending,
    latency: executor.latency(),
    ...timesOf(executor),
    ...flowOf(executor, executors.times.get(executor.task)),
    ...measuredIn(executors.contexts.get(executor.task)!),
  }))
}

function backlogOf({ backlog }: Executor): Record<string, number> {
  const { records, bytes } = backlog ?? {}
  return {
    ...(records === undefined ? {} : { [BACKLOG_RECORDS]: records }),
    ...(bytes === undefined ? {} : { [BACKLOG_BYTES]: bytes }),
  }
}

function timesOf({ times, keys }: Executor): Pick<TaskSnapshot, 'executeTimes' | 'processTimes' | 'hotKeys'> {
  if (times === undefined) return {}
  const taken = { executeTimes: times.execution.data(), processTimes: times.processing.data() }
  return keys === undefined ? taken : { ...taken, hotKeys: keys.seen }
}

/** What goes through it, by stream, and how far event time has come. */
function flowOf(
  { emitter, failedInputs }: Executor,
  time: TaskTime | undefined,
): Pick<TaskSnapshot, 'streams' | 'failedInputs' | 'watermark'> {
  const watermark = time?.watermark
  return {
    streams: emitter.emitted,
    failedInputs: failedInputs?.all ?? [],
    ...(watermark === undefined || !Number.isFinite(watermark) ? {} : { watermark }),
  }
}

/** What the component measures by itself, beside what it counts. */
function measuredIn(context: WorkerTaskContext): Pick<TaskSnapshot, 'gauges' | 'histograms'> {
  return { gauges: context.readGauges(), histograms: context.metrics.histograms }
}

/** How much all tasks have emitted and executed in their lives. */
export function activityOf({ all }: Executors): number {
  return all.reduce(
    (sum, { counters, ticks }) => sum + countersReported(counters)[EMITTED]! + counters[EXECUTED]! - ticks,
    0,
  )
}

/** Roots in flight of these tasks, and tuples that they hold until the input ends. */
export function owedBy({ all, contexts }: Executors): { readonly pending: number; readonly held: number } {
  let pending = 0
  let held = 0
  for (const executor of all) pending += executor.pending
  for (const { named } of contexts.values()) held += named[HELD_COUNTER] ?? 0
  return { pending, held }
}
