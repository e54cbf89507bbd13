/**
 * Every configuration key of the runtime: its type, its limits, its default, what it means. Storm's names where Storm
 * has the key. Each bound of the runtime stands here, and what happens when it is reached. Keys that are not listed are
 * passed through to the components.
 */

/** The types that a key can have. */
export type KeyType = 'Integer' | 'Number' | 'Boolean' | 'String' | 'List'

interface ConfigKey {
  readonly type: KeyType
  readonly default: unknown
  readonly min?: number
  readonly max?: number
  /** All that a text may be, where it is not any. */
  readonly values?: readonly string[]
  readonly doc: string
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

/** By name. docs/configuration.md tells them at length. */
export const CONFIG_KEYS = {
  'topology.workers': key('Integer', 1, 'Worker processes.', 1, 1024),
  'topology.acker.executors': key('Integer', null, 'Ackers; null: one per worker; 0: no tuple is tracked.', 0, 1024),
  'topology.tasks': key('Integer', null, 'Tasks of a component; null: as many as executors.', 1, 65536),
  'topology.max.task.parallelism': key(
    'Integer',
    null,
    'Upper limit of the executors and tasks of each component.',
    1,
    65536,
  ),
  'topology.message.timeout.secs': key(
    'Number',
    30,
    'A root of whose tree nothing is acked and nothing waits for its turn for one to two of these fails, reason timeout.',
    0.001,
    86_400,
  ),
  'topology.enable.message.timeouts': key('Boolean', true, 'False: no root ever times out.'),
  'topology.max.spout.pending': key(
    'Integer',
    100_000,
    'Tracked roots in flight per spout task. When reached, nextTuple is not called.',
    1,
    16_000_000,
  ),
  'topology.tick.tuple.freq.secs': key(
    'Number',
    null,
    'Every so often each task of the bolt gets a tick tuple.',
    0.001,
    86_400,
  ),
  'topology.bolt.concurrency': key(
    'Integer',
    1,
    'Promises of execute that may be unsettled at a time, per task. When reached, the task waits.',
    1,
    65_536,
  ),
  'topology.executor.receive.buffer.size': key(
    'Integer',
    2048,
    'Tuples waiting for one task. When reached, those who send to it are held back until a half of it has gone.',
    2,
    1_048_576,
  ),
  'topology.transfer.buffer.bytes': key(
    'Integer',
    262_144,
    'Bytes waiting to be sent to one worker. When reached, those who send to that worker are held back.',
    65_536,
    1_073_741_824,
  ),
  'topology.transfer.batch.bytes': key(
    'Integer',
    32_768,
    'A frame of tuples leaves when it has so many bytes, or when the turn ends.',
    256,
    1_048_576,
  ),
  'topology.frame.max.bytes': key(
    'Integer',
    16_777_216,
    'Largest frame. A tuple that does not fit fails with TUPLE_TOO_LARGE; a link that sends more is closed.',
    65_536,
    268_435_456,
  ),
  'topology.disable.loadaware.messaging': key(
    'Boolean',
    true,
    'False: shuffle grouping prefers near tasks with short queues.',
  ),
  'topology.localityaware.higher.bound': key(
    'Number',
    0.8,
    'Load over which a load-aware shuffle looks further away.',
    0,
    1,
  ),
  'topology.localityaware.lower.bound': key(
    'Number',
    0.2,
    'Load under which a load-aware shuffle comes nearer again.',
    0,
    1,
  ),
  'topology.drain.timeout.secs': key(
    'Number',
    30,
    'How long what is in flight may take to finish after a stop was asked for. When reached, the rest is abandoned and counted.',
    0,
    86_400,
  ),
  'topology.start.timeout.secs': key('Number', 60, 'How long a worker may take to be ready.', 1, 3600),
  'topology.spout.error.limit': key(
    'Integer',
    10,
    'Exceptions of nextTuple in a row after which the topology fails.',
    1,
    1_000_000,
  ),
  'topology.replay.max.attempts': key(
    'Integer',
    5,
    'How often ReliableSpout emits a root before it becomes a dead letter.',
    1,
    1_000_000,
  ),
  'topology.replay.delay.ms': key(
    'Number',
    100,
    'Delay before the first replay; doubled for each further one, with jitter.',
    0,
    86_400_000,
  ),
  'topology.replay.max.delay.ms': key('Number', 30_000, 'Upper limit of the delay before a replay.', 0, 86_400_000),
  'topology.dead.letters.file': key(
    'String',
    null,
    'File of the dead letters, JSON lines; null: dead-letters/<topology>.jsonl.',
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
    'Upper limit of the growing delay before a worker is started again.',
    0,
    3_600_000,
  ),
  'topology.worker.semi.space.mb': key('Integer', 16, 'Young generation of a worker, half of it.', 1, 1024),
  'topology.worker.childopts': key('List', [], 'Further options of Node.js for the workers.'),
  'topology.stats.interval.ms': key('Number', 500, 'How often a worker reports its counters.', 10, 60_000),
  'topology.loop.stall.ms': key('Number', 1000, 'An event loop that is blocked for longer is reported.', 50, 3_600_000),
  'topology.worker.timeout.secs': key(
    'Number',
    30,
    'A worker that says nothing for so long is ended and started again.',
    0.1,
    86_400,
  ),
  'topology.worker.stall.limit.secs': key(
    'Number',
    null,
    'A worker whose event loop is blocked for so long is ended and started again; null: twice the message timeout, and 5 at least.',
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
  'topology.error.throttle.interval.secs': key('Number', 10, 'The interval of the key above.', 0.001, 86_400),
  'topology.debug': key('Boolean', false, 'Logs every tuple that is emitted.'),
  'topology.testing.always.try.serialize': key(
    'Boolean',
    false,
    'Encodes tuples between tasks of one worker too, to find what cannot be sent.',
  ),
  'topology.multilang.serializer': key(
    'String',
    'json',
    'How messages to and from child processes are written: json or msgpack.',
  ),
  'topology.subprocess.timeout.secs': key(
    'Number',
    null,
    'A child process that says nothing for so long is ended and started again; null: supervisor.worker.timeout.secs, or 30.',
    1,
    86_400,
  ),
  'topology.subprocess.busy.timeout.secs': key(
    'Number',
    null,
    'The same for a child that has tuples which it neither acked nor failed, where it is longer.',
    1,
    86_400,
  ),
  'topology.shellbolt.max.pending': key(
    'Integer',
    100,
    'Messages to a child process for which its pipe has no room. When reached, the task waits.',
    1,
    1_048_576,
  ),
  'topology.shellbolt.max.unread': key(
    'Integer',
    5000,
    'Tuples sent to a child process that it has not shown to have read, by an ack or an answer to a heartbeat. When reached, the task waits.',
    1,
    1_048_576,
  ),
  'topology.state.dir': key('String', 'state', 'Folder of what Trident keeps, a folder for each topology in it.'),
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
    'So long Trident waits for what is away: a full disk, a Redis that does not answer or has no room. Then the topology fails.',
    0,
    31_536_000,
  ),
  'topology.trident.batch.emit.interval.millis': key(
    'Number',
    10,
    'At most one new batch of Trident in each such interval.',
    0,
    3_600_000,
  ),
  'topology.trident.max.batches.pending': key(
    'Integer',
    4,
    'Batches of Trident in flight. When reached, no new one begins.',
    1,
    1000,
  ),
  'topology.trident.batch.max.millis': key(
    'Number',
    500,
    'A spout may emit into one batch for so long: where batches are not through in time, the next ones grow up to this.',
    1,
    60_000,
  ),
  'topology.trident.batch.max.rows': key(
    'Integer',
    1_000_000,
    'Rows that one task of a spout emits into one batch at most.',
    1,
    1_000_000_000,
  ),
  'topology.trident.dead.letters': key(
    'Boolean',
    false,
    'A batch that fails for ever: true, the rows that it fails for become dead letters; false, the topology stops.',
  ),
  'topology.spout.max.batch.size': key(
    'Integer',
    1000,
    'Calls of nextTuple for one batch, where a spout of the core feeds Trident.',
    1,
    1_000_000,
  ),
  'drpc.http.port': key('Integer', 3774, 'Port of the DRPC server of a run; 0: a free one.', 0, 65_535),
  'drpc.host': key(
    'String',
    '127.0.0.1',
    'Address that the DRPC server listens on. Other than loopback it wants a token.',
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
    'A DRPC request that is not answered within this fails.',
    0.001,
    86_400,
  ),
  'drpc.queue.size': key(
    'Integer',
    128,
    'DRPC requests waiting for one function. When reached, further ones are refused.',
    1,
    65_536,
  ),
  'drpc.max.request.bytes': key('Integer', 1_048_576, 'Largest arguments of a DRPC request.', 1, 16_777_216),
  'topology.nimbus.port': key('Integer', 0, 'Port of the nimbus on loopback; 0: a free one.', 0, 65_535),
} as const satisfies Record<string, ConfigKey>

/** A key of the runtime. */
export type ConfigName = keyof typeof CONFIG_KEYS

type ValueOf<T extends KeyType> = T extends 'Integer' | 'Number'
  ? number
  : T extends 'Boolean'
    ? boolean
    : T extends 'String'
      ? string
      : readonly string[]

/** The value of a key of the runtime; null: its default. */
export type ConfigValue<K extends ConfigName> = ValueOf<(typeof CONFIG_KEYS)[K]['type']> | null

/** The keys of the runtime and their values, and no other: a key that is misspelled does not compile. */
export type TopologyConfig = { readonly [K in ConfigName]?: ConfigValue<K> }

/** Configuration by key, as written: the keys of the runtime, and those of the components, which may be any others. */
export type ConfigMap = TopologyConfig & { readonly [key: string]: unknown }

/** How the runtime's keys begin. */
type Prefix = ConfigName extends infer K ? (K extends `${infer First}.${string}` ? First : never) : never

/** What a key may hold: where it looks like one of the runtime's and is none, nothing. */
export type ConfigValueOf<K> = K extends ConfigName
  ? ConfigValue<K>
  : K extends `${Prefix}.${string}`
    ? { readonly 'no key of the runtime is called': K }
    : unknown

/** A configuration, each key checked: see `ConfigValueOf`. */
export type CheckedConfig<C> = { readonly [K in keyof C]: ConfigValueOf<K> }

/** Configuration with the defaults filled in, each key of its type; `null` where a key has no default. */
export type ResolvedConfig = {
  readonly [K in ConfigName]:
    | ValueOf<(typeof CONFIG_KEYS)[K]['type']>
    | ((typeof CONFIG_KEYS)[K]['default'] extends null ? null : never)
} & { readonly [key: string]: any }

/**
 * Layers of configuration, the later ones stronger. Lists are joined, the stronger ones first, each element once;
 * everything else is replaced.
 */
export function mergeConfig(...layers: readonly (ConfigMap | undefined)[]): ConfigMap {
  const merged: Record<string, unknown> = {}
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer ?? {})) {
      const before = merged[name]
      merged[name] =
        isListKey(name) && Array.isArray(before) && Array.isArray(value) ? [...new Set([...value, ...before])] : value
    }
  }
  return merged
}

/** As `mergeConfig`, with the defaults: a known key that is not set, or set to null, has its default. */
export function resolveConfig(...layers: readonly (ConfigMap | undefined)[]): ResolvedConfig {
  const resolved: Record<string, unknown> = { ...mergeConfig(...layers) }
  for (const [name, known] of Object.entries(CONFIG_KEYS)) resolved[name] ??= known.default
  return resolved as ResolvedConfig
}

function isListKey(name: string): boolean {
  return keyOf(name)?.type === 'List'
}

/** Own keys alone: a user's key may be called `toString`. */
export function keyOf(name: string): ConfigKey | undefined {
  return Object.hasOwn(CONFIG_KEYS, name) ? CONFIG_KEYS[name as ConfigName] : undefined
}
