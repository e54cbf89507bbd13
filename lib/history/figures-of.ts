/** The figures of a window, from what a history keeps. Pure. */
import type { Histogram } from '../stats/histogram.ts'
import type { ComponentMetrics, Metrics } from '../stats/metrics.ts'
import { perSecond } from '../stats/rates.ts'
import type { ComponentId, TaskId, WorkerId } from '../tuple/ids.ts'
import type {
  BacklogFigures,
  ComponentFigures,
  Latencies,
  LatencyBin,
  LatencyBins,
  RunFigures,
  TaskFigures,
  WorkerFigures,
} from './figures.ts'
import { inputsOf, linksOf, type Part, streamsOf } from './flow-figures.ts'
import { counterName, type Kept, LATENCIES, type LatencyName, taskName } from './kept.ts'
import type { Window } from './windows.ts'

/** Most parts of a window in which the floor of a heap is told. */
const FLOORS = 12

/** @param nowMs when the window ends, since 1970 */
export function figuresOf(kept: Kept, window: Window, nowMs: number): Omit<RunFigures, 'snapshots'> {
  const { latest, latestMs } = kept
  const { ring, places } = kept.placesOf(window, nowMs)
  const { elapsedMs } = kept.run.over(ring, places)
  const part: Part = { kept, ring, places, elapsedMs }
  const components = Object.entries(latest?.components ?? {}).map(
    ([id, component]) => [id, componentOf(part, id, component)] as const,
  )
  return {
    window,
    ...(latest === undefined ? {} : { time: new Date(latestMs).toISOString() }),
    seconds: elapsedMs / 1000,
    status: latest?.status ?? 'starting',
    components: Object.fromEntries(components),
    workers: Object.fromEntries(kept.workers.since(0).map(([id]) => [id, workerOf(part, Number(id))])),
    memoryBytes: kept.run.last.memoryBytes,
  }
}

function componentOf(part: Part, id: ComponentId, latest: ComponentMetrics): ComponentFigures {
  const { kind, counters, gauges, histograms, hotKeys } = latest
  const { kept, ring, places, elapsedMs } = part
  const track = kept.components.get(id)
  const over = track?.over(ring, places)
  const last = track?.last
  const tasks = tasksOf(part, id)
  const count = (name: keyof NonNullable<typeof over>) => over?.[name] ?? 0
  const rate = (name: keyof NonNullable<typeof over>) => perSecond(0, count(name), elapsedMs)
  return {
    kind,
    emitted: count('emitted'),
    transferred: count('transferred'),
    executed: count('executed'),
    acked: count('acked'),
    failed: count('failed'),
    failedBy: {
      timeout: count('failedTimeout'),
      explicit: count('failedExplicit'),
      workerLost: count('failedWorkerLost'),
    },
    roots: count('roots'),
    replayed: count('replayed'),
    deadLettered: count('deadLettered'),
    ...backlogOf(part, id, latest),
    perSecond: {
      emitted: rate('emitted'),
      transferred: rate('transferred'),
      executed: rate('executed'),
      acked: rate('acked'),
      failed: rate('failed'),
    },
    capacity: Math.max(0, ...tasks.map(({ capacity }) => capacity)),
    heldShare: Math.max(0, ...tasks.map(({ heldShare }) => heldShare)),
    fullShare: Math.max(0, ...tasks.map(({ fullShare }) => fullShare)),
    ...(kind === 'bolt' && count('executed') > 0
      ? { executeLatencyMs: (count('busyMs') + count('waitingMs')) / count('executed') }
      : {}),
    ...latenciesOf(part, id),
    queued: last?.queued ?? 0,
    mostQueued: count('queued'),
    pending: last?.pending ?? 0,
    waiting: last?.waiting ?? 0,
    counters: Object.fromEntries(
      Object.keys(counters).map((name) => [
        name,
        kept.counters.get(counterName(id, name))?.over(ring, places).value ?? 0,
      ]),
    ),
    streams: streamsOf(part, id, latest),
    inputs: inputsOf(part, id, latest),
    ...(latest.watermark === undefined ? {} : { watermark: latest.watermark }),
    gauges,
    histograms: Object.fromEntries(
      Object.keys(histograms).flatMap((name) => {
        const values = shown(kept.histograms.get(counterName(id, name))?.over(ring, places))
        return values === undefined ? [] : [[name, values] as const]
      }),
    ),
    tasks,
    ...(hotKeys === undefined ? {} : { hotKeys }),
  }
}

function backlogOf(
  { kept, ring, places }: Part,
  id: ComponentId,
  { backlogRecords, backlogBytes }: ComponentMetrics,
): { readonly backlog?: BacklogFigures } {
  const now = backlogRecords ?? backlogBytes
  if (now === undefined) return {}
  const unit = backlogRecords === undefined ? 'bytes' : 'records'
  const name = backlogRecords === undefined ? 'backlogBytes' : 'backlogRecords'
  const track = kept.components.get(id)
  return { backlog: { unit, now, parts: partsOf(places).map((some) => track?.over(ring, some)[name] ?? 0) } }
}

function tasksOf({ kept, ring, places, elapsedMs }: Part, component: ComponentId): TaskFigures[] {
  return [...placesOfTasks(kept.latest, component)].map(([task, worker]) => {
    const track = kept.tasks.get(taskName(component, task))
    const over = track?.over(ring, places)
    return {
      ...{ task, worker },
      capacity: shareOf(over?.busyMs ?? 0, elapsedMs),
      executed: over?.executed ?? 0,
      heldShare: shareOf(over?.heldMs ?? 0, elapsedMs),
      fullShare: shareOf(over?.fullMs ?? 0, elapsedMs),
      queued: track?.last.queued ?? 0,
      mostQueued: over?.queued ?? 0,
    }
  })
}

/** The tasks of a component, with the workers that report them. */
function placesOfTasks(latest: Metrics | undefined, component: ComponentId): Map<TaskId, WorkerId> {
  const found = Object.entries(latest?.workers ?? {}).flatMap(([worker, { tasks }]) =>
    tasks.filter((one) => one.component === component).map(({ task }) => [task, Number(worker)] as const),
  )
  return new Map(found.sort(([one], [other]) => one - other))
}

function workerOf(part: Part, id: WorkerId): WorkerFigures {
  const { kept, ring, places, elapsedMs } = part
  const track = kept.workers.get(String(id))!
  const over = track.over(ring, places)
  const latest = kept.latest?.workers[id]
  const isAlive = latest !== undefined
  return {
    isAlive,
    memoryBytes: isAlive ? track.last.memoryBytes : 0,
    mostMemoryBytes: over.memoryBytes,
    cores: elapsedMs > 0 ? over.cpuMs / elapsedMs : 0,
    heapUsedBytes: isAlive ? track.last.heapUsedBytes : 0,
    heapLimitBytes: over.heapLimitBytes,
    heapFloors: partsOf(places).flatMap((some) => track.over(ring, some).heapFloorBytes || []),
    gcShare: shareOf(over.gcMs, elapsedMs),
    loopDelayMs: isAlive ? track.last.loopDelayMs : 0,
    mostLoopDelayMs: over.loopDelayMs,
    links: latest === undefined ? [] : linksOf(part, id, latest),
  }
}

/** A part of a time, 0 to 1: reports come a little late or early. */
export function shareOf(ms: number, elapsedMs: number): number {
  return elapsedMs > 0 ? Math.min(1, ms / elapsedMs) : 0
}

function latenciesOf({ kept, ring, places }: Part, component: ComponentId): Partial<Record<LatencyName, Latencies>> {
  const known = LATENCIES.flatMap((name) => {
    const latencies = shown(kept.latencies[name].get(component)?.over(ring, places))
    return latencies === undefined ? [] : [[name, latencies] as const]
  })
  return Object.fromEntries(known)
}

/** @param nowMs when the window ends, since 1970 */
export function binsOf(kept: Kept, component: ComponentId, window: Window, nowMs: number): LatencyBins {
  const { ring, places } = kept.placesOf(window, nowMs)
  const known = LATENCIES.flatMap((name) => {
    const latency = kept.latencies[name].get(component)?.over(ring, places)
    return latency === undefined || latency.total === 0 ? [] : [[name, binned(latency)] as const]
  })
  return Object.fromEntries(known)
}

/** Two bins for each doubling. */
function binned(latency: Histogram): LatencyBin[] {
  const counts = new Map<number, number>()
  for (const { upTo, count } of latency.buckets) {
    const bin = Math.ceil(2 * Math.log2(Math.max(upTo, 1)))
    counts.set(bin, (counts.get(bin) ?? 0) + count)
  }
  return [...counts].map(([bin, count]) => ({ upToMs: 2 ** (bin / 2) / 1000, count }))
}

function shown(histogram: Histogram | undefined): Latencies | undefined {
  if (histogram === undefined || histogram.total === 0) return undefined
  return { count: histogram.total, ...histogram.percentilesMs() }
}

/** Places in order, in a few groups of the same size; the first one may be smaller. */
function partsOf(places: readonly number[]): number[][] {
  const size = Math.ceil(places.length / FLOORS)
  const groups: number[][] = []
  for (let end = places.length; end > 0; end -= size) groups.unshift(places.slice(Math.max(0, end - size), end))
  return groups
}
