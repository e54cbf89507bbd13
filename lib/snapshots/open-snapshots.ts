/** Where the snapshots of a topology are, by its configuration. */
import { join, resolve } from 'node:path'
import type { SyncPolicy } from '../store/format/store-options.ts'
import { topologyDirectory } from '../store/topology-directory.ts'
import { resolveConfig } from '../topology/config/config.ts'
import type { Topology } from '../topology/topology.ts'
import { SnapshotDirectory } from './snapshot-directory.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/** Which topology it is, and how it is configured. */
export type SnapshotOwner = Pick<Topology, 'name' | 'config'>

/**
 * Takes the lease of the directory of a topology.
 * @returns ends it
 * @throws as `openStateDirectory`
 */
export async function leaseSnapshots({ name, config }: SnapshotOwner, run: string): Promise<() => Promise<void>> {
  const { openStateDirectory } = await import('../store/state-directory.ts')
  const root = resolve(resolveConfig(config)['topology.state.dir'])
  const directory = await openStateDirectory({ root, topology: name, run })
  return () => directory.close()
}

/**
 * Undefined where none are taken: where the guarantee of the topology wants none, and nobody has named a folder for the
 * positions of its spouts.
 */
export function openSnapshots({ name, config }: SnapshotOwner): SnapshotStore | undefined {
  const resolved = resolveConfig(config)
  const isWanted = resolved['topology.guarantee'] === 'exactly-once' || Object.hasOwn(config, 'topology.state.dir')
  if (!isWanted) return undefined
  const directory = join(topologyDirectory(resolve(resolved['topology.state.dir']), name), 'snapshots')
  return new SnapshotDirectory(directory, { sync: resolved['topology.state.sync'] as SyncPolicy })
}
