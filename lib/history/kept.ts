/** What a history holds; it is filled by `history.ts`, and read by what makes views of it. */
import type { Metrics } from '../stats/metrics.ts'
import type { ComponentId, TaskId, WorkerId } from '../tuple/ids.ts'
import type { LatencyTrack } from './latency-track.ts'
import { COMPONENT, COUNTER, INPUT, LINK, RUN, STREAM, TASK, WORKER } from './tables.ts'
import { Track } from './track.ts'
import { Tracks } from './tracks.ts'
import { Ring, WINDOWS, type Window } from './windows.ts'

const MOST_COMPONENTS = 1000
const MOST_TASKS = 2000
const MOST_WORKERS = 500
const MOST_COUNTERS = 1000
/** Of streams and of inputs. */
const MOST_STREAMS = 2000
const MOST_LINKS = 1000

/** What a run has counted until a moment. */
export interface Counted extends Metrics {
  readonly status: string
}

/** The latencies that are kept of components. */
export const LATENCIES = ['completeLatency', 'executeLatency', 'processLatency'] as const
/** One of them. */
export type LatencyName = (typeof LATENCIES)[number]

/** What is kept, for those who read it. */
export class Kept {
  readonly rings: readonly Ring[] = WINDOWS.map((window) => new Ring(window))
  readonly run = new Track(RUN, WINDOWS.length)
  readonly components = new Tracks(COMPONENT, WINDOWS.length, MOST_COMPONENTS)
  /** By `taskName`. */
  readonly tasks = new Tracks(TASK, WINDOWS.length, MOST_TASKS)
  readonly workers = new Tracks(WORKER, WINDOWS.length, MOST_WORKERS)
  /** By `counterName`. */
  readonly counters = new Tracks(COUNTER, WINDOWS.length, MOST_COUNTERS)
  /** By `partName` of a component and a stream. */
  readonly streams = new Tracks(STREAM, WINDOWS.length, MOST_STREAMS)
  /** By `partName` of a bolt and an input. */
  readonly inputs = new Tracks(INPUT, WINDOWS.length, MOST_STREAMS)
  /** By `partName` of two workers. */
  readonly links = new Tracks(LINK, WINDOWS.length, MOST_LINKS)
  readonly latencies: Readonly<Record<LatencyName, Map<ComponentId, LatencyTrack>>> = {
    completeLatency: new Map(),
    executeLatency: new Map(),
    processLatency: new Map(),
  }
  /** What components record by themselves, by `counterName`. */
  readonly histograms = new Map<string, LatencyTrack>()
  /** What was counted last. */
  latest: Counted | undefined
  latestMs = 0

  /** What is kept by name. */
  get tracks() {
    const { components, tasks, workers, counters, streams, inputs, links } = this
    return [components, tasks, workers, counters, streams, inputs, links]
  }

  get latencyTracks(): LatencyTrack[] {
    return [...Object.values(this.latencies), this.histograms].flatMap((tracks) => [...tracks.values()])
  }

  /** The places of a window that ends at a moment. */
  placesOf(window: Window, nowMs: number): { readonly ring: number; readonly places: readonly number[] } {
    const ring = WINDOWS.indexOf(window)
    return { ring, places: this.rings[ring]!.until(nowMs).map(({ place }) => place) }
  }
}

/** The name of the track of a part of something. */
export function partName(whole: ComponentId | WorkerId, part: string | WorkerId): string {
  return JSON.stringify([whole, part])
}

/** The name of the track of a task. */
export function taskName(component: ComponentId, task: TaskId): string {
  return JSON.stringify([component, task])
}

/** The name of the track of what a component counts. */
export function counterName(component: ComponentId, counter: string): string {
  return JSON.stringify([component, counter])
}
