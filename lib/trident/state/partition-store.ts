/**
 * Where the partitions of states lie in the state directory, and the embedded store of one that is not a map: of
 * windows, or of what a file sink remembers.
 */
import { join, resolve } from 'node:path'
import type { SyncPolicy } from '../../store/format/store-options.ts'
import { openStore, type Store } from '../../store/store.ts'
import { fileNameOf, topologyDirectory } from '../../store/topology-directory.ts'
import type { StateContext } from '../model/state.ts'
import { claimState, type Description, describedManifest } from './backing/manifest.ts'

/** What is kept; also the name of its folder below that of the topology. */
export type Room = 'states' | 'windows' | 'files'

/**
 * The folder of a partition: `<topology.state.dir>/<topology>/<room>/<state>/<partition>`, with the names as
 * `fileNameOf` writes them.
 */
export function partitionDirectory({ task, name, partitionIndex }: StateContext, room: Room): string {
  const root = topologyDirectory(resolve(String(task.config['topology.state.dir'])), task.topology)
  return join(root, room, fileNameOf(name), String(partitionIndex))
}

/** When writes must be on the disk. */
export function syncPolicy({ task }: StateContext): SyncPolicy {
  return task.config['topology.state.sync'] === 'none' ? 'none' : 'commit'
}

/** @throws STATE_FORMAT, STATE_FOREIGN, STATE_PARTITIONS, STATE_LOST, STATE_CORRUPT, STATE_UNAVAILABLE */
export async function openPartition(context: StateContext, room: Room, description: Description): Promise<Store> {
  const store = openStore(partitionDirectory(context, room), { sync: syncPolicy(context), run: context.task.run })
  try {
    claimState(store, describedManifest(context, description), () => context.begins?.())
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}
