/** What the table of rooms does not say: what stands in few files alone, and what nothing imports. */
/** What stands in a few files alone, with the reason in their headers. */
export const ONLY: readonly { readonly what: string; readonly importedBy: readonly string[] }[] = [
  { what: 'ws', importedBy: ['lib/net/websocket.ts', 'lib/bench/limit.ts'] },
  { what: 'yaml', importedBy: ['lib/flux/yaml/library.ts'] },
  { what: 'esbuild', importedBy: ['lib/export/storm/bundle.ts'] },
  {
    what: 'nanoid',
    importedBy: ['lib/cluster/hosts/host-engine.ts', 'lib/daemon/run-topology.ts', 'lib/nimbus/leadership'],
  },
  { what: 'lmdb', importedBy: ['lib/store/environment/environment.ts'] },
  { what: 'ioredis', importedBy: ['lib/trident/state/backing'] },
  { what: '@msgpack/msgpack', importedBy: ['lib/multilang/wire/msgpack.ts'] },
  { what: 'msgpackr', importedBy: ['lib/bench/limit.ts'] },
  { what: 'tsx/esm/api', importedBy: ['lib/flux/modules/import-module.ts'] },
  {
    what: 'lib/util/time/real-clock.ts',
    importedBy: [
      'lib/daemon/run-topology.ts',
      'lib/worker/process/main.ts',
      'lib/drpc/server/local-drpc.ts',
      'lib/drpc/server/start-drpc.ts',
      'lib/drpc/drpc-client.ts',
      'lib/multilang/child/run-child.ts',
      'lib/multilang/check/session.ts',
      'lib/command/commands/run-file.ts',
      'lib/command/service/serve.ts',
      'lib/command/service/run-supervisor.ts',
    ],
  },
  { what: 'lib/flux/load-topology.ts', importedBy: ['lib/run'] },
  { what: 'lib/multilang/index.ts', importedBy: ['lib/bench', 'lib/export/storm/refused.ts'] },
]

/** Modules that are started by their URL, in a process or a thread of their own, and by whom. */
export const STARTED: Readonly<Record<string, string>> = {
  'lib/run/start-worker.ts': 'lib/run/spare.ts',
  'lib/chaos/processes/in-worker.ts': 'lib/chaos/processes/disturbed-run.ts',
  'lib/nimbus/code/examiner.ts': 'lib/nimbus/code/examine.ts',
  'lib/nimbus/code/examiner-watch.ts': 'lib/nimbus/code/examiner.ts',
  'lib/worker/process/watchdog.ts': 'lib/worker/process/pulse.ts',
  'lib/bench/limit.ts': 'lib/bench/measure.ts',
  'lib/export/storm/child/run-component.ts': 'lib/export/storm/entry.ts',
  'bin/typhoon.ts': 'lib/bench/topologies/shell-commands.ts',
  'lib/bench/topologies/topologies.ts': 'lib/bench/measure.ts',
}

/** The one pure file that is not: the real clock beside its port. */
export const IMPURE: readonly string[] = ['lib/util/time/real-clock.ts']
