/** What a run has counted until a moment, as plain JSON: sums over its workers and their incarnations. */
import type { ComponentId, StreamId, TaskId, WorkerId } from '../tuple/ids.ts'
import type { HistogramData } from './histogram.ts'
import type { GaugeLevels, LinkSnapshot } from './snapshot.ts'

/** The metrics of one component, over all its tasks. */
export interface ComponentMetrics {
  readonly kind: 'spout' | 'bolt'
  readonly tasks: number
  /** Tuples emitted; and copies of them that were sent to tasks. */
  readonly emitted: number
  readonly transferred: number
  readonly executed: number
  /** Bolt: tuples; spout: roots. */
  readonly acked: number
  readonly failed: number
  /** The roots that a spout has emitted, and how those failed that did. */
  readonly roots: number
  readonly failedBy: { readonly timeout: number; readonly explicit: number; readonly workerLost: number }
  /** The roots of a spout that are in flight now. */
  readonly pending: number
  /** The roots of a `ReliableSpout` that wait for their replay now, were replayed, and became dead letters. */
  readonly waiting: number
  readonly replayed: number
  readonly deadLettered: number
  /** What a spout has not emitted of its input yet, where it knows that. */
  readonly backlogRecords?: number
  readonly backlogBytes?: number
  /** Tuples that wait for a task now. */
  readonly queued: number
  /** Time in `execute` or `nextTuple`, and from their return until their promises settle, milliseconds. */
  readonly busyMs: number
  readonly waitingMs: number
  /**
   * The latency of a spout's roots from emit to ack, in microseconds: `[bucket, count, bucket, count …]`. A `Histogram`
   * adds several up, and has the percentiles.
   */
  readonly completeLatency: HistogramData
  /**
   * Of some tuples of a bolt, as `completeLatency`: how long it was in `execute` and its promise, and how long it
   * was from there until it was acked.
   */
  readonly executeLatency: HistogramData
  readonly processLatency: HistogramData
  /** Time in which its tasks were held back by others, and in which their inboxes were full, milliseconds. */
  readonly heldMs: number
  readonly fullMs: number
  /** Where it has a fields grouping: the keys that come most often, and their shares of all tuples, 0 to 1. */
  readonly hotKeys?: readonly { readonly key: string; readonly share: number }[]
  /** What the component has counted by itself with `context.count`. */
  readonly counters: Readonly<Record<string, number>>
  /** What it measures by itself: gauges of the tasks that are there now, and histograms, of thousandths. */
  readonly gauges: Readonly<Record<string, GaugeLevels>>
  readonly histograms: Readonly<Record<string, HistogramData>>
  /** What it has emitted on each of its streams. */
  readonly streams: readonly StreamMetrics[]
  /** What has come to a bolt from each of its inputs. */
  readonly inputs: readonly InputMetrics[]
  /** How far event time has come for all of its tasks; left out where nowhere. */
  readonly watermark?: number
}

/** What a component has emitted on a stream. */
export interface StreamMetrics {
  readonly stream: StreamId
  readonly emitted: number
  readonly transferred: number
}

/** What has come to a bolt on a stream of another component. */
export interface InputMetrics {
  readonly component: ComponentId
  readonly stream: StreamId
  /** Tuples that were sent to it; left out where its grouping alone knows how many of those that were emitted. */
  readonly sent?: number
  /** Left out where the bolt has other inputs: it counts its acks for all of them together. */
  readonly acked?: number
  readonly failed: number
}

/** The last report of a worker that lives. */
export interface WorkerMetrics {
  readonly memoryBytes: number
  /** Processor time since its start, milliseconds. */
  readonly cpuMs: number
  /** What V8 has in use, and may have at most; 0 where it is not known. */
  readonly heapUsedBytes: number
  readonly heapLimitBytes: number
  /** Time that its collector took since its start, milliseconds. */
  readonly gcMs: number
  /** How late its event loop came to a timer, in 99 of 100 cases at most, milliseconds. */
  readonly loopDelayMs: number
  /** What it has sent to others, and what waits to be. */
  readonly links: readonly LinkSnapshot[]
  readonly tasks: readonly {
    readonly task: TaskId
    readonly component: ComponentId
    /** Tuples that wait. */
    readonly queued: number
    readonly executed: number
    readonly busyMs: number
    readonly heldMs: number
    readonly fullMs: number
  }[]
}

/** What was counted until a moment. */
export interface Metrics {
  /** Since the start of the run. */
  readonly seconds: number
  readonly components: Readonly<Record<ComponentId, ComponentMetrics>>
  /** The same object for as long as a worker has not reported anew. */
  readonly workers: Readonly<Record<WorkerId, WorkerMetrics>>
}

/** The memory of all workers that live, bytes. */
export function memoryBytesOf({ workers }: Pick<Metrics, 'workers'>): number {
  return Object.values(workers).reduce((sum, { memoryBytes }) => sum + memoryBytes, 0)
}
