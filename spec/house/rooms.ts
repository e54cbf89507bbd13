/**
 * Which way imports run, as data: the walls of the house. The order is that of ARCHITECTURE.md, declare → plan → run →
 * carry → compose. A row is strict: a room imports nothing that does not stand here. Where the work shows a better
 * wall, move it here, and say why in docs/decisions.
 *
 * A room is a folder of lib, at any depth: `trident/plan` has a row of its own, which inherits nothing from that of
 * `trident`. A folder without a row belongs to the room around it. Who may import `trident` may import the files of
 * that room alone, not those of the rooms in it. A name in a row is that of the nearest room: in the row of
 * `trident/batch/segment`, `plan` is `trident/plan`.
 */

import { ROOMS_OF_SERVICE } from './rooms-of-service.ts'

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
  words: { rooms: '', pure: true },
  errors: { rooms: 'words', node: 'path url', pure: true },
  util: { rooms: '', pure: true },
  'util/collections': { rooms: '', pure: true },
  'util/time': { rooms: '', pure: true },
  identity: { rooms: 'errors', node: 'child_process fs fs/promises os path' },
  tuple: { rooms: 'words errors values', packages: '@standard-schema/spec', pure: true },
  values: { rooms: 'words errors', pure: true },
  // What a value may be: options, arguments, messages.
  shape: { rooms: 'words errors values', pure: true },
  'store/format': { rooms: 'errors values', node: 'crypto' },
  'store/environment': { rooms: 'format errors identity', node: 'fs os path', packages: 'lmdb' },
  store: { rooms: 'format environment errors identity', node: 'fs path timers/promises' },
  // Conditions over tuples.
  expression: { rooms: 'errors', packages: '@marcbachmann/cel-js', pure: true },
  // ── declare ──
  'topology/config': { rooms: 'util shape words errors', pure: true },
  // The topology as plain data.
  topology: { rooms: 'config tuple words errors', pure: true },
  'topology/component': { rooms: 'config topology failure tuple util errors', pure: true },
  'topology/component/failure': { rooms: 'shape errors tuple', pure: true },
  'topology/component/hosting': { rooms: 'topology tuple component failure util util/time words errors', pure: true },
  'topology/builder': { rooms: 'config topology component component/hosting tuple shape words errors', pure: true },
  // What an annex hands over to the reader of files, so that neither needs to know the other.
  annex: { rooms: 'topology/config topology/component errors', pure: true },
  'flux/modules': {
    rooms: 'words errors util',
    node: 'child_process fs fs/promises module path url',
    packages: 'tsx/esm/api',
  },
  'flux/yaml': {
    rooms: 'annex modules shape words errors util values',
    node: 'fs/promises module path',
    packages: 'yaml',
  },
  'flux/storm': { rooms: 'annex yaml modules errors', node: 'fs/promises path' },
  'flux/annexes': { rooms: 'annex modules storm shape words errors', node: 'fs fs/promises path' },
  'flux/beans': { rooms: 'annex annexes modules storm words errors util', node: 'module path' },
  flux: {
    rooms:
      'annex beans annexes storm yaml modules topology/config topology topology/component topology/builder tuple shape words errors util',
    node: 'fs/promises path',
  },
  // ── plan ──
  scheduler: { rooms: 'topology/config topology tuple', node: 'crypto', pure: true },
  // ── run ──
  grouping: { rooms: 'topology/config topology topology/component tuple util values words errors', pure: true },
  acker: { rooms: 'topology/component topology/component/failure tuple util/collections', pure: true },
  // What a bolt keeps by key, as snapshots want it.
  state: { rooms: 'topology/component tuple values shape errors', pure: true },
  // States larger than memory.
  'state/embedded': { rooms: 'state store store/format topology/config topology values', node: 'fs fs/promises path' },
  'state/timers': { rooms: 'state topology/component tuple values errors util/collections', pure: true },
  // Cuts through a running topology.
  marks: { rooms: 'tuple', pure: true },
  stats: { rooms: 'tuple shape', pure: true },
  // What a topology has done over time, and what is wrong with it.
  history: { rooms: 'stats tuple', pure: true },
  doctor: { rooms: 'history topology tuple words', pure: true },
  // What is scraped of it: a table, and its text.
  metrics: { rooms: 'history stats tuple', pure: true },
  // The same as OpenTelemetry has it, and what its variables ask for.
  otlp: { rooms: 'metrics tracing stats errors', pure: true },
  'otlp/export': { rooms: 'otlp metrics tracing net util/time errors', node: 'crypto fs/promises http os util zlib' },
  'executor/task': {
    rooms:
      'acker grouping stats topology/component topology/component/failure topology/component/hosting tuple util util/time util/collections values words errors',
    pure: true,
  },
  'executor/spout': {
    rooms:
      'task acker marks stats topology/config topology/component topology/component/hosting topology/component/failure tuple util util/collections values words errors',
    pure: true,
  },
  'executor/bolt': {
    rooms:
      'task stats topology/config topology/component topology/component/failure topology/component/hosting tuple util values words errors',
    pure: true,
  },
  // Where a tuple is atomic.
  'executor/exact': {
    rooms:
      'task bolt state stats topology/component topology/component/failure topology/component/hosting tuple util util/collections util/time values errors',
    node: 'async_hooks',
    pure: true,
  },
  // Event time and timers, between the inbox of a task and its executor.
  'executor/time': {
    rooms: 'task marks state/timers topology/component topology/component/hosting tuple util util/time values errors',
    pure: true,
  },
  executor: { rooms: 'task spout stats util/time', pure: true },
  // ── carry ──
  codec: { rooms: 'tuple values errors' },
  // The files of a run's snapshots, and what they say of themselves.
  snapshots: {
    rooms: 'codec store store/format tuple topology/config topology shape errors identity',
    node: 'fs fs/promises path zlib',
  },
  // Those that have a name, and what snapshots hold, without the code of their topology.
  'snapshots/savepoints': { rooms: 'snapshots state store tuple values errors identity', node: 'fs/promises path' },
  // What of a snapshot fits a topology that may have changed.
  'snapshots/fit': { rooms: 'snapshots grouping state topology tuple words', pure: true },
  net: { rooms: 'errors util util/time identity', node: 'crypto http https module net stream tls', packages: 'ws' },
  messaging: { rooms: 'net tuple shape util words errors', node: 'http stream zlib' },
  // ── compose ──
  'worker/report': { rooms: 'messaging topology/config tuple util util/time errors', pure: true },
  'worker/tasks': {
    rooms:
      'report build context executor/task executor/spout grouping scheduler stats messaging topology/config topology/component tuple util/time values words errors',
    pure: true,
  },
  'worker/tasks/build': {
    rooms:
      'acker errors executor/task executor/bolt executor/exact executor/spout executor/time grouping scheduler stats topology/component topology/component/hosting topology/config topology tuple context marks codec',
    pure: true,
  },
  'worker/tasks/context': {
    rooms:
      'grouping scheduler state state/timers stats topology/config topology/component topology tuple shape errors messaging util util/time snapshots',
    pure: true,
  },
  'worker/links': {
    rooms: 'acker scheduler codec messaging topology/config topology/component/failure tuple util/time words errors',
    pure: true,
  },
  // Its part in snapshots.
  'worker/capture': {
    rooms:
      'tasks tasks/build tasks/context executor/task executor/spout executor/exact marks state scheduler stats messaging snapshots snapshots/fit topology/config topology/component topology/component/failure tuple util/time util values words errors',
    pure: true,
  },
  // What is shown of the tuples that it emits.
  'worker/tap': { rooms: 'expression executor/task messaging tuple util util/time values', pure: true },
  'worker/tracing': { rooms: 'executor/task messaging topology/component/failure tuple util/time values', pure: true },
  // What its process does, and what its heap holds.
  'worker/profile': { rooms: 'messaging errors', pure: true },
  worker: {
    rooms:
      'tap profile tracing capture snapshots links tasks report tasks/build tasks/context executor/task executor/exact executor scheduler stats messaging topology/config topology topology/component tuple util util/time errors state',
    node: 'path',
  },
  'worker/process': {
    rooms:
      'worker profile report snapshots stats messaging topology/component tuple util util/time words errors state/embedded identity net',
    node: 'fs inspector/promises net perf_hooks readline stream v8 worker_threads',
  },
  'daemon/report': { rooms: 'scheduler stats messaging topology topology/config tuple words errors', pure: true },
  'daemon/workers': {
    rooms: 'identity report snapshots scheduler stats messaging net topology/config tuple util util/time errors',
    node: 'child_process fs path stream',
  },
  'daemon/life': { rooms: 'scheduler tuple report messaging util/time', pure: true },
  'daemon/inquest': { rooms: 'report workers scheduler messaging tuple util/time errors', pure: true },
  // The snapshots of a run, one after the other.
  'daemon/rounds': { rooms: 'snapshots snapshots/fit scheduler messaging tuple util/time words errors', pure: true },
  daemon: {
    rooms:
      'report workers inquest rounds life snapshots scheduler stats messaging net topology/config topology tuple util/time words errors',
    packages: 'nanoid',
  },
  tracing: { rooms: 'messaging tuple', pure: true },
  // ── annexes ──
  index: {
    rooms:
      'topology/config topology topology/component topology/builder topology/component/failure topology/component/hosting tuple values errors',
    pure: true,
  },
  'components/files/input': { rooms: 'identity util values errors', node: 'fs net path stream tty zlib' },
  'components/files': { rooms: 'index identity errors', node: 'fs os path' },
  'components/reliability': { rooms: 'files index tuple util/time util/collections values errors', node: 'crypto fs' },
  'components/spouts': { rooms: 'files/input reliability index identity values shape errors', node: 'crypto' },
  'components/bolts': { rooms: 'files index identity util/time values shape words errors', node: 'fs path' },
  components: { rooms: 'bolts spouts reliability annex index' },
  'multilang/wire': { rooms: 'util values shape words errors', node: 'buffer', packages: '@msgpack/msgpack' },
  'multilang/process': { rooms: 'wire identity util errors', node: 'child_process fs os path url' },
  'multilang/parent': {
    rooms: 'process wire index tuple util/time util/collections shape words errors',
    node: 'fs module path',
  },
  'multilang/child': {
    rooms: 'wire index state tuple util util/time util/collections words errors',
    node: 'fs path util',
  },
  'multilang/check': { rooms: 'process wire index util/time errors', node: 'fs path' },
  multilang: { rooms: 'parent child annex' },
  'drpc/protocol': { rooms: 'index shape', pure: true },
  'drpc/server': { rooms: 'protocol index topology/config net util/time identity shape words', node: 'http stream' },
  'drpc/worker': { rooms: 'protocol index net util/time values shape' },
  'drpc/linear': { rooms: 'worker protocol index util util/collections shape', pure: true },
  drpc: { rooms: 'linear worker server protocol index net util util/time shape' },
  // ── windows and joins in the core ──
  'windows/model': { rooms: 'index tuple values words', pure: true },
  'windows/tuples': { rooms: 'model index tuple util errors', pure: true },
  // Aggregates are those of Trident where it has them.
  'windows/keyed': { rooms: 'model index trident/builtin trident/model values shape' },
  windows: { rooms: 'keyed tuples model annex' },
  joins: { rooms: 'windows windows/model windows/keyed annex index values shape words errors' },
  // ── trident, from what users write up to what they write it with ──
  'trident/model': { rooms: 'index util values', pure: true },
  'trident/operation': {
    rooms: 'model index drpc/protocol drpc/worker util values words errors',
    node: 'path',
    pure: true,
  },
  'trident/aggregate': { rooms: 'operation model index values shape', pure: true },
  'trident/builtin': { rooms: 'aggregate model index util values shape', pure: true },
  'trident/state/map': { rooms: 'model index store/format values', pure: true },
  'trident/state/backing': {
    rooms: 'map model index store util/time values shape',
    node: 'crypto timers/promises util',
    packages: 'ioredis',
  },
  'trident/state': {
    rooms: 'map backing model index components/files store/format store/environment store identity values shape',
    node: 'fs path timers/promises zlib',
  },
  'trident/window': { rooms: 'aggregate state state/backing operation model index store values shape' },
  'trident/spout/files': { rooms: 'model index components/files/input values', node: 'fs path' },
  'trident/spout': { rooms: 'files model index tuple components/files/input values shape' },
  'trident/program': { rooms: 'window aggregate operation model index drpc/protocol shape errors', pure: true },
  'trident/plan': { rooms: 'program builtin operation model index topology words errors', pure: true },
  'trident/plan/lowering': { rooms: 'plan program window builtin aggregate operation model index', pure: true },
  'trident/batch/segment': { rooms: 'plan operation model index values util/collections words', pure: true },
  // What a coordinator and the tasks of its spouts tell each other.
  'trident/batch/exchange': { rooms: 'segment', pure: true },
  'trident/batch/metadata': { rooms: 'exchange program model index store/format store', node: 'path' },
  // Batches fail and become dead letters as the roots of ReliableSpout do.
  'trident/batch/failure': { rooms: 'exchange metadata index components/reliability util/time values words' },
  // DRPC streams are fed by its server.
  'trident/batch/source': {
    rooms: 'exchange failure segment plan model index components/reliability drpc/protocol drpc/worker values',
  },
  'trident/batch/coordinator': { rooms: 'exchange metadata failure plan model index' },
  'trident/batch': {
    rooms: 'metadata failure segment source coordinator plan plan/lowering program operation model index store',
  },
  'trident/stream': {
    rooms:
      'batch program window spout state builtin aggregate operation model annex index drpc/protocol shape words errors',
  },
  'trident/yaml': {
    rooms: 'stream program window spout state builtin operation model annex index util shape words errors',
  },
  trident: {
    rooms:
      'yaml stream program window spout spout/files state state/map state/backing builtin aggregate model annex store/format values',
  },
  // ── chaos: what may happen to a topology, and what came of it ──
  chaos: { rooms: 'index scheduler topology topology/component/hosting util values words errors', pure: true },
  // Links between workers in one process.
  'testing/network': { rooms: 'messaging tuple util util/time errors', pure: true },
  'testing/simulated': {
    rooms:
      'state values errors snapshots util/time util/collections util daemon/workers stats topology/component tuple worker network',
  },
  // Topologies in one process.
  'testing/cluster': {
    rooms:
      'network simulated components/reliability daemon daemon/report index scheduler shape snapshots stats topology topology/config tuple util values words',
  },
  'testing/seeds': { rooms: 'cluster simulated chaos components/reliability index scheduler shape topology/config' },
  testing: {
    rooms:
      'chaos seeds cluster simulated worker/tasks/context index daemon/report scheduler stats topology tuple util values shape words',
  },
  // ── doors ──
  'dead-letters': {
    rooms: 'components/files components/reliability expression identity values words errors',
    node: 'crypto fs/promises timers/promises',
  },
  // One recorded root, run again in this process.
  replay: { rooms: 'index run testing/cluster topology tracing values', node: 'timers/promises' },
  // How a topology is run from code: nothing but the rooms above knows more than this one says.
  run: {
    rooms:
      'components/reliability daemon/report daemon/workers daemon history worker/process drpc/protocol drpc/server doctor flux flux/annexes flux/beans flux/modules flux/storm annex components windows joins multilang trident messaging scheduler stats topology/config topology topology/component topology/component/hosting tuple shape words errors util util/time expression tracing',
    node: 'path url',
  },
  // Chaos in real processes.
  'chaos/processes': {
    rooms: 'chaos components/bolts flux/modules identity index messaging run scheduler worker/process errors',
    node: 'fs fs/promises module os path readline url',
  },
  // What runs on the hosts of another engine, without Typhoon beside it.
  'export/storm/child': {
    rooms: 'annex errors flux/beans flux multilang/child topology/component topology/config words',
  },
  export: { rooms: 'errors identity', node: 'fs/promises path' },
  'export/kubernetes/manifests': { rooms: 'errors' },
  'export/kubernetes': {
    rooms: 'manifests export errors flux/yaml nimbus/code run topology/config topology/component',
    node: 'path',
  },
  'export/storm': {
    rooms:
      'export child annex errors flux/yaml run drpc/protocol multilang topology/config topology topology/component tuple',
    node: 'fs module path url',
    packages: 'esbuild',
  },
  'bench/topologies': {
    rooms: 'index components/spouts multilang trident windows stats util',
    node: 'child_process perf_hooks url',
  },
  bench: {
    rooms: 'topologies run errors index',
    node: 'child_process net url',
    packages: 'ws msgpackr',
  },
  'bench/scenarios': {
    rooms: 'topologies bench run drpc client identity',
    node: 'child_process fs os path',
  },
  ...ROOMS_OF_SERVICE,
}
