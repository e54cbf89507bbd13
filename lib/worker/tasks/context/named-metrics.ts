/** What a task measures by itself, by name; see `TaskMetrics`. */
import { type Problem, toProblem } from '../../../errors/typhoon-error.ts'
import { wrongArgument } from '../../../shape/check-argument.ts'
import { Histogram, type HistogramData } from '../../../stats/histogram.ts'
import type { Counter, Gauge, TaskMetrics, ValueHistogram } from '../../../topology/component/task-metrics.ts'
import { COUNTERS_OF_RUNTIME } from '../../../tuple/system-ids.ts'

/** Most that a task may have. */
const MOST = 100
const NAME = /^(?!__)\P{C}{1,100}$/u
/** A histogram counts whole numbers: of a value three digits after the point are kept. */
const PARTS = 1000

/** Where what is wrong with a metric is told. */
export type ReportMetric = (problem: Problem, error?: unknown) => void

export class NamedMetrics implements TaskMetrics {
  /** The counters, those of the runtime included. */
  readonly counted: Record<string, number> = Object.create(null) as Record<string, number>
  readonly #counters = new Map<string, NamedCounter>()
  readonly #gauges = new Map<string, NamedGauge>()
  readonly #histograms = new Map<string, NamedHistogram>()
  readonly #report: ReportMetric
  #isFull = false

  constructor(report: ReportMetric) {
    this.#report = report
  }

  counter(name: string): Counter {
    return this.#named(this.#counters, name, () => new NamedCounter(name, this.#report, this.counted), NO_COUNTER)
  }

  gauge(name: string, read?: () => number): Gauge {
    const gauge = this.#named(this.#gauges, name, () => new NamedGauge(name, this.#report), NO_GAUGE)
    if (read !== undefined && gauge !== NO_GAUGE) {
      if (typeof read !== 'function')
        throw wrongArgument(`the gauge "${name}"`, read, 'a function', { code: 'BAD_ARGUMENT' })
      gauge.read = read
    }
    return gauge
  }

  histogram(name: string): ValueHistogram {
    return this.#named(this.#histograms, name, () => new NamedHistogram(name, this.#report), NO_HISTOGRAM)
  }

  /** What `context.count` does: those of the runtime may shrink, and are counted in any case. */
  count(name: string, by: number): void {
    const before = this.counted[name]
    if (before !== undefined) this.counted[name] = before + by
    else if (COUNTERS_OF_RUNTIME.has(name)) this.counted[name] = by
    else if (this.counter(name) !== NO_COUNTER) this.counted[name] = by
  }

  /** What the gauges are now; one that cannot be read, or has no number, is left out. */
  readGauges(): Record<string, number> {
    const values = [...this.#gauges].flatMap(([name, gauge]) => {
      const value = this.#valueOf(gauge)
      return value === undefined ? [] : [[name, value] as const]
    })
    return Object.fromEntries(values)
  }

  /** What the histograms hold, by name. */
  get histograms(): Record<string, HistogramData> {
    return Object.fromEntries([...this.#histograms].map(([name, { values }]) => [name, values.data()]))
  }

  #valueOf(gauge: NamedGauge): number | undefined {
    try {
      const value = gauge.read?.() ?? gauge.value
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined
    } catch (error) {
      if (!gauge.hasFailed) this.#report(toProblem(error, 'COMPONENT_FAILED'), error)
      gauge.hasFailed = true
      return undefined
    }
  }

  #named<T>(all: Map<string, T>, name: string, make: () => T, none: T): T {
    const known = all.get(name)
    if (known !== undefined) return known
    if (typeof name !== 'string' || !NAME.test(name) || COUNTERS_OF_RUNTIME.has(name))
      throw wrongArgument('the name of a metric', name, NAMES, { code: 'BAD_ARGUMENT' })
    if (this.#counters.size + this.#gauges.size + this.#histograms.size >= MOST) {
      if (!this.#isFull) this.#report(tooMany(name))
      this.#isFull = true
      return none
    }
    const made = make()
    all.set(name, made)
    return made
  }
}

const NAMES = `a text of 1 to 100 characters that can be printed, does not begin with two underscores, and is none of ${[...COUNTERS_OF_RUNTIME].join(', ')}`

function tooMany(name: string): Problem {
  return {
    code: 'TOO_MANY_METRICS',
    message: `a task has ${MOST} metrics at most, and "${name}" is one more: it is not counted`,
    where: {},
    hint: 'a name says what is measured; what differs from tuple to tuple does not belong into it',
  }
}

/** What all of them have: a value that is none is reported once. */
class Named {
  readonly #name: string
  readonly #report: ReportMetric
  #isReported = false

  constructor(name: string, report: ReportMetric) {
    this.#name = name
    this.#report = report
  }

  protected refuse(value: unknown, wanted: string): void {
    if (this.#isReported) return
    this.#isReported = true
    const error = wrongArgument(`a value of the metric "${this.#name}"`, value, wanted, { code: 'BAD_ARGUMENT' })
    this.#report(toProblem(error), error)
  }
}

class NamedCounter extends Named implements Counter {
  readonly #counted: Record<string, number>
  readonly #key: string

  constructor(name: string, report: ReportMetric, counted: Record<string, number>) {
    super(name, report)
    this.#counted = counted
    this.#key = name
    counted[name] ??= 0
  }

  inc(by = 1): void {
    if (Number.isFinite(by) && by >= 0) this.#counted[this.#key]! += by
    else this.refuse(by, 'a number from 0 up')
  }
}

class NamedGauge extends Named implements Gauge {
  value: number | undefined = undefined
  read: (() => number) | undefined = undefined
  /** It was reported that it cannot be read. */
  hasFailed = false

  set(value: number): void {
    if (Number.isFinite(value)) this.value = value
    else this.refuse(value, 'a finite number')
  }
}

class NamedHistogram extends Named implements ValueHistogram {
  readonly values = new Histogram()

  record(value: number): void {
    if (Number.isFinite(value)) this.values.record(Math.round(value * PARTS))
    else this.refuse(value, 'a finite number')
  }
}

/** Those of the metrics for which there is no room. */
const NO_COUNTER = new NamedCounter('', () => {}, {})
const NO_GAUGE = new NamedGauge('', () => {})
const NO_HISTOGRAM = new NamedHistogram('', () => {})
