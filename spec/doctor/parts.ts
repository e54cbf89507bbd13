/** Figures of a topology in which all is well, and what differs. */
import type { Looked } from '../../lib/doctor/finding.ts'
import type { ComponentFigures, TaskFigures, WorkerFigures } from '../../lib/history/figures.ts'
import type { TimelineEvent } from '../../lib/history/timeline.ts'

/** A task with little to do. */
export function task(number: number, more: Partial<TaskFigures> = {}): TaskFigures {
  return {
    ...{ task: number, worker: 1, capacity: 0.1, executed: 100, heldShare: 0, fullShare: 0, queued: 0, mostQueued: 0 },
    ...more,
  }
}

/** A component whose tasks are these. */
export function component(
  kind: 'spout' | 'bolt',
  tasks: readonly TaskFigures[],
  more: Partial<ComponentFigures> = {},
): ComponentFigures {
  const most = (name: 'capacity' | 'heldShare' | 'fullShare') => Math.max(0, ...tasks.map((one) => one[name]))
  return {
    kind,
    ...{ emitted: 0, transferred: 0, executed: 0, acked: 1000, failed: 0, roots: 1000, replayed: 0, deadLettered: 0 },
    failedBy: { timeout: 0, explicit: 0, workerLost: 0 },
    perSecond: { emitted: 0, transferred: 0, executed: 0, acked: 0, failed: 0 },
    ...{ capacity: most('capacity'), heldShare: most('heldShare'), fullShare: most('fullShare') },
    ...{ queued: 0, mostQueued: 0, pending: 0, waiting: 0, counters: {}, gauges: {} },
    histograms: {},
    streams: [],
    inputs: [],
    tasks,
    ...more,
  }
}

/** A worker that fares well. */
export function worker(more: Partial<WorkerFigures> = {}): WorkerFigures {
  return {
    ...{ isAlive: true, memoryBytes: 100e6, mostMemoryBytes: 100e6, cores: 0.3, heapUsedBytes: 50e6 },
    ...{ heapLimitBytes: 2000e6, heapFloors: [40e6, 40e6, 41e6, 40e6, 40e6, 41e6], gcShare: 0.01 },
    ...{ loopDelayMs: 1, mostLoopDelayMs: 5, links: [] },
    ...more,
  }
}

/** lines → parse → count, by fields; with ten minutes of figures. */
export function looked(
  components: Readonly<Record<string, ComponentFigures>> = {},
  workers: Readonly<Record<number, WorkerFigures>> = {},
  events: readonly Omit<TimelineEvent, 'number' | 'time'>[] = [],
): Looked {
  return {
    figures: {
      ...{ window: '600', seconds: 600, status: 'running', memoryBytes: 100e6, snapshots: [] },
      components: {
        lines: component('spout', [task(1)]),
        parse: component('bolt', [task(2)]),
        count: component('bolt', [task(3), task(4)]),
        ...components,
      },
      workers: Object.assign({ 1: worker() }, workers),
    },
    edges: [
      { from: 'lines', to: 'parse', grouping: 'shuffle' },
      { from: 'parse', to: 'count', grouping: 'fields' },
    ],
    outOfStep: {},
    events: events.map((event, index) => ({ number: index + 1, time: '2030-01-01T00:00:00.000Z', ...event })),
  }
}
