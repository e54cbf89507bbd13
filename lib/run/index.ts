/**
 * Running topologies from code, as `typhoon/run`: this re-exports and does nothing else. docs/guide.md shows how to use
 * it.
 */
export type { RunOutage } from '../daemon/outages.ts'
export type { RunEvents, RunStatus } from '../daemon/report/events.ts'
export type { ComponentReport, Outcome, RunReport } from '../daemon/report/report.ts'
export type { Problem } from '../errors/typhoon-error.ts'
export type {
  ComponentFigures,
  Latencies,
  Rates,
  RunFigures,
  Series,
  TaskFigures,
  WorkerFigures,
} from '../history/figures.ts'
export type { TimelineEvent } from '../history/timeline.ts'
export type { Window } from '../history/windows.ts'
export type { LogRecord } from '../messaging/control.ts'
export type {
  ComponentDescription,
  EdgeDescription,
  PlanDescription,
  TaskDescription,
} from '../scheduler/describe.ts'
export type { ComponentPromise, HowOften, PathPromise, Promised, Promises } from '../scheduler/promises.ts'
export { Histogram, type HistogramData, type Percentiles } from '../stats/histogram.ts'
export { type ComponentMetrics, type Metrics, memoryBytesOf, type WorkerMetrics } from '../stats/metrics.ts'
export { type ComponentRates, type RunRates, ratesBetween } from '../stats/run-rates.ts'
export type { ResolvedConfig } from '../topology/config/config.ts'
export type { GroupingSpec } from '../topology/topology.ts'
export type { ClockShift, Trace, TracedTuple, TupleState } from '../tracing/trace.ts'
export type { ComponentId, Incarnation, TaskId, WorkerId } from '../tuple/ids.ts'
export type { DrpcService, RunListener } from './listeners.ts'
export { type LoadOptions, load } from './load.ts'
export type { LoadedTopology, TopologySize } from './loaded-topology.ts'
export type { RunMetrics } from './metrics.ts'
export type { ProfileOptions } from './profile.ts'
export { type Run, type RunOptions, run } from './run.ts'
export type { TapFailure, TapGap, TapLine, TapOptions, TapTuple } from './tap.ts'
export type { TopologyPlan } from './topology-plan.ts'
export type { FailedRoot, RunTracing, TracingStatus } from './tracing.ts'
