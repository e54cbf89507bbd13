/** The figures of a topology over a window, as plain JSON. What is not known is left out. */
import type { Percentiles } from '../stats/histogram.ts'
import type { GaugeLevels } from '../stats/snapshot.ts'
import type { ComponentId, StreamId, TaskId, WorkerId } from '../tuple/ids.ts'
import type { LatencyName } from './kept.ts'
import type { Window } from './windows.ts'

/** Latencies within a window, milliseconds. */
export interface Latencies extends Percentiles {
  /** How many were measured. */
  readonly count: number
}

/** Latencies within a window by how long they were, for a histogram; bins without any are left out. */
export type LatencyBins = Readonly<Partial<Record<LatencyName, readonly LatencyBin[]>>>

/** Some latencies of about the same length. */
export interface LatencyBin {
  /** Above that of the bin before it, and not longer than this; each is about 1.4 times the one before. */
  readonly upToMs: number
  readonly count: number
}

/** How often something happened in a second, on an average over the window. */
export interface Rates {
  readonly emitted: number
  readonly transferred: number
  readonly executed: number
  readonly acked: number
  readonly failed: number
}

/** Of one task. */
export interface TaskFigures {
  readonly task: TaskId
  /** Where it is now; left out where its worker is not there. */
  readonly worker?: WorkerId
  /** The share of the window in which it was at work, 0 to 1. */
  readonly capacity: number
  /** Bolt: tuples within the window. */
  readonly executed: number
  /** The shares of the window in which it was held back by others, and in which its inbox was full. */
  readonly heldShare: number
  readonly fullShare: number
  /** Tuples that wait for it now, and the most that did. */
  readonly queued: number
  readonly mostQueued: number
}

/** What a spout has not emitted of its input yet. */
export interface BacklogFigures {
  /** Records where it knows how many, else bytes. */
  readonly unit: 'records' | 'bytes'
  readonly now: number
  /** The most in parts of the window, the oldest first. */
  readonly parts: readonly number[]
}

/** Of one component. Counts are those within the window. */
export interface ComponentFigures {
  readonly kind: 'spout' | 'bolt'
  readonly emitted: number
  readonly transferred: number
  readonly executed: number
  /** Bolt: tuples; spout: roots. */
  readonly acked: number
  readonly failed: number
  readonly failedBy: { readonly timeout: number; readonly explicit: number; readonly workerLost: number }
  readonly roots: number
  readonly replayed: number
  readonly deadLettered: number
  /** Spout that knows it: what it has not emitted of its input yet. */
  readonly backlog?: BacklogFigures
  readonly perSecond: Rates
  /** The share of the window in which its busiest task was at work, 0 to 1. */
  readonly capacity: number
  /** The shares of the window in which that of its tasks was held back most, and had its inbox full most. */
  readonly heldShare: number
  readonly fullShare: number
  /** Bolt: the mean time of a tuple in `execute` and in its promise, of all of them. */
  readonly executeLatencyMs?: number
  /** Bolt, of some of its tuples: that time, and from its begin to the ack of the tuple. */
  readonly executeLatency?: Latencies
  readonly processLatency?: Latencies
  /** Spout: from emit to ack. */
  readonly completeLatency?: Latencies
  /** Tuples that wait for its tasks now, and the most that did. */
  readonly queued: number
  readonly mostQueued: number
  /** Roots of a spout in flight now, and those that wait for their replay. */
  readonly pending: number
  readonly waiting: number
  /** What it counts by itself. */
  readonly counters: Readonly<Record<string, number>>
  /** What it measures by itself: gauges, over its tasks as they are now, and histograms, in their own unit. */
  readonly gauges: Readonly<Record<string, GaugeLevels>>
  readonly histograms: Readonly<Record<string, Latencies>>
  readonly streams: readonly StreamFigures[]
  /** Bolt. */
  readonly inputs: readonly InputFigures[]
  /** How far event time has come for all of its tasks; left out where nowhere. */
  readonly watermark?: number
  readonly tasks: readonly TaskFigures[]
  /** Where it has a fields grouping: the keys that came most often, and their shares of all tuples, 0 to 1. */
  readonly hotKeys?: readonly { readonly key: string; readonly share: number }[]
}

/** Of a stream that a component emits. */
export interface StreamFigures {
  readonly stream: StreamId
  readonly emitted: number
  readonly transferred: number
}

/** Of what a bolt subscribes to. */
export interface InputFigures {
  readonly component: ComponentId
  readonly stream: StreamId
  /** Tuples that were sent to it; left out where its grouping alone knows how many. */
  readonly sent?: number
  /** Left out where the bolt has other inputs. */
  readonly acked?: number
  readonly failed: number
}

/** Of the link of a worker to another one. */
export interface LinkFigures {
  readonly worker: WorkerId
  readonly sentBytes: number
  readonly bytesPerSecond: number
  /** Bytes that the network has not taken yet, now, and the most in the window. */
  readonly waitingBytes: number
  readonly mostWaitingBytes: number
}

/** Of a snapshot that is complete. */
export interface SnapshotFigures {
  readonly snapshot: number
  /** When it was, ISO 8601, in UTC. */
  readonly time: string
  /** From its begin until its manifest was written. */
  readonly durationMs: number
  /** Of all that it holds, in earlier files as well. */
  readonly bytes: number
}

/** Of one worker. */
export interface WorkerFigures {
  /** Whether it is there now. */
  readonly isAlive: boolean
  readonly memoryBytes: number
  readonly mostMemoryBytes: number
  /** Processor time, as cores that are busy all the time. */
  readonly cores: number
  /** What V8 has in use now, and may have at most. */
  readonly heapUsedBytes: number
  readonly heapLimitBytes: number
  /**
   * The least that was in use, in parts of the window, the oldest first: what is left after collections. Where it
   * grows and grows, something is never let go.
   */
  readonly heapFloors: readonly number[]
  /** The share of the window that its collector took. */
  readonly gcShare: number
  /** How late its event loop came to a timer in 99 of 100 cases, at most, milliseconds: now, and the most. */
  readonly loopDelayMs: number
  readonly mostLoopDelayMs: number
  readonly links: readonly LinkFigures[]
}

/** Of a topology. */
export interface RunFigures {
  readonly window: Window
  /** The moment that they are of, ISO 8601, in UTC; left out where there is none yet. */
  readonly time?: string
  /** For how long it was at work within the window, and there were figures: what rates are averages over. */
  readonly seconds: number
  readonly status: string
  readonly components: Readonly<Record<ComponentId, ComponentFigures>>
  readonly workers: Readonly<Record<WorkerId, WorkerFigures>>
  /** The last ones that were complete, of whichever window, the oldest first. */
  readonly snapshots: readonly SnapshotFigures[]
  /** Memory of all workers now, bytes. */
  readonly memoryBytes: number
}

/** A figure over time, for a chart: one point for each bucket. */
export interface Series {
  readonly figure: string
  /** Whose; left out where it is one of the whole topology. */
  readonly component?: ComponentId
  readonly worker?: WorkerId
  readonly window: Window
  /** How long a bucket is. */
  readonly stepMs: number
  /** When each bucket began, milliseconds since 1970. */
  readonly at: readonly number[]
  /** null where it is not known. */
  readonly values: readonly (number | null)[]
}
