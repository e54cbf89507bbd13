/**
 * The keys of annexes: Trident, DRPC, and child processes. They stand here, since a key is checked where it is written
 * (docs/decisions/031); no other room than that of its annex reads one.
 */
import type { ConfigKey } from './config-key.ts'

/** Batches and their states. */
export const TRIDENT = {
  'topology.trident.batch.emit.interval.millis': {
    type: 'number',
    default: 10,
    least: 0,
    most: 3_600_000,
    doc: 'At most one new batch in each such interval. A spout emits into a batch for the same time, and longer when batches are not through in time.',
    storm: '500',
  },
  'topology.trident.batch.max.millis': {
    type: 'number',
    default: 500,
    least: 1,
    most: 60_000,
    doc: 'How long a spout may emit into one batch: batches grow up to this when earlier ones are not through in time.',
  },
  'topology.trident.batch.max.rows': {
    type: 'integer',
    default: 1_000_000,
    least: 1,
    most: 1_000_000_000,
    doc: 'The most rows that one task of a spout emits into one batch. When reached, the batch ends.',
  },
  'topology.trident.max.batches.pending': {
    type: 'integer',
    default: 4,
    least: 1,
    most: 1000,
    doc: 'Batches in flight. When reached, no new one begins.',
    storm: '`topology.max.spout.pending`, 1',
  },
  'topology.trident.dead.letters': {
    type: 'flag',
    default: false,
    doc: 'A batch that fails for ever (`topology.replay.max.attempts`): `true`, the rows that it fails for become dead letters, one each, and the rest of it is committed; `false`, the topology stops with BATCH_FAILED.',
  },
  'topology.spout.max.batch.size': {
    type: 'integer',
    default: 1000,
    least: 1,
    most: 1_000_000,
    doc: 'Calls of `nextTuple` for one batch when a spout of the core feeds a Trident stream.',
  },
} as const satisfies Record<string, ConfigKey>

/** The server of a run. */
export const DRPC = {
  'drpc.http.port': {
    type: 'integer',
    default: 3774,
    least: 0,
    most: 65_535,
    doc: 'Port of the DRPC server of a run; `0`: a free one, which is printed. Started where the topology has a DRPC function.',
  },
  'drpc.host': {
    type: 'text',
    default: '127.0.0.1',
    doc: 'Address that the server listens on. Any other than loopback requires a token.',
  },
  'drpc.token': {
    type: 'text',
    default: null,
    secret: true,
    doc: 'Secret that clients must show: 1 to 1024 visible ASCII characters; `null`: none on loopback, and elsewhere a random one that is printed. No message shows it.',
  },
  'drpc.request.timeout.secs': {
    type: 'number',
    default: 600,
    least: 0.001,
    most: 86_400,
    doc: 'A request that is not answered within this fails, DRPC_TIMEOUT.',
  },
  'drpc.queue.size': {
    type: 'integer',
    default: 128,
    least: 1,
    most: 65_536,
    doc: 'Requests waiting for one function. When reached, further ones are refused, DRPC_QUEUE_FULL.',
  },
  'drpc.max.request.bytes': {
    type: 'integer',
    default: 1_048_576,
    least: 1,
    most: 16_777_216,
    doc: 'Largest arguments of a request. When exceeded, it is refused, DRPC_BAD_REQUEST.',
  },
} as const satisfies Record<string, ConfigKey>

/** Spouts and bolts in other languages. */
export const CHILDREN = {
  'topology.multilang.serializer': {
    type: 'text',
    default: 'json',
    perComponent: true,
    doc: "How messages are written: `json` or `msgpack`. Storm's class `org.apache.storm.multilang.JsonSerializer` and pyleus's `com.yelp.pyleus.serializer.MessagePackSerializer` are understood.",
  },
  'topology.subprocess.timeout.secs': {
    type: 'number',
    default: 30,
    least: 1,
    most: 86_400,
    perComponent: true,
    doc: "A child that says nothing for this long is ended and started again, within a second more. A spout's child may be silent as long as it owes no answer.",
    storm: '`supervisor.worker.timeout.secs`, 30',
  },
  'topology.subprocess.busy.timeout.secs': {
    type: 'number',
    default: null,
    least: 1,
    most: 86_400,
    perComponent: true,
    doc: "`topology.subprocess.timeout.secs` for a bolt's child that has tuples which it has neither acked nor failed, or was told the end of the input and has not answered, where it is longer.",
    storm: 'none',
  },
  'topology.shellbolt.max.pending': {
    type: 'integer',
    default: 100,
    least: 1,
    most: 1_048_576,
    perComponent: true,
    doc: 'Messages to a child for which its pipe has no room. When reached, the task waits.',
    storm: 'the same',
  },
  'topology.shellbolt.max.unread': {
    type: 'integer',
    default: 5000,
    least: 1,
    most: 1_048_576,
    perComponent: true,
    doc: 'Tuples that were sent to a child and that it has not shown to have read. When reached, the task waits.',
    storm: 'none',
  },
} as const satisfies Record<string, ConfigKey>
