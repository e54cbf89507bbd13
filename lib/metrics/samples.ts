/**
 * The samples of an answer, by the name of their metric, and their text: the format of OpenMetrics 1.0, or that of
 * Prometheus, 0.0.4, in which a counter is described under its whole name.
 */
import type { Histogram } from '../stats/histogram.ts'
import type { Metric } from './metric.ts'
import type { Labels, MetricSink } from './sink.ts'

/** How a text says its samples. */
export type Format = 'openmetrics' | 'prometheus'

/** Most samples of an answer. */
const MOST = 100_000

interface Family {
  readonly metric: Metric
  readonly lines: string[]
}

export class Samples implements MetricSink {
  /** How many there was no room for. */
  leftOut = 0
  readonly #families = new Map<string, Family>()
  readonly #most: number
  #count = 0

  /** @param most how many there may be */
  constructor(most = MOST) {
    this.#most = most
  }

  /** A value that is no finite number is not known, and left out. */
  add(metric: Metric, labels: Labels, value: number): void {
    if (!Number.isFinite(value)) return
    const lines = this.#room(metric, 1)
    const { fixed, scale = 1 } = metric
    const all = fixed === undefined ? labels : { ...labels, [fixed.label]: fixed.value }
    lines?.push(`${metric.name}${textOf(all)} ${round(value * scale)}`)
  }

  /**
   * What it holds, under bounds that are the same for all of the metric.
   * @param unit how many of what it holds are one of what is shown
   */
  addHistogram(metric: Metric, labels: Labels, histogram: Histogram, bounds: readonly number[], unit: number): void {
    const lines = this.#room(metric, bounds.length + 3)
    if (lines === undefined) return
    const { name } = metric
    let [sum, count, next] = [0, 0, 0]
    const bucket = (bound: string): void => void lines.push(`${name}_bucket${textOf(labels, bound)} ${count}`)
    for (const { upTo, count: some } of histogram.buckets) {
      for (; next < bounds.length && upTo > bounds[next]! * unit; next++) bucket(boundText(bounds[next]!))
      sum += (upTo / unit) * some
      count += some
    }
    for (; next < bounds.length; next++) bucket(boundText(bounds[next]!))
    bucket('+Inf')
    lines.push(`${name}_sum${textOf(labels)} ${round(sum)}`, `${name}_count${textOf(labels)} ${count}`)
  }

  /** All that was added. */
  text(format: Format): string {
    const isOpen = format === 'openmetrics'
    const parts = [...this.#families.values()].map(({ metric: { name, type, help }, lines }) => {
      const described = isOpen && type === 'counter' ? name.replace(/_total$/, '') : name
      return [`# HELP ${described} ${help}`, `# TYPE ${described} ${type}`, ...lines].join('\n')
    })
    return `${[...parts, ...(isOpen ? ['# EOF'] : [])].join('\n')}\n`
  }

  /** The lines of a metric, where there is room for so many more. */
  #room(metric: Metric, lines: number): string[] | undefined {
    if (this.#count + lines > this.#most) {
      this.leftOut += lines
      return undefined
    }
    this.#count += lines
    const known = this.#families.get(metric.name) ?? { metric, lines: [] }
    this.#families.set(metric.name, known)
    return known.lines
  }
}

/** Without what adding up fractions has left. */
function round(value: number): number {
  return Number(value.toPrecision(15))
}

/** A bound always has a point, as OpenMetrics wants it. */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : `${bound}`
}

function textOf(labels: Labels, bound?: string): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`)
  if (bound !== undefined) pairs.push(`le="${bound}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** Half of a surrogate pair is no text: it has no form in UTF-8. */
function escaped(value: string): string {
  return value
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
}
