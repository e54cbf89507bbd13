/**
 * Opens the metadata of a batch group: a store in the topology's state directory, shared by its coordinator and its
 * spouts' tasks.
 */
import { join, resolve } from 'node:path'
import type { TaskContext } from '../../../index.ts'
import type { SyncPolicy } from '../../../store/format/store-options.ts'
import { openStateDirectory, type StateDirectory } from '../../../store/state-directory.ts'
import { openStore } from '../../../store/store.ts'
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
  try {
    const store = openStore(join(directory.path, volatile ? 'volatile' : 'metadata'), {
      sync: volatile ? 'none' : (task.config['topology.state.sync'] as SyncPolicy),
      run: task.run,
    })
    const close = async (): Promise<void> => {
      await store.close()
      await directory.close()
    }
    return { metadata: new Metadata(store, group), close }
  } catch (error) {
    await directory.close()
    throw error
  }
}

/** The state directory of the topology of a task, leased to its run. */
export async function lockedDirectory(task: TaskContext): Promise<StateDirectory> {
  const { config, topology, run } = task
  const root = resolve(config['topology.state.dir'] as string)
  return openStateDirectory({ root, topology, run, warn: (message) => task.log('warn', message) })
}
