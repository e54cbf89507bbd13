/**
 * Running topologies from code, as `typhoon/run`: this re-exports and does nothing else. docs/guide.md shows how to use
 * it.
 */
export type { RunEvents, RunStatus } from '../daemon/report/events.ts'
export type { ComponentReport, Outcome, RunReport } from '../daemon/report/report.ts'
export type { Problem } from '../errors/typhoon-error.ts'
export type { LogRecord } from '../messaging/control.ts'
export { Histogram, type HistogramData, type Percentiles } from '../stats/histogram.ts'
export type { ComponentId, Incarnation, TaskId, WorkerId } from '../tuple/ids.ts'
export type { DrpcService, RunListener } from './listeners.ts'
export { type LoadedTopology, type LoadOptions, load } from './load.ts'
export type { ComponentMetrics, RunMetrics, WorkerMetrics } from './metrics.ts'
export { type ComponentRates, type RunRates, ratesBetween } from './rates.ts'
export { type Run, type RunOptions, run } from './run.ts'
