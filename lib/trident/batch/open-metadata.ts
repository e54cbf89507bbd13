/** Opens the metadata of a batch group: a store in the topology's state directory, shared by its coordinator and its spouts' tasks. */
import { join, resolve } from 'node:path'
import type { TaskContext } from '../../index.ts'
import { openStateDirectory } from '../state/state-directory.ts'
import { openStore, type SyncPolicy } from '../state/store.ts'
import { Metadata } from './metadata.ts'

/** Metadata that are open. */
export interface OpenMetadata {
  readonly metadata: Metadata
  close(): Promise<void>
}

/**
 * @param volatile nothing of the group survives the end of a run: then its metadata need not survive a power cut either
 * @throws STATE_IN_USE, STATE_FOREIGN, STATE_FORMAT, STATE_CORRUPT, STATE_UNAVAILABLE
 */
export async function openMetadata(task: TaskContext, group: string, volatile: boolean): Promise<OpenMetadata> {
  const directory = await lockedDirectory(task)
  const store = openStore(join(directory, volatile ? 'volatile' : 'metadata'), {
    sync: volatile ? 'none' : (task.config['topology.state.sync'] as SyncPolicy),
  })
  return { metadata: new Metadata(store, group), close: () => store.close() }
}

/** The state directory of the topology of a task, locked for its run. */
export async function lockedDirectory({ config, topology }: TaskContext): Promise<string> {
  return openStateDirectory({ root: resolve(config['topology.state.dir'] as string), topology })
}
