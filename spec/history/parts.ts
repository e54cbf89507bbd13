/** What runs have counted, as plain data. */
import type { Counted } from '../../lib/history/kept.ts'
import type { ComponentMetrics, WorkerMetrics } from '../../lib/stats/metrics.ts'

/** A component that has counted nothing but this. */
export function component(more: Partial<ComponentMetrics> = {}): ComponentMetrics {
  return {
    ...{ kind: 'bolt', tasks: 1, emitted: 0, transferred: 0, executed: 0, acked: 0, failed: 0, roots: 0 },
    ...{ pending: 0, waiting: 0, replayed: 0, deadLettered: 0, queued: 0, busyMs: 0, waitingMs: 0 },
    failedBy: { timeout: 0, explicit: 0, workerLost: 0 },
    completeLatency: [],
    executeLatency: [],
    processLatency: [],
    ...{ heldMs: 0, fullMs: 0 },
    counters: {},
    gauges: {},
    histograms: {},
    streams: [],
    inputs: [],
    ...more,
  }
}

/** A run that has counted this until now. */
export function counted(
  seconds: number,
  components: Readonly<Record<string, ComponentMetrics>>,
  workers: Readonly<Record<number, WorkerMetrics>> = {},
): Counted {
  return { seconds, status: 'running', components, workers }
}

/** A worker that has reported nothing but this. */
export function worker(more: Partial<WorkerMetrics> = {}): WorkerMetrics {
  const heap = { heapUsedBytes: 0, heapLimitBytes: 0, gcMs: 0, loopDelayMs: 0, links: [] }
  return { memoryBytes: 0, cpuMs: 0, ...heap, tasks: [], ...more }
}

/** A task of a worker that has reported nothing but this. */
export function task(
  number: number,
  component: string,
  more: Partial<WorkerMetrics['tasks'][number]> = {},
): WorkerMetrics['tasks'][number] {
  return { task: number, component, queued: 0, executed: 0, busyMs: 0, heldMs: 0, fullMs: 0, ...more }
}
