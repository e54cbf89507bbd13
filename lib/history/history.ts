/**
 * What a topology has done over time: its counts and levels in windows of ten minutes, three hours, a day, and all of
 * it. It survives the runs of its topology, as long as its process lives.
 *
 * It has no clock: every moment is given to it. What it holds does not grow with time, only with the number of
 * components, tasks and workers, which is bounded here.
 */
import { inputName } from '../stats/failed-inputs.ts'
import type { HistogramData } from '../stats/histogram.ts'
import type { ComponentMetrics, WorkerMetrics } from '../stats/metrics.ts'
import type { ComponentId, WorkerId } from '../tuple/ids.ts'
import type { LatencyBins, RunFigures, Series, SnapshotFigures } from './figures.ts'
import { binsOf, figuresOf } from './figures-of.ts'
import { type Counted, counterName, Kept, LATENCIES, partName, taskName } from './kept.ts'
import { LatencyTrack } from './latency-track.ts'
import { seriesOf, type Whose } from './series-of.ts'
import { componentValues, workerValues } from './tables.ts'
import { Timeline } from './timeline.ts'
import { WINDOWS, type Window } from './windows.ts'

const MOST_SNAPSHOTS = 20
/** Of those that components record by themselves. */
const MOST_HISTOGRAMS = 200

export class History {
  readonly timeline = new Timeline()
  readonly #kept = new Kept()
  #snapshots: readonly SnapshotFigures[] = []
  /** For how long its present run has been starting: as long as it is, nobody can be at work. */
  #startingMs = 0

  /** A run begins: it counts from 0. */
  beginRun(): void {
    this.#startingMs = 0
    const { run, tracks, latencyTracks } = this.#kept
    for (const each of [run, ...tracks, ...latencyTracks]) each.beginAnew()
  }

  /** @param atMs since 1970; a moment before the last one counts as that one */
  add(atMs: number, counted: Counted): void {
    const kept = this.#kept
    const now = Math.max(atMs, kept.latestMs)
    const places = kept.rings.map((ring, index) => ring.enter(now, this.#placesIn(index)))
    const { seconds, components, workers } = counted
    const living = Object.values(workers)
    const memoryBytes = living.reduce((sum, worker) => sum + worker.memoryBytes, 0)
    if (counted.status === 'starting') this.#startingMs = seconds * 1000
    kept.run.add({ elapsedMs: seconds * 1000 - this.#startingMs, memoryBytes, workers: living.length }, places)
    for (const [id, component] of Object.entries(components)) this.#addComponent(id, component, now, places)
    for (const [id, worker] of Object.entries(workers)) this.#addWorker(Number(id), worker, now, places)
    for (const tracks of kept.tracks) tracks.forget(now)
    for (const latencies of Object.values(kept.latencies))
      for (const id of latencies.keys()) if (kept.components.get(id) === undefined) latencies.delete(id)
    for (const name of kept.histograms.keys())
      if (kept.components.get(JSON.parse(name)[0]) === undefined) kept.histograms.delete(name)
    kept.latest = counted
    kept.latestMs = now
  }

  /** A snapshot is complete. */
  addSnapshot(atMs: number, { snapshot, durationMs, bytes }: Omit<SnapshotFigures, 'time'>): void {
    const time = new Date(atMs).toISOString()
    this.#snapshots = [...this.#snapshots, { snapshot, time, durationMs, bytes }].slice(-MOST_SNAPSHOTS)
  }

  /** The last ones that were complete, the oldest first. */
  get snapshots(): readonly SnapshotFigures[] {
    return this.#snapshots
  }

  /** The components of which there are figures. */
  get componentsKnown(): readonly ComponentId[] {
    return this.#kept.components.since(0).map(([id]) => id)
  }

  /** The workers of which there are figures. */
  get workersKnown(): readonly WorkerId[] {
    return this.#kept.workers.since(0).map(([id]) => Number(id))
  }

  /** The figures of a window that ends at a moment. */
  window(window: Window, nowMs: number): RunFigures {
    return { ...figuresOf(this.#kept, window, nowMs), snapshots: this.#snapshots }
  }

  /**
   * A figure over time.
   * @returns undefined where there is no such component or worker, or it has no such figure
   */
  series(whose: Whose, figure: string, window: Window, nowMs: number): Series | undefined {
    return seriesOf(this.#kept, { whose, figure, window }, nowMs)
  }

  /** How many latencies of a component within a window were how long. */
  latencies(component: ComponentId, window: Window, nowMs: number): LatencyBins {
    return binsOf(this.#kept, component, window, nowMs)
  }

  #placesIn(ring: number) {
    const { run, tracks, latencyTracks } = this.#kept
    return [
      run.rings[ring]!,
      ...tracks.flatMap((one) => one.placesOf(ring)),
      ...latencyTracks.map(({ rings }) => rings[ring]!),
    ]
  }

  #addComponent(id: ComponentId, component: ComponentMetrics, now: number, places: readonly number[]): void {
    const { components, counters, streams, inputs, latencies, histograms } = this.#kept
    components.add(id, componentValues(component), now, places)
    for (const [name, value] of Object.entries(component.counters))
      if (Number.isFinite(value)) counters.add(counterName(id, name), { value }, now, places)
    if (components.get(id) === undefined) return
    for (const { stream, ...counts } of component.streams) streams.add(partName(id, stream), counts, now, places)
    for (const input of component.inputs)
      inputs.add(partName(id, inputName(input)), { sent: 0, acked: 0, ...input }, now, places)
    for (const name of LATENCIES) addTo(latencies[name], id, component[name], places)
    for (const [name, data] of Object.entries(component.histograms)) {
      const isKnown = histograms.has(counterName(id, name))
      if (isKnown || histograms.size < MOST_HISTOGRAMS) addTo(histograms, counterName(id, name), data, places)
    }
  }

  #addWorker(id: WorkerId, worker: WorkerMetrics, now: number, places: readonly number[]): void {
    const { workers, tasks, links } = this.#kept
    for (const link of worker.links) links.add(partName(id, link.worker), link, now, places)
    workers.add(String(id), workerValues(worker), now, places)
    for (const task of worker.tasks) tasks.add(taskName(task.component, task.task), task, now, places)
  }
}

function addTo(tracks: Map<string, LatencyTrack>, name: string, data: HistogramData, places: readonly number[]): void {
  if (data.length === 0) return
  const track = tracks.get(name) ?? new LatencyTrack(WINDOWS.length)
  tracks.set(name, track)
  track.add(data, places)
}
