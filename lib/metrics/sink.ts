/** What takes the metrics of a table, in whichever form it tells them on. */
import type { Histogram } from '../stats/histogram.ts'
import type { Label, Metric } from './metric.ts'

/** The values of labels, in the order in which they are shown. */
export type Labels = Partial<Readonly<Record<Label, string | number>>>

export interface MetricSink {
  /** A value that is no finite number is not known, and left out. */
  add(metric: Metric, labels: Labels, value: number): void
  /**
   * What it holds, under bounds that are the same for all of the metric.
   * @param unit how many of what it holds are one of what is shown
   */
  addHistogram(metric: Metric, labels: Labels, histogram: Histogram, bounds: readonly number[], unit: number): void
}
