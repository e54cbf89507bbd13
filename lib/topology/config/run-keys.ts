/** The keys of the run itself: its size, its queues, its workers, and what is seen of it. */
import { LOG_LEVELS } from '../../util/log-levels.ts'
import type { ConfigKey } from './config-key.ts'

/** How many processes, executors and tasks there are. */
export const SIZE = {
  'topology.workers': {
    type: 'integer',
    default: 1,
    least: 1,
    most: 1024,
    doc: 'Worker processes. Executors are spread over them in turn. `--workers N` sets it too.',
    storm: 'the same',
  },
  'topology.acker.executors': {
    type: 'integer',
    default: null,
    least: 0,
    most: 1024,
    doc: 'Ackers. `null`: one for each worker, and a spout is served by the one in its own worker. `0`: no tuple is tracked; `ack` is called as soon as a tuple was emitted, `fail` never.',
    storm: 'the same',
  },
  'topology.tasks': {
    type: 'integer',
    default: null,
    least: 1,
    most: 65_536,
    perComponent: true,
    doc: 'Tasks of a component; `null`: as many as its parallelism. With more tasks than executors, several tasks are placed together. Fixed for the life of the topology. `numTasks` and `setNumTasks` set it.',
    storm: 'the same',
  },
  'topology.component.cpu.pcore.percent': {
    type: 'number',
    default: null,
    least: 0,
    most: 1_000_000,
    perComponent: true,
    doc: 'What each executor of a component needs of a core, percent, for the choice of a host; `null`: nothing is said. `setCPULoad` and `cpuLoad` set it.',
    storm: 'the same, 10',
  },
  'topology.component.resources.onheap.memory.mb': {
    type: 'number',
    default: null,
    least: 0,
    most: 1_000_000_000,
    perComponent: true,
    doc: 'What each executor of a component needs of memory, MB, for the choice of a host; `null`: nothing is said. `setMemoryLoad` and `onHeapMemoryLoad` set it.',
    storm: 'the same, 128',
  },
  'topology.component.resources.offheap.memory.mb': {
    type: 'number',
    default: null,
    least: 0,
    most: 1_000_000_000,
    perComponent: true,
    doc: 'Further memory of each executor, MB. `setMemoryLoad` and `offHeapMemoryLoad` set it.',
    storm: 'the same, 0',
  },
  'topology.max.task.parallelism': {
    type: 'integer',
    default: null,
    least: 1,
    most: 65_536,
    perComponent: true,
    doc: 'Upper limit of the executors and tasks of each component. Given for a run with `-c`, it goes in both directions: what was declared counts anew.',
    storm: 'the same',
  },
} as const satisfies Record<string, ConfigKey>

/** What happens to a root that is not acked. */
export const RELIABILITY = {
  'topology.message.timeout.secs': {
    type: 'number',
    default: 30,
    least: 0.001,
    most: 86_400,
    perComponent: true,
    doc: "A root fails, reason timeout, when for one to two of these nothing of its tree was acked and nothing waited for its turn in a queue of Typhoon's. Fractions are allowed.",
    storm: 'counts from the emission, queues included',
  },
  'topology.enable.message.timeouts': {
    type: 'flag',
    default: true,
    doc: '`false`: no root ever times out; one that is never acked keeps its place among the pending ones for ever.',
    storm: 'the same',
  },
  'topology.max.spout.pending': {
    type: 'integer',
    default: 100_000,
    least: 1,
    most: 16_000_000,
    perComponent: true,
    doc: 'Tracked roots in flight per spout task. When reached, `nextTuple` is not called; one call that emits several can go over it.',
    storm: '`null`, without limit',
  },
  'topology.replay.max.attempts': {
    type: 'integer',
    default: 5,
    least: 1,
    most: 1_000_000,
    perComponent: true,
    doc: 'How often a `ReliableSpout` emits a root before it becomes a dead letter.',
    storm: 'no such policy',
  },
  'topology.replay.delay.ms': {
    type: 'number',
    default: 100,
    least: 0,
    most: 86_400_000,
    perComponent: true,
    doc: 'Delay before the first replay; doubled for each further one, with jitter.',
  },
  'topology.replay.max.delay.ms': {
    type: 'number',
    default: 30_000,
    least: 0,
    most: 86_400_000,
    perComponent: true,
    doc: 'Upper limit of the delay before a replay.',
  },
  'topology.dead.letters.file': {
    type: 'text',
    default: null,
    perComponent: true,
    doc: 'File of the dead letters, JSON lines, appended to; relative to the folder in which the command runs. `null`: `dead-letters/<topology>.jsonl`.',
  },
  'topology.spout.error.limit': {
    type: 'integer',
    default: 10,
    least: 1,
    most: 1_000_000,
    perComponent: true,
    doc: 'Exceptions of `nextTuple` and `isExhausted` in a row after which the topology fails, and failed attempts in a row to write dead letters.',
    storm: 'the first exception ends the worker',
  },
} as const satisfies Record<string, ConfigKey>

/** Ticks, and promises of `execute`. */
export const TICKS = {
  'topology.tick.tuple.freq.secs': {
    type: 'number',
    default: null,
    least: 0.001,
    most: 86_400,
    perComponent: true,
    doc: 'How often each task of a bolt gets a tick; `null`: never.',
    storm: 'the same, whole seconds',
  },
  'topology.bolt.concurrency': {
    type: 'integer',
    default: 1,
    least: 1,
    most: 65_536,
    perComponent: true,
    doc: 'Promises of `execute` that may be unsettled at a time, per task. When reached, the task waits. `setConcurrency` sets it.',
    storm: 'none',
  },
} as const satisfies Record<string, ConfigKey>

/** Bounds of the queues, and what happens when one is reached. */
export const BUFFERS = {
  'topology.executor.receive.buffer.size': {
    type: 'integer',
    default: 2048,
    least: 2,
    most: 1_048_576,
    perComponent: true,
    doc: 'Tuples waiting for one task. When reached, its senders are held back until half of it has gone.',
    storm: '32768, a power of 2',
  },
  'topology.transfer.buffer.bytes': {
    type: 'integer',
    default: 262_144,
    least: 65_536,
    most: 1_073_741_824,
    doc: 'Bytes waiting to be sent to one worker. When reached, those who send to that worker are held back.',
    storm: '`topology.transfer.buffer.size`, 1000 messages',
  },
  'topology.transfer.batch.bytes': {
    type: 'integer',
    default: 32_768,
    least: 256,
    most: 1_048_576,
    doc: 'A frame of tuples leaves when it has this many bytes, or when the turn of the run loop ends, whichever is first, so a lone tuple does not wait.',
    storm: '`topology.transfer.batch.size`, 1 message',
  },
  'topology.frame.max.bytes': {
    type: 'integer',
    default: 16_777_216,
    least: 65_536,
    most: 268_435_456,
    doc: 'Largest frame. A tuple that does not fit fails with TUPLE_TOO_LARGE; a link that sends more is closed.',
  },
} as const satisfies Record<string, ConfigKey>

/** Read where a tuple is emitted. */
export const SHUFFLE = {
  'topology.disable.loadaware.messaging': {
    type: 'flag',
    default: true,
    perComponent: true,
    doc: '`true`: shuffle grouping takes the tasks in turn, so that their counts never differ by more than one. `false`: it prefers near tasks with short queues.',
    storm: '`false`',
  },
  'topology.localityaware.higher.bound': {
    type: 'number',
    default: 0.8,
    least: 0,
    most: 1,
    perComponent: true,
    doc: 'Mean load (0 to 1) over which a load-aware shuffle looks further away.',
    storm: 'the same',
  },
  'topology.localityaware.lower.bound': {
    type: 'number',
    default: 0.2,
    least: 0,
    most: 1,
    perComponent: true,
    doc: 'Mean load (0 to 1) under which a load-aware shuffle comes nearer again.',
    storm: 'the same',
  },
} as const satisfies Record<string, ConfigKey>

/** How worker processes start, die and stop. */
export const WORKERS = {
  'topology.start.timeout.secs': {
    type: 'number',
    default: 60,
    least: 1,
    most: 3600,
    doc: 'How long all workers together may take to be ready, all `open` and `prepare` included. When reached, the topology fails.',
  },
  'topology.drain.timeout.secs': {
    type: 'number',
    default: 30,
    least: 0,
    most: 86_400,
    doc: 'How long what is in flight may take to finish after a stop was asked for. When reached, the rest is abandoned and counted, and the exit code is 1.',
  },
  'topology.worker.max.restarts': {
    type: 'integer',
    default: 8,
    least: 0,
    most: 1_000_000,
    doc: 'How often a worker that keeps dying is started again before it is given up and the topology fails. One that lived for a minute starts with a clean record.',
  },
  'topology.worker.restart.max.delay.ms': {
    type: 'number',
    default: 10_000,
    least: 0,
    most: 3_600_000,
    doc: 'Upper limit of the delay before a worker is started again: none after the first death, 100 ms after the second, then doubled.',
  },
  'topology.worker.semi.space.mb': {
    type: 'integer',
    default: 16,
    least: 1,
    most: 1024,
    doc: 'Size of a semi-space of the young generation of a worker, MB (`--max-semi-space-size` of Node.js).',
  },
  'topology.worker.max.heap.size.mb': {
    type: 'integer',
    default: null,
    least: 16,
    most: 1_048_576,
    doc: 'Heap of a worker, MB (`--max-old-space-size` of Node.js); `null`: as much as Node.js takes. A worker that has used it up ends with WORKER_OUT_OF_MEMORY and is started again. What is outside of the heap, as buffers and embedded states are, does not count.',
    storm: '`worker.heap.memory.mb`, `-Xmx` of the JVM',
  },
  'topology.worker.memory.limit.mb': {
    type: 'integer',
    default: null,
    least: 64,
    most: 1_048_576,
    doc: 'All memory of a worker and of its children, MB, kept by a control group of Linux; `null`: no limit. Where none can be made, the topology runs without, and LIMIT_UNAVAILABLE says so.',
    storm: '`storm.worker.cgroup.memory.mb.limit`',
  },
  'topology.worker.cpu.weight': {
    type: 'integer',
    default: null,
    least: 1,
    most: 10_000,
    doc: 'How much of the processors a worker gets where they are short, against others with 100 each, kept by a control group of Linux; `null`: as any process.',
    storm: '`storm.worker.cgroup.cpu.limit`',
  },
  'topology.worker.childopts': {
    type: 'texts',
    default: [],
    doc: 'Further options of Node.js for the workers, such as `["--max-old-space-size=4096"]`. Those of several layers are joined.',
    storm: 'options of the JVM, as one text or a list',
  },
  'topology.nimbus.port': {
    type: 'integer',
    default: 0,
    least: 0,
    most: 65_535,
    doc: 'Port on which the nimbus listens, on loopback; `0`: a free one.',
  },
} as const satisfies Record<string, ConfigKey>

/** Reports, counters, and what finds mistakes. */
export const OBSERVATION = {
  'topology.stats.interval.ms': {
    type: 'number',
    default: 500,
    least: 10,
    most: 60_000,
    doc: 'How often a worker reports its counters. They are exact at the end of the run, but for a worker that was killed: for that one the last report counts.',
    storm: 'samples 5 % of the tuples (`topology.stats.sample.rate`)',
  },
  'topology.loop.stall.ms': {
    type: 'number',
    default: 1000,
    least: 50,
    most: 3_600_000,
    doc: 'An event loop that is blocked for longer is reported on stderr, with the task that blocks it. The worker is not taken for dead.',
  },
  'topology.worker.timeout.secs': {
    type: 'number',
    default: 30,
    least: 0.1,
    most: 86_400,
    doc: 'A worker that says nothing to the nimbus for this long, and whose watching thread does not either, is ended and started again.',
    storm: '`supervisor.worker.timeout.secs`',
  },
  'topology.worker.stall.limit.secs': {
    type: 'number',
    default: null,
    least: 0.1,
    most: 86_400,
    doc: 'A worker whose event loop is blocked for this long while the topology runs is ended and started again. `null`: twice `topology.message.timeout.secs`, and 5 at least.',
    storm: 'only the message timeout notices it',
  },
  'topology.max.error.report.per.interval': {
    type: 'integer',
    default: 5,
    least: 1,
    most: 1_000_000,
    doc: 'Errors of one component in one worker that are shown in each interval; the rest is counted.',
    storm: 'the same',
  },
  'topology.error.throttle.interval.secs': {
    type: 'number',
    default: 10,
    least: 0.001,
    most: 86_400,
    doc: 'The interval of `topology.max.error.report.per.interval`.',
    storm: 'the same',
  },
  'topology.log.level': {
    type: 'text',
    default: 'debug',
    choices: LOG_LEVELS,
    perComponent: true,
    doc: 'The least level of the lines that a component logs: `debug`, `info`, `warn` or `error`; what is below it is left out where it is logged. `typhoon log-level` sets another one while the topology runs.',
    storm: 'a file for log4j',
  },
  'topology.debug': {
    type: 'flag',
    default: false,
    perComponent: true,
    doc: 'Logs every tuple that is emitted, at the level `debug`, which is shown then.',
    storm: 'the same',
  },
  'topology.testing.always.try.serialize': {
    type: 'flag',
    default: false,
    perComponent: true,
    doc: 'Encodes tuples between tasks of one worker too, to find what cannot be sent; set it for the component that receives them.',
    storm: 'the same',
  },
} as const satisfies Record<string, ConfigKey>
