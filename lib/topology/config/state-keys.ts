/** The keys of what is kept: what a failure does to tuples, snapshots, and where states are. */
import type { ConfigKey } from './config-key.ts'

/** What a failure does to tuples, and what is kept. */
export const STATE = {
  'topology.guarantee': {
    type: 'text',
    default: 'at-least-once',
    choices: ['at-most-once', 'at-least-once', 'exactly-once'],
    doc: 'What a failure does to tuples. `at-most-once`: nothing is tracked, and what is lost stays lost. `at-least-once`: ackers track every tuple tree, and failed roots are replayed. `exactly-once`: snapshots are taken, and everything goes back to the last one.',
  },
  'topology.state.checkpoint.interval.ms': {
    type: 'number',
    default: 1000,
    least: 10,
    most: 86_400_000,
    doc: 'Pause between two snapshots, milliseconds; without `exactly-once` they hold the positions of spouts alone.',
  },
  'topology.key.groups': {
    type: 'integer',
    default: 128,
    least: 1,
    most: 32_768,
    doc: 'With `exactly-once`: number of groups that keys belong to. State moves between tasks by group, so a bolt that is grouped by fields has at most so many tasks. Fixed as long as there is state.',
  },
  'topology.tuple.max.attempts': {
    type: 'integer',
    default: 5,
    least: 1,
    most: 1_000_000,
    doc: 'With `exactly-once`: how often a tuple is executed before a bolt that throws each time leaves it out.',
  },
  'topology.state.backend': {
    type: 'text',
    default: 'memory',
    choices: ['memory', 'embedded'],
    doc: 'With `exactly-once`: where states are between two snapshots. `memory`: in the heap of their worker. `embedded`: in LMDB below `topology.state.dir` as soon as a state takes more than 16 MiB, and in memory what was used last; for states larger than memory; needs the optional peer `lmdb`.',
  },
  'topology.state.dir': {
    type: 'text',
    default: 'state',
    doc: "Folder of what topologies keep (snapshots, Trident's metadata and states), relative to the working directory; in it a folder for each topology. `--state DIR` of `typhoon run` sets it.",
  },
  'topology.state.sync': {
    type: 'text',
    default: 'commit',
    choices: ['commit', 'none'],
    doc: 'When the embedded store waits for the disk. `commit`: each commit survives a power cut. `none`: each commit survives the end of its process; after a power cut the store may be damaged, which is found (STATE_CORRUPT).',
  },
  'topology.state.unavailable.limit.secs': {
    type: 'number',
    default: 3600,
    least: 0,
    most: 31_536_000,
    doc: 'How long a run waits for what is away: a full disk or sink, a Redis that does not answer or has no room, a file of a spout that is not there. Then it ends: with BATCH_FAILED in Trident, with COMMIT_FAILED where a sink of an exactly-once topology cannot commit.',
  },
} as const satisfies Record<string, ConfigKey>
