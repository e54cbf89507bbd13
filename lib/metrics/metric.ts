/** What a metric is: a row of the table. */

/** Which labels a metric may have. */
export type Label =
  | 'topology'
  | 'component'
  | 'stream'
  | 'from'
  | 'to'
  | 'worker'
  | 'task'
  | 'host'
  | 'name'
  | 'stat'
  | 'reason'
  | 'version'

/** One metric, or one value of it where several have its name. */
export interface Metric {
  /** As Prometheus has it: of a counter with its `_total`. */
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** What it is, without quotes and back-slashes. */
  readonly help: string
  /** What is counted times this is what is shown: seconds of milliseconds. */
  readonly scale?: number
  /** A label that has always this value. */
  readonly fixed?: { readonly label: Label; readonly value: string }
  /** What Storm calls it, where it has it. */
  readonly storm?: string
}

/** A part of the table, whose metrics have the same labels. */
export interface MetricGroup {
  readonly labels: readonly Label[]
  /** Of what they are, in words. */
  readonly of: string
  readonly metrics: Readonly<Record<string, Metric>>
}

/** What is said of a metric beside its name, its type and its help. */
type More = Pick<Metric, 'storm' | 'fixed'>

const SECONDS_PER_MS = 0.001

/** A number that grows. @param name without `_total` */
export function counter(name: string, help: string, more: More = {}): Metric {
  return { name: `typhoon_${name}_total`, type: 'counter', help, ...more }
}

/** A time in milliseconds that grows. @param name without `_seconds_total` */
export function seconds(name: string, help: string, more: More = {}): Metric {
  return { ...counter(`${name}_seconds`, help, more), scale: SECONDS_PER_MS }
}

/** A number that rises and falls. */
export function gauge(name: string, help: string, more: More & Pick<Metric, 'scale'> = {}): Metric {
  return { name: `typhoon_${name}`, type: 'gauge', help, ...more }
}

/** How values are spread. */
export function histogram(name: string, help: string, more: More = {}): Metric {
  return { name: `typhoon_${name}`, type: 'histogram', help, ...more }
}
