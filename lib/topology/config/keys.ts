/**
 * Every configuration key of the runtime: its type, its limits, its default, what it means. Storm's names where Storm
 * has the key. Each bound of the runtime stands here, and what happens when it is reached. Keys that are not listed are
 * passed through to the components.
 */

/** The types that a key can have. */
export type KeyType = 'Integer' | 'Number' | 'Boolean' | 'String' | 'List'

/** What is known of a key. */
export interface ConfigKey {
  readonly type: KeyType
  readonly default: unknown
  readonly min?: number
  readonly max?: number
  /** All that a text may be, where it is not any. */
  readonly values?: readonly string[]
  readonly doc: string
  /** A component can have a value of its own; else the key is one of the whole topology. */
  readonly perComponent?: true
  /** A token that goes in a header of HTTP; no message ever shows its value. */
  readonly secret?: true
}

function key<T extends KeyType, D>(
  type: T,
  value: D,
  doc: string,
  min?: number,
  max?: number,
): ConfigKey & { readonly type: T; readonly default: D } {
  return { type, default: value, doc, ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }
}

function perComponent<K extends ConfigKey>(known: K): K {
  return { ...known, perComponent: true }
}

/** The keys by name; docs/configuration.md describes them at length. */
export const CONFIG_KEYS = {
  'topology.workers': key('Integer', 1, 'Number of worker processes.', 1, 1024),
  'topology.acker.executors': key('Integer', null, 'Ackers; null: one per worker; 0: no tuple is tracked.', 0, 1024),
  'topology.tasks': perComponent(
    key('Integer', null, 'Number of tasks of a component; null: as many as executors.', 1, 65536),
  ),
  'topology.max.task.parallelism': perComponent(
    key('Integer', null, 'Upper limit of the executors and tasks of each component.', 1, 65536),
  ),
  'topology.message.timeout.secs': perComponent(
    key(
      'Number',
      30,
      'A root fails, reason timeout, when nothing in its tree is acked or waits in a queue for one to two of these, seconds.',
      0.001,
      86_400,
    ),
  ),
  'topology.enable.message.timeouts': key('Boolean', true, 'Whether roots time out.'),
  'topology.max.spout.pending': perComponent(
    key(
      'Integer',
      100_000,
      'Most tracked roots in flight per spout task. When reached, nextTuple is not called.',
      1,
      16_000_000,
    ),
  ),
  'topology.tick.tuple.freq.secs': perComponent(
    key(
      'Number',
      null,
      'Each task of the bolt gets a tick tuple at this interval, seconds; null: none.',
      0.001,
      86_400,
    ),
  ),
  'topology.bolt.concurrency': perComponent(
    key(
      'Integer',
      1,
      'Most unsettled promises of execute at a time, per task. When reached, the task waits.',
      1,
      65_536,
    ),
  ),
  'topology.executor.receive.buffer.size': perComponent(
    key(
      'Integer',
      2048,
      'Most tuples waiting for one task. When reached, its senders are held back until half of them have gone.',
      2,
      1_048_576,
    ),
  ),
  'topology.transfer.buffer.bytes': key(
    'Integer',
    262_144,
    'Most bytes waiting to be sent to one worker. When reached, those who send to that worker are held back.',
    65_536,
    1_073_741_824,
  ),
  'topology.transfer.batch.bytes': key(
    'Integer',
    32_768,
    'A frame of tuples leaves when it has this many bytes, or when the turn ends.',
    256,
    1_048_576,
  ),
  'topology.frame.max.bytes': key(
    'Integer',
    16_777_216,
    'Largest frame, bytes. A tuple that does not fit fails with TUPLE_TOO_LARGE; a link that sends more is closed.',
    65_536,
    268_435_456,
  ),
  'topology.disable.loadaware.messaging': perComponent(
    key(
      'Boolean',
      true,
      'True: shuffle grouping takes the tasks in turn; false: it prefers near tasks with short queues.',
    ),
  ),
  'topology.localityaware.higher.bound': perComponent(
    key('Number', 0.8, 'Load, 0 to 1, above which a load-aware shuffle looks further away.', 0, 1),
  ),
  'topology.localityaware.lower.bound': perComponent(
    key('Number', 0.2, 'Load, 0 to 1, below which a load-aware shuffle comes nearer again.', 0, 1),
  ),
  'topology.drain.timeout.secs': key(
    'Number',
    30,
    'How long tuples in flight may take to finish after a request to stop, seconds. When reached, the rest is abandoned and counted.',
    0,
    86_400,
  ),
  'topology.start.timeout.secs': key('Number', 60, 'How long all workers together may take to be ready.', 1, 3600),
  'topology.spout.error.limit': perComponent(
    key(
      'Integer',
      10,
      'Exceptions of nextTuple and isExhausted in a row after which the topology fails.',
      1,
      1_000_000,
    ),
  ),
  'topology.replay.max.attempts': perComponent(
    key('Integer', 5, 'How often ReliableSpout emits a root before it becomes a dead letter.', 1, 1_000_000),
  ),
  'topology.replay.delay.ms': perComponent(
    key(
      'Number',
      100,
      'Delay before the first replay, milliseconds; doubled for each further one, with jitter.',
      0,
      86_400_000,
    ),
  ),
  'topology.replay.max.delay.ms': perComponent(
    key('Number', 30_000, 'Longest delay before a replay, milliseconds.', 0, 86_400_000),
  ),
  'topology.dead.letters.file': perComponent(
    key('String', null, 'File of the dead letters, JSON lines; null: dead-letters/<topology>.jsonl.'),
  ),
  'topology.worker.max.restarts': key(
    'Integer',
    8,
    'How often a worker that keeps dying is started again before it is given up. One that lived a minute counts anew.',
    0,
    1_000_000,
  ),
  'topology.worker.restart.max.delay.ms': key(
    'Number',
    10_000,
    'Longest delay before a worker is started again, milliseconds.',
    0,
    3_600_000,
  ),
  'topology.worker.semi.space.mb': key('Integer', 16, 'Semi-space of a worker (young generation), MB.', 1, 1024),
  'topology.worker.childopts': key('List', [], 'Further options of Node.js for the workers.'),
  'topology.stats.interval.ms': key('Number', 500, 'How often a worker reports its counters.', 10, 60_000),
  'topology.loop.stall.ms': key('Number', 1000, 'An event loop that is blocked for longer is reported.', 50, 3_600_000),
  'topology.worker.timeout.secs': key(
    'Number',
    30,
    'A worker that is silent for this long is ended and started again, seconds.',
    0.1,
    86_400,
  ),
  'topology.worker.stall.limit.secs': key(
    'Number',
    null,
    'A worker whose event loop is blocked for this long is ended and started again, seconds; null: twice the message timeout, at least 5.',
    0.1,
    86_400,
  ),
  'topology.max.error.report.per.interval': key(
    'Integer',
    5,
    'Errors of one component in one worker that are shown in each interval; the rest is counted.',
    1,
    1_000_000,
  ),
  'topology.error.throttle.interval.secs': key('Number', 10, 'The interval of that limit, seconds.', 0.001, 86_400),
  'topology.debug': perComponent(key('Boolean', false, 'Logs every tuple that is emitted.')),
  'topology.testing.always.try.serialize': perComponent(
    key('Boolean', false, 'Encodes tuples between tasks of one worker too, to find what cannot be sent.'),
  ),
  'topology.multilang.serializer': perComponent(
    key('String', 'json', 'How messages to and from child processes are written: json or msgpack.'),
  ),
  'topology.subprocess.timeout.secs': perComponent(
    key('Number', 30, 'A child process that is silent for this long is ended and started again, seconds.', 1, 86_400),
  ),
  'topology.subprocess.busy.timeout.secs': perComponent(
    key(
      'Number',
      null,
      'The same for a child that has tuples which it neither acked nor failed, if it is longer, seconds.',
      1,
      86_400,
    ),
  ),
  'topology.shellbolt.max.pending': perComponent(
    key(
      'Integer',
      100,
      'Most messages that wait for room in the pipe of a child process. When reached, the task waits.',
      1,
      1_048_576,
    ),
  ),
  'topology.shellbolt.max.unread': perComponent(
    key(
      'Integer',
      5000,
      'Most tuples sent to a child process that it has not shown to have read, by an ack or an answer to a heartbeat. When reached, the task waits.',
      1,
      1_048_576,
    ),
  ),
  'topology.guarantee': {
    ...key(
      'String',
      'at-least-once',
      'What a failure does to tuples: at-most-once (nothing is tracked), at-least-once (failed roots are replayed), exactly-once (everything goes back to the last snapshot).',
    ),
    values: ['at-most-once', 'at-least-once', 'exactly-once'],
  },
  'topology.state.checkpoint.interval.ms': key(
    'Number',
    1000,
    'Pause between two snapshots, milliseconds.',
    10,
    86_400_000,
  ),
  'topology.key.groups': key(
    'Integer',
    128,
    'With exactly-once: number of groups that keys belong to. State moves between tasks by group; a bolt that is grouped by fields has at most so many tasks. Fixed as long as there is state.',
    1,
    32_768,
  ),
  'topology.tuple.max.attempts': key(
    'Integer',
    5,
    'With exactly-once: how often a tuple is executed before a bolt that throws each time leaves it out.',
    1,
    1_000_000,
  ),
  'topology.state.backend': {
    ...key(
      'String',
      'memory',
      'With exactly-once: where states are between two snapshots: memory, or embedded (LMDB, for states larger than memory).',
    ),
    values: ['memory', 'embedded'],
  },
  'topology.state.dir': key(
    'String',
    'state',
    'Folder of the states; each topology has a folder in it. Where it is set, the positions of spouts are kept in every guarantee.',
  ),
  'topology.state.sync': {
    ...key(
      'String',
      'commit',
      'When the embedded store waits for the disk: commit (each commit survives a power cut) or none (each survives the end of its process).',
    ),
    values: ['commit', 'none'],
  },
  'topology.state.unavailable.limit.secs': key(
    'Number',
    3600,
    'How long Trident waits for what is away, seconds: a full disk, a Redis that does not answer or has no room. Then the topology fails.',
    0,
    31_536_000,
  ),
  'topology.trident.batch.emit.interval.millis': key(
    'Number',
    10,
    'Trident begins at most one new batch in each such interval, milliseconds.',
    0,
    3_600_000,
  ),
  'topology.trident.max.batches.pending': key(
    'Integer',
    4,
    'Most batches of Trident in flight. When reached, no new one begins.',
    1,
    1000,
  ),
  'topology.trident.batch.max.millis': key(
    'Number',
    500,
    'Longest time in which a spout emits into one batch, milliseconds: batches grow up to this if earlier ones are not through in time.',
    1,
    60_000,
  ),
  'topology.trident.batch.max.rows': key(
    'Integer',
    1_000_000,
    'Most rows that one task of a spout emits into one batch.',
    1,
    1_000_000_000,
  ),
  'topology.trident.dead.letters': key(
    'Boolean',
    false,
    'A batch that fails permanently: true, the rows that it fails for become dead letters; false, the topology stops.',
  ),
  'topology.spout.max.batch.size': key(
    'Integer',
    1000,
    'Calls of nextTuple for one batch when a spout of the core feeds Trident.',
    1,
    1_000_000,
  ),
  'drpc.http.port': key('Integer', 3774, 'Port of the DRPC server of a run; 0: a free one.', 0, 65_535),
  'drpc.host': key(
    'String',
    '127.0.0.1',
    'Address that the DRPC server listens on. Any other than loopback requires a token.',
  ),
  'drpc.token': {
    ...key(
      'String',
      null,
      'Secret that DRPC clients must show; null: none on loopback, a random one that is printed elsewhere.',
    ),
    secret: true,
  },
  'drpc.request.timeout.secs': key(
    'Number',
    600,
    'A DRPC request that is not answered within this fails, seconds.',
    0.001,
    86_400,
  ),
  'drpc.queue.size': key(
    'Integer',
    128,
    'Most DRPC requests waiting for one function. When reached, further ones are refused.',
    1,
    65_536,
  ),
  'drpc.max.request.bytes': key('Integer', 1_048_576, 'Largest arguments of a DRPC request, bytes.', 1, 16_777_216),
  'topology.nimbus.port': key('Integer', 0, 'Port of the nimbus on loopback; 0: a free one.', 0, 65_535),
} as const satisfies Record<string, ConfigKey>
