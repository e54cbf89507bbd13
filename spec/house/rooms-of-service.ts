/** The walls of the service and of its doors: the second part of the table in `rooms.ts`. */
import type { Room } from './rooms.ts'

export const ROOMS_OF_SERVICE: Readonly<Record<string, Room>> = {
  // ── a service of topologies ──
  // The code of a topology as content.
  bundle: {
    rooms: 'identity shape util words errors',
    node: 'crypto fs fs/promises path stream stream/promises',
    packages: 'ignore',
  },
  'nimbus/logs': { rooms: 'identity run store shape util', node: 'fs fs/promises path' },
  // The same over etcd: it is asked over HTTP, without a library.
  'nimbus/leadership/etcd': {
    rooms: 'leadership identity net shape util util/time errors',
    node: 'fs/promises http util zlib',
  },
  // Which nimbus leads, and what is written through it.
  // The API server of Kubernetes.
  'kubernetes-api': {
    rooms: 'flux/yaml shape errors net',
    node: 'child_process fs/promises http https os path stream stream/consumers stream/promises',
  },
  'nimbus/leadership/kubernetes': {
    rooms: 'leadership kubernetes-api util/time shape errors',
    node: 'crypto util zlib',
  },
  'nimbus/leadership': { rooms: 'identity store shape errors', node: 'crypto fs fs/promises path', packages: 'nanoid' },
  // What is remembered of a topology, and how that changes.
  'nimbus/record': {
    rooms: 'leadership bundle daemon topology shape util words errors',
  },
  // Its code: found, loaded in a process of its own, and with whom it is.
  'nimbus/code': {
    rooms:
      'record logs leadership bundle run daemon messaging topology topology/config shape util util/time words errors',
    node: 'child_process crypto fs fs/promises net os path stream stream/consumers url worker_threads',
  },
  // One topology of a service, through all of its runs.
  'nimbus/hosted': {
    rooms: 'code record logs bundle history run daemon scheduler topology topology/config tuple util util/time errors',
    node: 'fs/promises path',
  },
  nimbus: {
    rooms:
      'hosted code record logs leadership bundle identity snapshots/savepoints store shape util util/time words errors',
    node: 'crypto fs fs/promises os path url',
  },
  // ── a cluster of hosts ──
  // What a supervisor and a nimbus say to each other.
  cluster: { rooms: 'messaging shape words errors', pure: true },
  // By what they know each other.
  'cluster/trust': {
    rooms: 'identity net shape util errors',
    node: 'crypto fs/promises net path stream tls',
    packages: '@peculiar/x509',
  },
  // Which processes have the code of topologies.
  'cluster/copies': { rooms: 'nimbus/code bundle shape util util/time errors', node: 'crypto stream' },
  // The side of the nimbus.
  'cluster/hosts': {
    rooms:
      'cluster copies trust nimbus/hosted nimbus/code bundle daemon daemon/report daemon/workers scheduler net shape tuple util/time words errors',
    node: 'fs http path stream stream/promises',
    packages: 'nanoid',
  },
  // The side of a host.
  'cluster/supervisor': {
    rooms:
      'cluster copies trust nimbus/code bundle daemon/workers topology/config identity net shape util util/time words errors',
    node: 'crypto events fs fs/promises http https os path stream stream/promises tls',
  },
  // Browsers: sessions, the page's files, and who looks on.
  'api/browser': { rooms: 'net', node: 'crypto fs/promises http path tls url' },
  // Its HTTP interface.
  api: {
    rooms:
      'browser doctor history metrics nimbus nimbus/hosted nimbus/record nimbus/leadership nimbus/logs bundle identity run net topology/config topology shape util words errors',
    node: 'crypto http os path perf_hooks stream',
  },
  ui: { rooms: 'api otlp/export identity net nimbus/code nimbus/hosted nimbus/record nimbus/logs run errors' },
  // The page: compiled apart, for a browser. Of the other rooms it knows types alone.
  'ui/page': {
    rooms: 'api doctor errors history nimbus/hosted nimbus/logs run',
    packages: '@dagrejs/dagre htm preact preact/hooks uplot',
  },
  client: {
    rooms: 'api bundle identity kubernetes-api nimbus/logs run shape errors',
    node: 'crypto fs/promises os path readline stream',
  },
  'command/render': { rooms: 'chaos chaos/processes run multilang/check tuple words errors', node: 'module util' },
  'command/terminal': { rooms: 'render words errors', node: 'fs os' },
  'command/input': {
    rooms: 'snapshots/savepoints terminal render client run util words errors index',
    packages: 'commander',
  },
  'command/show': {
    rooms: 'terminal render client identity run util/time words errors',
    node: 'child_process path',
    packages: 'commander',
  },
  'command/completion': { rooms: 'terminal input client snapshots/savepoints util', packages: 'commander' },
  'command/commands': {
    rooms:
      'completion show input terminal render chaos chaos/processes otlp run ui export/storm export/kubernetes export/kubernetes/manifests drpc snapshots/savepoints multilang/check multilang/child bench bench/scenarios util util/time values words errors',
    node: 'os',
    packages: 'commander',
  },
  'command/letters': {
    rooms: 'input terminal render client nimbus dead-letters errors',
    node: 'fs',
    packages: 'commander',
  },
  'command/service': {
    rooms:
      'show input terminal render client api otlp otlp/export cluster/hosts cluster/supervisor cluster/trust kubernetes-api identity nimbus nimbus/code nimbus/leadership nimbus/leadership/etcd nimbus/leadership/kubernetes nimbus/logs net replay run bundle expression util util/time errors',
    node: 'child_process crypto events fs/promises inspector net os path stream/consumers url',
    packages: 'commander',
  },
  command: {
    rooms: 'service letters commands completion terminal render errors identity',
    node: 'module',
    packages: 'commander',
  },
  bin: { rooms: 'command' },
}
