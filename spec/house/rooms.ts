/**
 * Which way imports run, as data: the walls of the house. The order is that of ARCHITECTURE.md, declare → plan → run →
 * carry → compose. A row is strict: a room imports nothing that does not stand here. Where the work shows a better
 * wall, move it here, and say why in docs/decisions.
 *
 * A room is a folder of lib, at any depth: `trident/plan` has a row of its own, which inherits nothing from that of
 * `trident`. A folder without a row belongs to the room around it. Who may import `trident` may import the files of
 * that room alone, not those of the rooms in it.
 */

/** What the files of one room may import beside each other; names with spaces between them. */
export interface Room {
  /** Other rooms. */
  readonly rooms: string
  /** Modules of Node.js, without `node:`. */
  readonly node?: string
  /** Packages. */
  readonly packages?: string
  /** No input or output, no clock, no timer, no randomness but from the ports that it is given. */
  readonly pure?: true
}

/** By room; `index` is the public face, lib/index.ts. */
export const ROOMS: Readonly<Record<string, Room>> = {
  // ── ground ──
  errors: { rooms: '', node: 'path url', pure: true },
  util: { rooms: '', pure: true },
  identity: { rooms: '', node: 'fs os' },
  tuple: { rooms: 'errors values', packages: '@standard-schema/spec', pure: true },
  values: { rooms: 'errors', pure: true },
  store: { rooms: 'errors identity values', node: 'crypto fs os path timers/promises', packages: 'lmdb' },
  // ── declare ──
  topology: { rooms: 'tuple util errors', pure: true },
  // The components that come with Typhoon, those of other languages too, are loaded when a YAML names one.
  flux: {
    rooms: 'topology tuple errors util components multilang trident',
    node: 'child_process fs fs/promises module path url',
    packages: 'yaml tsx/esm/api',
  },
  // ── plan ──
  scheduler: { rooms: 'topology tuple', pure: true },
  // ── run ──
  grouping: { rooms: 'topology tuple util values errors', pure: true },
  acker: { rooms: 'topology tuple util', pure: true },
  stats: { rooms: 'tuple util', pure: true },
  executor: { rooms: 'acker grouping stats topology tuple util values errors', pure: true },
  // ── carry ──
  codec: { rooms: 'tuple values errors' },
  net: { rooms: 'errors', node: 'crypto fs http net stream' },
  messaging: { rooms: 'net tuple util errors', node: 'http stream zlib', packages: 'ws' },
  // ── compose ──
  worker: {
    rooms: 'executor acker grouping scheduler stats codec messaging net topology flux tuple util values errors',
    node: 'fs net path readline worker_threads',
  },
  daemon: {
    rooms: 'scheduler stats messaging net topology tuple util errors',
    node: 'child_process fs stream url',
    packages: 'nanoid',
  },
  // ── annexes ──
  index: { rooms: 'topology tuple values errors', pure: true },
  components: { rooms: 'index identity util values errors', node: 'crypto fs os path stream zlib' },
  multilang: {
    rooms: 'index identity util values errors',
    node: 'buffer child_process fs module os path url util',
    packages: '@msgpack/msgpack',
  },
  drpc: { rooms: 'index net util values errors', node: 'crypto http stream', packages: 'ws' },
  // Batches fail and become dead letters as the roots of ReliableSpout do, and DRPC streams are fed by its server.
  trident: {
    rooms: 'index components drpc store identity util values errors',
    node: 'crypto fs path timers/promises util zlib',
    packages: 'ioredis',
  },
  testing: { rooms: 'index daemon worker scheduler messaging topology stats tuple util values errors' },
  // ── doors ──
  // How a topology is run from code: nothing but the rooms above knows more than this one says.
  run: { rooms: 'daemon drpc flux messaging scheduler stats topology tuple errors', node: 'url' },
  bench: {
    rooms: 'index run drpc messaging multilang topology trident stats util errors',
    node: 'child_process fs net os path url',
    packages: 'ws msgpackr',
  },
  command: {
    rooms: 'run drpc flux scheduler messaging multilang net topology bench tuple util errors',
    node: 'fs os module',
    packages: 'commander',
  },
  bin: { rooms: 'command' },
}

/** What stands in a few files alone, with the reason in their headers. */
export const ONLY: readonly { readonly what: string; readonly importedBy: readonly string[] }[] = [
  {
    what: 'ws',
    importedBy: [
      'lib/messaging/websocket.ts',
      'lib/drpc/face/sockets.ts',
      'lib/drpc/drpc-client.ts',
      'lib/drpc/invocations-link.ts',
      'lib/bench/limit.ts',
    ],
  },
  { what: 'lmdb', importedBy: ['lib/store/environment.ts'] },
  { what: 'ioredis', importedBy: ['lib/trident/state/backing'] },
  { what: '@msgpack/msgpack', importedBy: ['lib/multilang/wire/msgpack.ts'] },
  { what: 'msgpackr', importedBy: ['lib/bench/limit.ts'] },
  { what: 'tsx/esm/api', importedBy: ['lib/flux/beans/import-module.ts'] },
  { what: 'nanoid', importedBy: ['lib/daemon/run-topology.ts'] },
  {
    what: 'lib/util/real-clock.ts',
    importedBy: [
      'lib/daemon/run-topology.ts',
      'lib/worker/main.ts',
      'lib/drpc/local-drpc.ts',
      'lib/drpc/start-drpc.ts',
      'lib/drpc/drpc-client.ts',
      'lib/multilang/child/run-child.ts',
      'lib/command/run.ts',
    ],
  },
  { what: 'lib/flux/load-topology.ts', importedBy: ['lib/worker/main.ts', 'lib/run/load.ts'] },
  { what: 'lib/multilang/index.ts', importedBy: ['lib/flux/beans/resolve-class.ts', 'lib/bench'] },
  { what: 'lib/components/index.ts', importedBy: ['lib/flux/beans/resolve-class.ts'] },
]

/** Modules that are started by their URL, in a process or a thread of their own, and by whom. */
export const STARTED: Readonly<Record<string, string>> = {
  'lib/worker/start.ts': 'lib/daemon/process-launcher.ts',
  'lib/worker/watchdog.ts': 'lib/worker/pulse.ts',
  'lib/bench/limit.ts': 'lib/bench/measure.ts',
  'bin/typhoon.ts': 'lib/bench/shell-commands.ts',
  'lib/bench/topologies.ts': 'lib/bench/measure.ts',
}

/** The one pure file that is not: the real clock beside its port. */
export const IMPURE: readonly string[] = ['lib/util/real-clock.ts']
