/**
 * What a scrape gets: the counts of the runs that are under way, as text. Counts begin anew with each run, which
 * whoever scrapes takes for what it is.
 */
import { componentValues, workerValues } from '../history/tables.ts'
import { Histogram, type HistogramData } from '../stats/histogram.ts'
import type { ComponentMetrics, Metrics } from '../stats/metrics.ts'
import { COUNTERS_OF_RUNTIME } from '../tuple/system-ids.ts'
import type { Metric } from './metric.ts'
import { type Format, Samples } from './samples.ts'
import type { Labels, MetricSink } from './sink.ts'
import { METRICS } from './table.ts'

/** What is told of a topology. */
export interface ScrapedTopology {
  readonly name: string
  readonly isActive: boolean
  readonly workersPlanned: number
  /** Undefined where no run of it is under way, or none has begun to count. */
  readonly metrics: RunCounts | undefined
  /** The last one that was complete. */
  readonly snapshot?: { readonly time: string; readonly durationMs: number; readonly bytes: number } | undefined
}

/** What a run has counted. */
export interface RunCounts extends Metrics {
  readonly badFrames: number
  readonly longestStall: { readonly ms: number }
}

/** What is told of a host. */
export interface ScrapedHost {
  readonly name: string
  readonly isLinked: boolean
  readonly isDraining: boolean
  readonly slots: number
  readonly slotsUsed: number
}

/** All that there is to be told. */
export interface Scraped {
  /** Of Typhoon. */
  readonly version: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Of the process that answers. */
  readonly memoryBytes: number
  readonly cpuMs: number
  readonly hosts: readonly ScrapedHost[]
  readonly topologies: readonly ScrapedTopology[]
}

/** Of latencies, seconds. */
const LATENCY_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const MICROS_PER_SECOND = 1e6
/** Of what components record by themselves, in a unit of their own. */
const VALUE_BOUNDS = [0.01, 0.1, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
const PARTS = 1000

/** @param most how many samples there may be, beside those of the service */
export function scrape(scraped: Scraped, format: Format, most?: number): string {
  const samples = new Samples(most)
  tellMetrics(scraped, samples)
  // It comes first, and has room in any case.
  const own = new Samples()
  tellService(scraped, samples.leftOut, own)
  return own.text(format).replace(/# EOF\n$/, '') + samples.text(format)
}

/** Tells all metrics of hosts and topologies, those of the table in its order. */
export function tellMetrics({ hosts, topologies }: Scraped, sink: MetricSink): void {
  for (const host of hosts) addHost(sink, host)
  for (const topology of topologies) addTopology(sink, topology)
}

/** Tells those of the service. @param leftOut how many samples there was no room for */
export function tellService(scraped: Scraped, leftOut: number, sink: MetricSink): void {
  const { version, startedAt, topologies, memoryBytes, cpuMs } = scraped
  const { metrics } = METRICS.service
  sink.add(metrics.version, { version }, 1)
  sink.add(metrics.startedAt, {}, startedAt / 1000)
  sink.add(metrics.topologies, {}, topologies.length)
  sink.add(metrics.memoryBytes, {}, memoryBytes)
  sink.add(metrics.cpuMs, {}, cpuMs)
  sink.add(metrics.leftOut, {}, leftOut)
}

function addHost(samples: MetricSink, { name, isLinked, isDraining, slots, slotsUsed }: ScrapedHost): void {
  const values = { linked: Number(isLinked), draining: Number(isDraining), slots, slotsUsed }
  addAll(samples, METRICS.host.metrics, { host: name }, values)
}

function addTopology(
  samples: MetricSink,
  { name, isActive, workersPlanned, metrics, snapshot }: ScrapedTopology,
): void {
  const labels = { topology: name }
  const { topology } = METRICS
  addAll(samples, topology.metrics, labels, {
    ...{ running: Number(metrics !== undefined), active: Number(isActive), workersPlanned },
    ...(snapshot === undefined ? {} : ofSnapshot(snapshot)),
    ...(metrics === undefined
      ? {}
      : {
          seconds: metrics.seconds,
          workers: Object.keys(metrics.workers).length,
          badFrames: metrics.badFrames,
          longestStall: metrics.longestStall.ms,
        }),
  })
  if (metrics === undefined) return
  for (const [component, counts] of Object.entries(metrics.components))
    addComponent(samples, { ...labels, component }, counts)
  for (const [worker, counts] of Object.entries(metrics.workers)) {
    addAll(samples, METRICS.worker.metrics, { ...labels, worker }, workerValues(counts))
    for (const { worker: to, ...values } of counts.links)
      addAll(samples, METRICS.link.metrics, { ...labels, worker, to }, values)
    for (const { component, task, ...values } of counts.tasks)
      addAll(samples, METRICS.task.metrics, { ...labels, component, task }, values)
  }
}

function ofSnapshot({ time, durationMs, bytes }: NonNullable<ScrapedTopology['snapshot']>) {
  return { snapshotSeconds: durationMs, snapshotBytes: bytes, snapshotAt: Date.parse(time) }
}

function addComponent(samples: MetricSink, labels: Labels, component: ComponentMetrics): void {
  const { latency, user, gauge, histogram } = METRICS
  const { tasks, backlogRecords, backlogBytes, watermark } = component
  const values = { ...componentValues(component), tasks, backlogRecords, backlogBytes, watermark }
  addAll(samples, METRICS.component.metrics, labels, values)
  for (const { stream, ...counts } of component.streams)
    addAll(samples, METRICS.stream.metrics, { ...labels, stream }, counts)
  for (const { component: from, stream, ...counts } of component.inputs)
    addAll(samples, METRICS.input.metrics, { ...labels, from, stream }, counts)
  for (const name of ['completeLatency', 'executeLatency', 'processLatency'] as const)
    if (component[name].length > 0)
      samples.addHistogram(
        latency.metrics[name],
        labels,
        histogramOf(component[name]),
        LATENCY_BOUNDS,
        MICROS_PER_SECOND,
      )
  for (const [name, value] of Object.entries(component.counters))
    if (!COUNTERS_OF_RUNTIME.has(name)) samples.add(user.metrics.counters, { ...labels, name }, value)
  for (const [name, levels] of Object.entries(component.gauges))
    for (const [stat, value] of Object.entries(levels))
      samples.add(gauge.metrics.gauges, { ...labels, name, stat }, value)
  for (const [name, data] of Object.entries(component.histograms))
    samples.addHistogram(histogram.metrics.histograms, { ...labels, name }, histogramOf(data), VALUE_BOUNDS, PARTS)
}

/** What has no value is left out. */
function addAll<Name extends string>(
  samples: MetricSink,
  metrics: Readonly<Record<Name, Metric>>,
  labels: Labels,
  values: Partial<Readonly<Record<Name, number | undefined>>>,
): void {
  for (const name of Object.keys(metrics) as Name[]) {
    const value = values[name]
    if (value !== undefined) samples.add(metrics[name], labels, value)
  }
}

function histogramOf(data: HistogramData): Histogram {
  const histogram = new Histogram()
  histogram.add(data)
  return histogram
}
