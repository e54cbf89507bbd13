/** The keys of what stands around the run: states, Trident, DRPC, and child processes. */
import type { ConfigKey } from './config-key.ts'

/** What a failure does to tuples, and what is kept. */
export const STATE = {
  'topology.guarantee': {
    type: 'String',
    default: 'at-least-once',
    values: ['at-most-once', 'at-least-once', 'exactly-once'],
    doc: 'What a failure does to tuples. `at-most-once`: nothing is tracked, and what is lost stays lost. `at-least-once`: ackers track every tuple tree, and failed roots are replayed. `exactly-once`: snapshots are taken, and everything goes back to the last one.',
  },
  'topology.state.checkpoint.interval.ms': {
    type: 'Number',
    default: 1000,
    min: 10,
    max: 86_400_000,
    doc: 'Pause between two snapshots, milliseconds; without `exactly-once` they hold the positions of spouts alone.',
  },
  'topology.key.groups': {
    type: 'Integer',
    default: 128,
    min: 1,
    max: 32_768,
    doc: 'With `exactly-once`: number of groups that keys belong to. State moves between tasks by group, so a bolt that is grouped by fields has at most so many tasks. Fixed as long as there is state.',
  },
  'topology.tuple.max.attempts': {
    type: 'Integer',
    default: 5,
    min: 1,
    max: 1_000_000,
    doc: 'With `exactly-once`: how often a tuple is executed before a bolt that throws each time leaves it out.',
  },
  'topology.state.backend': {
    type: 'String',
    default: 'memory',
    values: ['memory', 'embedded'],
    doc: 'With `exactly-once`: where states are between two snapshots. `memory`: in the heap of their worker. `embedded`: in LMDB below `topology.state.dir`, with what has changed and a cache in memory, for states larger than memory; needs the optional peer `lmdb`.',
  },
  'topology.state.dir': {
    type: 'String',
    default: 'state',
    doc: "Folder of what topologies keep (snapshots, Trident's metadata and states), relative to the working directory; in it a folder for each topology. `--state DIR` of `typhoon run` sets it.",
  },
  'topology.state.sync': {
    type: 'String',
    default: 'commit',
    values: ['commit', 'none'],
    doc: 'When the embedded store waits for the disk. `commit`: each commit survives a power cut. `none`: each commit survives the end of its process; after a power cut the store may be damaged, which is found (STATE_CORRUPT).',
  },
} as const satisfies Record<string, ConfigKey>

/** Batches and their states. */
export const TRIDENT = {
  'topology.state.unavailable.limit.secs': {
    type: 'Number',
    default: 3600,
    min: 0,
    max: 31_536_000,
    doc: 'How long Trident waits for what is away: a full disk or sink, a Redis that does not answer or has no room, a file of a spout that is not there. Then the topology stops with BATCH_FAILED.',
  },
  'topology.trident.batch.emit.interval.millis': {
    type: 'Number',
    default: 10,
    min: 0,
    max: 3_600_000,
    doc: 'At most one new batch in each such interval. A spout emits into a batch for the same time, and longer when batches are not through in time.',
    storm: '500',
  },
  'topology.trident.batch.max.millis': {
    type: 'Number',
    default: 500,
    min: 1,
    max: 60_000,
    doc: 'How long a spout may emit into one batch: batches grow up to this when earlier ones are not through in time.',
  },
  'topology.trident.batch.max.rows': {
    type: 'Integer',
    default: 1_000_000,
    min: 1,
    max: 1_000_000_000,
    doc: 'The most rows that one task of a spout emits into one batch. When reached, the batch ends.',
  },
  'topology.trident.max.batches.pending': {
    type: 'Integer',
    default: 4,
    min: 1,
    max: 1000,
    doc: 'Batches in flight. When reached, no new one begins.',
    storm: '`topology.max.spout.pending`, 1',
  },
  'topology.trident.dead.letters': {
    type: 'Boolean',
    default: false,
    doc: 'A batch that fails for ever (`topology.replay.max.attempts`): `true`, the rows that it fails for become dead letters, one each, and the rest of it is committed; `false`, the topology stops with BATCH_FAILED.',
  },
  'topology.spout.max.batch.size': {
    type: 'Integer',
    default: 1000,
    min: 1,
    max: 1_000_000,
    doc: 'Calls of `nextTuple` for one batch when a spout of the core feeds a Trident stream.',
  },
} as const satisfies Record<string, ConfigKey>

/** The server of a run. */
export const DRPC = {
  'drpc.http.port': {
    type: 'Integer',
    default: 3774,
    min: 0,
    max: 65_535,
    doc: 'Port of the DRPC server of a run; `0`: a free one, which is printed. Started where the topology has a DRPC function.',
  },
  'drpc.host': {
    type: 'String',
    default: '127.0.0.1',
    doc: 'Address that the server listens on. Any other than loopback requires a token.',
  },
  'drpc.token': {
    type: 'String',
    default: null,
    secret: true,
    doc: 'Secret that clients must show: 1 to 1024 visible ASCII characters; `null`: none on loopback, and elsewhere a random one that is printed. No message shows it.',
  },
  'drpc.request.timeout.secs': {
    type: 'Number',
    default: 600,
    min: 0.001,
    max: 86_400,
    doc: 'A request that is not answered within this fails, DRPC_TIMEOUT.',
  },
  'drpc.queue.size': {
    type: 'Integer',
    default: 128,
    min: 1,
    max: 65_536,
    doc: 'Requests waiting for one function. When reached, further ones are refused, DRPC_QUEUE_FULL.',
  },
  'drpc.max.request.bytes': {
    type: 'Integer',
    default: 1_048_576,
    min: 1,
    max: 16_777_216,
    doc: 'Largest arguments of a request. When exceeded, it is refused, DRPC_BAD_REQUEST.',
  },
} as const satisfies Record<string, ConfigKey>

/** Spouts and bolts in other languages. */
export const CHILDREN = {
  'topology.multilang.serializer': {
    type: 'String',
    default: 'json',
    perComponent: true,
    doc: "How messages are written: `json` or `msgpack`. Storm's class `org.apache.storm.multilang.JsonSerializer` and pyleus's `com.yelp.pyleus.serializer.MessagePackSerializer` are understood.",
  },
  'topology.subprocess.timeout.secs': {
    type: 'Number',
    default: 30,
    min: 1,
    max: 86_400,
    perComponent: true,
    doc: "A child that says nothing for this long is ended and started again, within a second more. A spout's child may be silent as long as it owes no answer.",
    storm: '`supervisor.worker.timeout.secs`, 30',
  },
  'topology.subprocess.busy.timeout.secs': {
    type: 'Number',
    default: null,
    min: 1,
    max: 86_400,
    perComponent: true,
    doc: "`topology.subprocess.timeout.secs` for a bolt's child that has tuples which it has neither acked nor failed, or was told the end of the input and has not answered, where it is longer.",
    storm: 'none',
  },
  'topology.shellbolt.max.pending': {
    type: 'Integer',
    default: 100,
    min: 1,
    max: 1_048_576,
    perComponent: true,
    doc: 'Messages to a child for which its pipe has no room. When reached, the task waits.',
    storm: 'the same',
  },
  'topology.shellbolt.max.unread': {
    type: 'Integer',
    default: 5000,
    min: 1,
    max: 1_048_576,
    perComponent: true,
    doc: 'Tuples that were sent to a child and that it has not shown to have read. When reached, the task waits.',
    storm: 'none',
  },
} as const satisfies Record<string, ConfigKey>
