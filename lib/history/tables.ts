/** Which figures are kept of what, and what each is: see `Kind`. Milliseconds and bytes unless it says otherwise. */
import type { ComponentMetrics, WorkerMetrics } from '../stats/metrics.ts'
import type { FigureTable, Values } from './track.ts'

/** Of the run. */
export const RUN = {
  /** Time in which it was looked at. */
  elapsedMs: 'count',
  memoryBytes: 'level',
  workers: 'level',
} as const satisfies FigureTable

/** Of a component, over all its tasks. */
export const COMPONENT = {
  emitted: 'count',
  transferred: 'count',
  executed: 'count',
  acked: 'count',
  failed: 'count',
  roots: 'count',
  failedTimeout: 'count',
  failedExplicit: 'count',
  failedWorkerLost: 'count',
  replayed: 'count',
  deadLettered: 'count',
  backlogRecords: 'level',
  backlogBytes: 'level',
  busyMs: 'count',
  waitingMs: 'count',
  heldMs: 'count',
  fullMs: 'count',
  queued: 'level',
  pending: 'level',
  waiting: 'level',
} as const satisfies FigureTable

/** Of one task. */
export const TASK = {
  executed: 'count',
  busyMs: 'count',
  heldMs: 'count',
  fullMs: 'count',
  queued: 'level',
} as const satisfies FigureTable

/** Of a worker. */
export const WORKER = {
  cpuMs: 'count',
  memoryBytes: 'level',
  heapUsedBytes: 'level',
  /** What is left in use after the collector was there. */
  heapFloorBytes: 'floor',
  heapLimitBytes: 'level',
  gcMs: 'count',
  loopDelayMs: 'level',
} as const satisfies FigureTable

/** Of a stream of a component. */
export const STREAM = { emitted: 'count', transferred: 'count' } as const satisfies FigureTable

/** Of an input of a bolt; what is not known is 0. */
export const INPUT = { sent: 'count', acked: 'count', failed: 'count' } as const satisfies FigureTable

/** Of what a worker sends to another one. */
export const LINK = { sentBytes: 'count', waitingBytes: 'level' } as const satisfies FigureTable

/** Of what a component counts by itself. */
export const COUNTER = { value: 'count' } as const satisfies FigureTable

/** What a component has counted, by the names of its figures. */
export function componentValues(component: ComponentMetrics): Values<typeof COMPONENT> {
  const { timeout, explicit, workerLost } = component.failedBy
  const none = { backlogRecords: 0, backlogBytes: 0 }
  return { ...none, ...component, failedTimeout: timeout, failedExplicit: explicit, failedWorkerLost: workerLost }
}

/** What a worker has reported, by the names of its figures. */
export function workerValues(worker: WorkerMetrics): Values<typeof WORKER> {
  return { ...worker, heapFloorBytes: worker.heapUsedBytes }
}
