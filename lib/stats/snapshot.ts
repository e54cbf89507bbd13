/** What a worker reports of its tasks, as plain data, and how reports add up over workers and their incarnations. */
import type { ComponentId, TaskId } from '../tuple/ids.ts'
import { list, number, object, record, type Shape, text, whole } from '../util/shape.ts'
import { COUNTERS, makeCounters } from './counters.ts'
import { Histogram, type HistogramData, isHistogramData } from './histogram.ts'

export interface TaskSnapshot {
  readonly task: TaskId
  readonly component: ComponentId
  readonly counters: readonly number[]
  readonly named: Readonly<Record<string, number>>
  /** Tuples that wait for this task. */
  readonly queued: number
  /** How full its queue is, 0 to 1 and over. */
  readonly load: number
  /** Roots in flight, of a spout. */
  readonly pending: number
  /** Emit to ack in microseconds, of a spout. */
  readonly latency: HistogramData
}

export interface WorkerSnapshot {
  readonly tasks: readonly TaskSnapshot[]
  readonly memoryBytes: number
  readonly cpuMs: number
  /** Longest stall of the event loop since the last report, milliseconds. */
  readonly stallMs: number
  /** Frames that were refused as malformed. */
  readonly badFrames: number
}

/** JSON makes null of what is not a finite number; user code may count so. */
const counted: Shape = (value) => value === null || number(value)

/** Whether a value that came from a worker is a report. */
export const isWorkerSnapshot: Shape = object({
  tasks: list(
    object({
      task: whole(1),
      component: text(),
      counters: (value) => list(number)(value) && (value as unknown[]).length === COUNTERS,
      named: record(counted),
      queued: whole(),
      load: number,
      pending: whole(),
      latency: isHistogramData,
    }),
  ),
  memoryBytes: whole(),
  cpuMs: number,
  stallMs: number,
  badFrames: whole(),
})

/** Sums of one component's tasks. */
export interface ComponentTotals {
  readonly counters: Float64Array
  readonly named: Record<string, number>
  readonly latency: Histogram
  queued: number
  pending: number
}

/** Nothing counted yet. */
export function emptyTotals(): ComponentTotals {
  return { counters: makeCounters(), named: {}, latency: new Histogram(), queued: 0, pending: 0 }
}

/** Adds the counts of one task to those of its component. */
export function addTask(totals: ComponentTotals, task: TaskSnapshot): void {
  for (const [index, value] of task.counters.entries()) totals.counters[index]! += value
  for (const [name, value] of Object.entries(task.named)) totals.named[name] = (totals.named[name] ?? 0) + value
  totals.latency.add(task.latency)
  totals.queued += task.queued
  totals.pending += task.pending
}

/** The sum of two reports of one task, of incarnations that are gone. */
export function mergeTasks(before: TaskSnapshot | undefined, task: TaskSnapshot): TaskSnapshot {
  if (before === undefined) return task
  const sum = emptyTotals()
  addTask(sum, before)
  addTask(sum, task)
  return { ...task, counters: [...sum.counters], named: sum.named, latency: sum.latency.data() }
}
