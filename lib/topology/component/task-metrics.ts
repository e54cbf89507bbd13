/**
 * What a component measures by itself, each under a name of its own: it is kept over time, and shown beside what the
 * runtime measures. Storm's registerCounter, registerGauge and registerHistogram.
 */

/** A number that only grows, summed over the tasks of a component. */
export interface Counter {
  inc(by?: number): void
}

/** A number that rises and falls, of which the sum, the least and the greatest of all tasks are shown. */
export interface Gauge {
  set(value: number): void
}

/** How values are spread, milliseconds for instance: each is kept to within 1/64 of itself, and to a thousandth. */
export interface ValueHistogram {
  /** A negative value counts as 0. */
  record(value: number): void
}

/**
 * The metrics of a task by name: the same one for the same name. A task has at most 100, and a name has at most 100
 * characters. What is beyond, and a value that is none (NaN, a counter that would shrink), is reported once and counts
 * nothing: a metric does not fail a tuple.
 */
export interface TaskMetrics {
  /** @throws BAD_ARGUMENT where it cannot be a name */
  counter(name: string): Counter
  /** @param read asked for the value whenever the worker reports @throws BAD_ARGUMENT where it cannot be a name */
  gauge(name: string, read?: () => number): Gauge
  /** @throws BAD_ARGUMENT where it cannot be a name */
  histogram(name: string): ValueHistogram
}
