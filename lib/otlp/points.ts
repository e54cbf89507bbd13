/**
 * The metrics of the table as points of OTLP. Their names are those that Prometheus has, so that a dashboard finds them
 * whichever way they came: what Prometheus calls NAME_total is NAME here, as its own exporters expect.
 */
import type { Metric } from '../metrics/metric.ts'
import { type Scraped, tellMetrics, tellService } from '../metrics/scrape.ts'
import type { Labels, MetricSink } from '../metrics/sink.ts'
import type { Histogram } from '../stats/histogram.ts'
import { attributes, nanos } from './attributes.ts'

/** Sums are told from the beginning of a run on, each time anew. */
const CUMULATIVE = 2

interface Told {
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly kind: Metric['type']
  readonly points: object[]
}

/** Points of an answer, at most. */
const MOST = 100_000

class Points implements MetricSink {
  leftOut = 0
  readonly #told = new Map<string, Told>()
  readonly #time: string
  #since: string
  #count = 0

  /** @param time of what is told, nanoseconds @param since when it is counted */
  constructor(time: string, since: string) {
    this.#time = time
    this.#since = since
  }

  /** What comes now is counted since then. */
  set since(since: string) {
    this.#since = since
  }

  add(metric: Metric, labels: Labels, value: number): void {
    if (!Number.isFinite(value)) return
    const { fixed, scale = 1 } = metric
    const all = fixed === undefined ? labels : { ...labels, [fixed.label]: fixed.value }
    this.#add(metric, all, { asDouble: Number((value * scale).toPrecision(15)) })
  }

  addHistogram(metric: Metric, labels: Labels, histogram: Histogram, bounds: readonly number[], unit: number): void {
    const counts = new Array<number>(bounds.length + 1).fill(0)
    let sum = 0
    for (const { upTo, count } of histogram.buckets) {
      const at = bounds.findIndex((bound) => upTo <= bound * unit)
      counts[at < 0 ? bounds.length : at]! += count
      sum += (upTo / unit) * count
    }
    const shape = { bucketCounts: counts.map(String), explicitBounds: bounds }
    this.#add(metric, labels, { count: String(histogram.total), sum: Number(sum.toPrecision(15)), ...shape })
  }

  get metrics(): object[] {
    return [...this.#told.values()].map(({ kind, points: dataPoints, ...rest }) => {
      if (kind === 'gauge') return { ...rest, gauge: { dataPoints } }
      const data = { aggregationTemporality: CUMULATIVE, dataPoints }
      return kind === 'histogram' ? { ...rest, histogram: data } : { ...rest, sum: { ...data, isMonotonic: true } }
    })
  }

  #add({ name, type: kind, help: description }: Metric, labels: Labels, value: object): void {
    if (this.#count === MOST) {
      this.leftOut++
      return
    }
    this.#count++
    const known = this.#told.get(name) ?? {
      ...{ name: name.replace(/_total$/, ''), description, unit: unitOf(name), kind, points: [] },
    }
    this.#told.set(name, known)
    const since = kind === 'gauge' ? {} : { startTimeUnixNano: this.#since }
    known.points.push({ attributes: attributes(labels), ...since, timeUnixNano: this.#time, ...value })
  }
}

/**
 * All metrics, as the field `metrics` of a scope.
 * @param now milliseconds since 1970
 * @param since when a run counts, by the name of its topology
 */
export function metricPoints(scraped: Scraped, now: number, since: (topology: string) => number): object[] {
  const [service, others] = [0, 0].map(() => new Points(nanos(now), nanos(scraped.startedAt))) as [Points, Points]
  tellMetrics({ ...scraped, topologies: [] }, others)
  for (const topology of scraped.topologies) {
    others.since = nanos(since(topology.name))
    tellMetrics({ ...scraped, hosts: [], topologies: [topology] }, others)
  }
  tellService(scraped, others.leftOut, service)
  return [...service.metrics, ...others.metrics]
}

/** As the names of the table say it. */
function unitOf(name: string): string {
  if (/_seconds(?:_total)?$/.test(name)) return 's'
  return /_bytes(?:_total)?$/.test(name) ? 'By' : '1'
}
