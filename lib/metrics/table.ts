/**
 * Every metric that can be scraped: the document and the dashboard are made of this table, and the compiler compares it
 * with the figures that are kept.
 */
import type { COMPONENT, INPUT, LINK, STREAM, TASK, WORKER } from '../history/tables.ts'
import { counter, gauge, histogram, type Metric, type MetricGroup, seconds } from './metric.ts'

type Of<Figures> = Readonly<Record<keyof Figures, Metric>>

/** Of the service, or of the run in the foreground. */
const SERVICE_METRICS = {
  version: gauge('info', 'Always 1; its version is a label.'),
  startedAt: gauge('start_time_seconds', 'When it has begun, in seconds since 1970.', { storm: 'uptimeSecs' }),
  topologies: gauge('topologies', 'Topologies that there are.'),
  memoryBytes: gauge('process_memory_bytes', 'Resident memory of the process that answers.', { storm: 'memory.*' }),
  cpuMs: seconds('process_cpu', 'Processor time of the process that answers.', { storm: 'CGroupCpu' }),
  leftOut: gauge('left_out_samples', 'Samples that were left out of this answer, for there is no room for more.'),
} as const

const HOST_METRICS = {
  linked: gauge('host_linked', 'Whether there is a link to the host: 1 or 0.'),
  draining: gauge('host_draining', 'Whether the host is to be left: 1 or 0.'),
  slots: gauge('host_slots', 'Slots for workers.', { storm: 'totalSlots' }),
  slotsUsed: gauge('host_slots_used', 'Slots that are in use.', { storm: 'usedSlots' }),
} as const

const TOPOLOGY_METRICS = {
  running: gauge('topology_running', 'Whether a run of it is under way: 1 or 0.'),
  active: gauge('topology_active', 'Whether its spouts are to emit: 1 or 0.'),
  seconds: gauge('topology_run_seconds', 'For how long its run goes on.', { storm: 'uptimeSecs' }),
  workersPlanned: gauge('topology_workers_planned', 'Workers that it is to have.', { storm: 'workersTotal' }),
  workers: gauge('topology_workers', 'Workers that are there and have reported.'),
  badFrames: counter('topology_bad_frames', 'Frames that were refused as malformed.'),
  longestStall: gauge('topology_longest_stall_seconds', 'The longest that an event loop of its run was blocked.', {
    scale: 0.001,
  }),
  snapshotSeconds: gauge('topology_snapshot_seconds', 'How long its last complete snapshot has taken.', {
    scale: 0.001,
  }),
  snapshotBytes: gauge('topology_snapshot_bytes', 'What its last complete snapshot holds, in earlier files as well.'),
  snapshotAt: gauge('topology_snapshot_time_seconds', 'When that was complete, in seconds since 1970.', {
    scale: 0.001,
  }),
} as const

const COMPONENT_METRICS: Of<typeof COMPONENT> & Readonly<Record<'tasks' | 'watermark', Metric>> = {
  tasks: gauge('component_tasks', 'Tasks that it has.', { storm: 'numTasks' }),
  emitted: counter('component_emitted', 'Tuples emitted.', { storm: '__emit-count' }),
  transferred: counter('component_transferred', 'Copies of what was emitted, that were sent to tasks.', {
    storm: '__transfer-count',
  }),
  executed: counter('component_executed', 'Tuples executed by a bolt.', { storm: '__execute-count' }),
  acked: counter('component_acked', 'Of a bolt: tuples acked; of a spout: roots.', { storm: '__ack-count' }),
  failed: counter('component_failed', 'Of a bolt: tuples failed; of a spout: roots.', { storm: '__fail-count' }),
  roots: counter('component_roots', 'Roots emitted by a spout, whose trees are tracked.'),
  failedTimeout: failedBy('timeout'),
  failedExplicit: failedBy('explicit'),
  failedWorkerLost: failedBy('worker-lost'),
  replayed: counter('component_replayed', 'Roots emitted again.'),
  deadLettered: counter('component_dead_lettered', 'Roots, or tuples, that were given up and became dead letters.'),
  backlogRecords: gauge('component_backlog_records', 'Records of its input that a spout has not emitted, if it knows.'),
  backlogBytes: gauge('component_backlog_bytes', 'Bytes of its input that a spout has not emitted, if it knows.'),
  busyMs: seconds('component_busy', 'Time in execute or nextTuple, over all tasks.', { storm: 'Capacity' }),
  waitingMs: seconds('component_waiting', 'Time from the return of execute until its promise has settled.'),
  heldMs: seconds('component_held', 'Time in which its tasks were held back by others.', {
    storm: '__skipped-backpressure-ms',
  }),
  fullMs: seconds('component_full', 'Time in which inboxes of its tasks were full.', {
    storm: '__backpressure-last-overflow-count',
  }),
  queued: gauge('component_queued', 'Tuples that wait for its tasks.', { storm: '__receive-queue population' }),
  pending: gauge('component_pending', 'Roots of a spout that are in flight.'),
  waiting: gauge('component_replays_waiting', 'Failed roots that wait for their replay.'),
  watermark: gauge('component_watermark_seconds', 'How far event time has come for all of its tasks.', {
    scale: 0.001,
  }),
}

function failedBy(reason: string): Metric {
  return counter('component_failed_roots', 'Roots of a spout that have failed, by reason.', {
    fixed: { label: 'reason', value: reason },
  })
}

const STREAM_METRICS: Of<typeof STREAM> = {
  emitted: counter('stream_emitted', 'Tuples emitted.', { storm: '__emit-count' }),
  transferred: counter('stream_transferred', 'Copies of them that were sent to tasks.', { storm: '__transfer-count' }),
}

const INPUT_METRICS: Of<typeof INPUT> = {
  sent: counter('input_sent', 'Tuples sent to a bolt, unless its grouping alone knows how many.'),
  acked: counter('input_acked', 'Tuples acked, of a bolt that has no other input.', { storm: '__ack-count' }),
  failed: counter('input_failed', 'Tuples that a bolt has failed.', { storm: '__fail-count' }),
}

const LINK_METRICS: Of<typeof LINK> = {
  sentBytes: counter('link_sent_bytes', 'Bytes of tuples that were sent.', { storm: '__send-iconnection-sent' }),
  waitingBytes: gauge('link_waiting_bytes', 'Bytes that the network has not taken yet.', {
    storm: '__send-iconnection-pending',
  }),
}

const LATENCY_METRICS = {
  completeLatency: histogram('component_complete_latency_seconds', 'Of roots of a spout: from emit to ack.', {
    storm: '__complete-latency',
  }),
  executeLatency: histogram('component_execute_latency_seconds', 'Of some tuples of a bolt: in execute.', {
    storm: '__execute-latency',
  }),
  processLatency: histogram('component_process_latency_seconds', 'Of some tuples of a bolt: until their ack.', {
    storm: '__process-latency',
  }),
} as const

const TASK_METRICS: Of<typeof TASK> = {
  executed: counter('task_executed', 'Tuples executed.', { storm: '__execute-count' }),
  busyMs: seconds('task_busy', 'Time in execute or nextTuple; its rate is the capacity.', { storm: 'Capacity' }),
  heldMs: seconds('task_held', 'Time in which it was held back by others.'),
  fullMs: seconds('task_full', 'Time in which its inbox was full.'),
  queued: gauge('task_queued', 'Tuples that wait for it.', { storm: '__receive-queue population' }),
}

/** What is left of a heap after collections is seen over time, and no metric. */
const WORKER_METRICS: Of<Omit<typeof WORKER, 'heapFloorBytes'>> = {
  cpuMs: seconds('worker_cpu', 'Processor time.', { storm: 'workerCpuUsage' }),
  memoryBytes: gauge('worker_memory_bytes', 'Resident memory.', { storm: 'memory.*' }),
  heapUsedBytes: gauge('worker_heap_used_bytes', 'What V8 has in use.', { storm: 'memory.heap.used' }),
  heapLimitBytes: gauge('worker_heap_limit_bytes', 'What V8 may have at most.', { storm: 'memory.heap.max' }),
  gcMs: seconds('worker_gc', 'Time that the collector took.', { storm: 'GC.*' }),
  loopDelayMs: gauge('worker_loop_delay_seconds', 'How late the event loop came to a timer in 99 of 100 cases.', {
    scale: 0.001,
  }),
}

const USER_METRICS = {
  counters: counter('user_events', 'A counter of context.metrics.', { storm: 'registerCounter' }),
} as const

const GAUGE_METRICS = {
  gauges: gauge('user_level', 'A gauge of context.metrics: sum, least or most of the tasks.', {
    storm: 'registerGauge',
  }),
} as const

const HISTOGRAM_METRICS = {
  histograms: histogram('user_values', 'A histogram of context.metrics, in the unit of its own.', {
    storm: 'registerHistogram',
  }),
} as const

/** By what they are of. */
export const METRICS = {
  service: { of: 'the service', labels: [], metrics: SERVICE_METRICS },
  host: { of: 'a host', labels: ['host'], metrics: HOST_METRICS },
  topology: { of: 'a topology', labels: ['topology'], metrics: TOPOLOGY_METRICS },
  component: { of: 'a component', labels: ['topology', 'component'], metrics: COMPONENT_METRICS },
  latency: { of: 'the times of a component', labels: ['topology', 'component'], metrics: LATENCY_METRICS },
  stream: { of: 'a stream', labels: ['topology', 'component', 'stream'], metrics: STREAM_METRICS },
  input: { of: 'an input of a bolt', labels: ['topology', 'component', 'from', 'stream'], metrics: INPUT_METRICS },
  task: { of: 'a task', labels: ['topology', 'component', 'task'], metrics: TASK_METRICS },
  worker: { of: 'a worker', labels: ['topology', 'worker'], metrics: WORKER_METRICS },
  link: { of: 'a link between workers', labels: ['topology', 'worker', 'to'], metrics: LINK_METRICS },
  user: { of: 'a counter of yours', labels: ['topology', 'component', 'name'], metrics: USER_METRICS },
  gauge: { of: 'a gauge of yours', labels: ['topology', 'component', 'name', 'stat'], metrics: GAUGE_METRICS },
  histogram: { of: 'a histogram of yours', labels: ['topology', 'component', 'name'], metrics: HISTOGRAM_METRICS },
} as const satisfies Readonly<Record<string, MetricGroup>>
