/** What a worker reports of its tasks, as plain data, and how reports add up over workers and their incarnations. */

import { list, number, object, orNull, pair, record, type Shape, type Shaped, text, whole } from '../shape/guards.ts'
import type { ComponentId, StreamId, TaskId, WorkerId } from '../tuple/ids.ts'
import {
  BACKLOG_BYTES,
  BACKLOG_RECORDS,
  DEAD_LETTERED_COUNTER,
  LEFT_COUNTER,
  REPLAYED_COUNTER,
  WAITING_COUNTER,
} from '../tuple/system-ids.ts'
import { COUNTERS, EXECUTED, makeCounters } from './counters.ts'
import { inputName } from './failed-inputs.ts'
import { Histogram, isHistogramData } from './histogram.ts'
import type { SeenKeys } from './hot-keys.ts'

const numbers = list(number)
const counters: Shape<readonly number[]> = (value): value is readonly number[] =>
  numbers(value) && value.length === COUNTERS

const taskSnapshot = object(
  {
    task: whole(1) as Shape<TaskId>,
    component: text() as Shape<ComponentId>,
    counters,
    /** JSON makes null of what is not a finite number; user code may count so. */
    named: record(orNull(number) as Shape<number>),
    /** Tuples that wait for this task. */
    queued: whole(),
    /** How full its queue is, 0 to 1 and over. */
    load: number,
    /** Roots in flight, of a spout. */
    pending: whole(),
    /** Emit to ack in microseconds, of a spout. */
    latency: isHistogramData,
  },
  {
    /** Of some tuples of a bolt: in `execute` and its promise, and until they were acked. Microseconds. */
    executeTimes: isHistogramData,
    processTimes: isHistogramData,
    /** Of a bolt with a fields grouping: the keys of some of its tuples. */
    hotKeys: object({ keys: list(pair(text(100), number)), total: number }),
    /** What the component measures by itself, beside what it counts. */
    gauges: record(orNull(number) as Shape<number>),
    histograms: record(isHistogramData),
    /** What it has emitted on each of its streams. */
    streams: list(object({ stream: text() as Shape<StreamId>, emitted: number, transferred: number })),
    /** How many tuples of each of its inputs a bolt has failed. */
    failedInputs: list(
      object({ component: text() as Shape<ComponentId>, stream: text() as Shape<StreamId>, failed: number }),
    ),
    /** How far event time has come for it; left out where nowhere. */
    watermark: number,
  },
)
/** What a worker reports of one of its tasks. */
export type TaskSnapshot = Shaped<typeof taskSnapshot>

const openCommit = object(
  {
    task: whole(1) as Shape<TaskId>,
    component: text() as Shape<ComponentId>,
    /** The snapshot up to which it is to commit. */
    snapshot: whole(1),
    forMs: number,
    /** So often it has failed, one time after the other. */
    failures: whole(),
  },
  {
    /** Why it has failed the last time. */
    why: object({ code: text(), message: text() }, { hint: text() }),
  },
)
/** A task that cannot commit what it has written, or takes long for it. */
export type OpenCommit = Shaped<typeof openCommit>

/** `waitingBytes` are those that the network has not taken yet, or for which there is no link. */
const linkSnapshot = object({ worker: whole() as Shape<WorkerId>, sentBytes: number, waitingBytes: number })
/** What a worker has sent to another one. */
export type LinkSnapshot = Shaped<typeof linkSnapshot>

const heapSnapshot = object({ usedBytes: whole(), limitBytes: whole() })

/** Whether a value that came from a worker is a report. */
export const isWorkerSnapshot = object(
  {
    tasks: list(taskSnapshot),
    memoryBytes: whole(),
    cpuMs: number,
    /** Longest stall of the event loop since the last report, milliseconds. */
    stallMs: number,
    /** Frames that were refused as malformed. */
    badFrames: whole(),
  },
  {
    commits: list(openCommit),
    /** What V8 has of it. */
    heap: heapSnapshot,
    /** Time that the collector took since the start, milliseconds. */
    gcMs: number,
    /** To each other worker that it has a link to. */
    links: list(linkSnapshot),
    /** How late the event loop came to a timer at most, in 99 of 100 cases since the last report, milliseconds. */
    loopDelayMs: number,
  },
)
/** What a worker reports. */
export type WorkerSnapshot = Shaped<typeof isWorkerSnapshot>

/** A gauge over the tasks of a component. */
export interface GaugeLevels {
  readonly sum: number
  readonly least: number
  readonly most: number
}

/** Sums of one component's tasks. */
export interface ComponentTotals {
  readonly counters: Float64Array
  readonly named: Record<string, number>
  readonly latency: Histogram
  readonly executeTimes: Histogram
  readonly processTimes: Histogram
  /** How many of the tuples executed had which key, as far as it was looked at; and of how many it was. */
  readonly hotKeys: Map<string, number>
  keysSeen: number
  /** Of the tasks that are there now. */
  readonly gauges: Record<string, GaugeLevels>
  readonly histograms: Record<string, Histogram>
  /** By stream. */
  readonly streams: Map<StreamId, { emitted: number; transferred: number }>
  /** By `inputName`. */
  readonly failedInputs: Map<string, number>
  /** The least of those of its tasks that have one. */
  watermark: number | undefined
  queued: number
  pending: number
}

/** What has a place of its own beside what components count. */
const OWN_PLACE: readonly string[] = [
  ...[REPLAYED_COUNTER, DEAD_LETTERED_COUNTER, WAITING_COUNTER, LEFT_COUNTER],
  ...[BACKLOG_RECORDS, BACKLOG_BYTES],
]

/** What a component counts of its own, with `context.count`: late tuples and duplicates, for instance. */
export function countersOf(named: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(named).filter(([name]) => !OWN_PLACE.includes(name)))
}

/** Nothing counted yet. */
export function emptyTotals(): ComponentTotals {
  return {
    counters: makeCounters(),
    named: {},
    latency: new Histogram(),
    executeTimes: new Histogram(),
    processTimes: new Histogram(),
    hotKeys: new Map(),
    keysSeen: 0,
    gauges: {},
    histograms: {},
    streams: new Map(),
    failedInputs: new Map(),
    watermark: undefined,
    queued: 0,
    pending: 0,
  }
}

/** Adds the counts of one task to those of its component. */
export function addTask(totals: ComponentTotals, task: TaskSnapshot): void {
  for (const [index, value] of task.counters.entries()) totals.counters[index]! += value
  for (const [name, value] of Object.entries(task.named)) totals.named[name] = (known(totals.named, name) ?? 0) + value
  addMeasured(totals, task)
  addStreams(totals, task)
  totals.latency.add(task.latency)
  totals.executeTimes.add(task.executeTimes ?? [])
  totals.processTimes.add(task.processTimes ?? [])
  if (task.hotKeys !== undefined) addKeys(totals, task.hotKeys, task.counters[EXECUTED]!)
  totals.queued += task.queued
  totals.pending += task.pending
}

function addStreams(totals: ComponentTotals, { streams = [], failedInputs = [], watermark }: TaskSnapshot): void {
  for (const { stream, emitted, transferred } of streams) {
    const before = totals.streams.get(stream) ?? { emitted: 0, transferred: 0 }
    const sum = { emitted: before.emitted + emitted, transferred: before.transferred + transferred }
    totals.streams.set(stream, sum)
  }
  for (const { failed, ...input } of failedInputs)
    totals.failedInputs.set(inputName(input), (totals.failedInputs.get(inputName(input)) ?? 0) + failed)
  if (watermark !== undefined) totals.watermark = Math.min(totals.watermark ?? watermark, watermark)
}

function addMeasured(totals: ComponentTotals, { gauges = {}, histograms = {} }: TaskSnapshot): void {
  for (const [name, value] of Object.entries(gauges)) {
    const { sum, least, most } = known(totals.gauges, name) ?? { sum: 0, least: value, most: value }
    totals.gauges[name] = { sum: sum + value, least: Math.min(least, value), most: Math.max(most, value) }
  }
  for (const [name, data] of Object.entries(histograms)) {
    totals.histograms[name] = known(totals.histograms, name) ?? new Histogram()
    totals.histograms[name].add(data)
  }
}

/** What stands under a name, which may be any: `constructor`, for instance. */
function known<T>(all: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(all, name) ? all[name] : undefined
}

/** The sum of two reports of one task, of incarnations that are gone. */
export function mergeTasks(before: TaskSnapshot | undefined, task: TaskSnapshot): TaskSnapshot {
  if (before === undefined) return task
  const sum = emptyTotals()
  addTask(sum, before)
  addTask(sum, task)
  return { ...task, counters: [...sum.counters], named: sum.named, ...latenciesOf(sum), ...streamsOf(sum) }
}

function streamsOf({ streams, failedInputs }: ComponentTotals): Pick<TaskSnapshot, 'streams' | 'failedInputs'> {
  return {
    streams: [...streams].map(([stream, counts]) => ({ stream, ...counts })),
    failedInputs: [...failedInputs].map(([name, failed]) => {
      const [component, stream] = JSON.parse(name)
      return { component, stream, failed }
    }),
  }
}

function latenciesOf({
  latency,
  executeTimes,
  processTimes,
  histograms,
}: ComponentTotals): Pick<TaskSnapshot, 'latency' | 'executeTimes' | 'processTimes' | 'histograms'> {
  return {
    latency: latency.data(),
    executeTimes: executeTimes.data(),
    processTimes: processTimes.data(),
    histograms: Object.fromEntries(Object.entries(histograms).map(([name, values]) => [name, values.data()])),
  }
}

/** A part of the tuples of each task was looked at, which need not be the same part. */
function addKeys(totals: ComponentTotals, { keys, total }: SeenKeys, executed: number): void {
  if (total === 0) return
  totals.keysSeen += executed
  for (const [key, count] of keys) totals.hotKeys.set(key, (totals.hotKeys.get(key) ?? 0) + (count / total) * executed)
}
