/** Where the snapshots of a topology are, by its configuration. */
import { join, resolve } from 'node:path'
import type { SyncPolicy } from '../store/format/options.ts'
import { topologyDirectory } from '../store/topology-directory.ts'
import type { ResolvedConfig } from '../topology/config/config.ts'
import { SnapshotDirectory } from './snapshot-directory.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/**
 * Takes the lease of the directory of a topology, if snapshots are taken. @returns ends it @throws as
 * `openStateDirectory`
 */
export async function leaseSnapshots(
  config: ResolvedConfig,
  topology: string,
  run: string,
): Promise<() => Promise<void>> {
  if (config['topology.guarantee'] !== 'exactly-once') return async () => {}
  const { openStateDirectory } = await import('../store/state-directory.ts')
  const directory = await openStateDirectory({ root: resolve(config['topology.state.dir']), topology, run })
  return () => directory.close()
}

/** Undefined where none are taken, for the guarantee of the topology wants none. */
export function openSnapshots(config: ResolvedConfig, topology: string): SnapshotStore | undefined {
  if (config['topology.guarantee'] !== 'exactly-once') return undefined
  const directory = join(topologyDirectory(resolve(config['topology.state.dir']), topology), 'snapshots')
  return new SnapshotDirectory(directory, { sync: config['topology.state.sync'] as SyncPolicy })
}
