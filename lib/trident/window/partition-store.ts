/**
 * The embedded store of one partition of something that is no map: of windows, or of what a file sink remembers. It knows whose it is:
 * a record says which topology, state, number of partitions and description it was made for, and is compared at each opening.
 */

import { join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { TyphoonError } from '../../index.ts'
import type { StateContext } from '../state/state.ts'
import { openStore, type Store, type SyncPolicy } from '../state/store.ts'

/** What is kept; also the name of its folder below that of the topology. */
export type Room = 'windows' | 'files'

/** What JSON can hold: all that must be the same in the next run. */
export type Description = Readonly<Record<string, unknown>>

const MANIFEST = 'manifest'
const FORMAT = 1

/** The folder of a partition: `<topology.state.dir>/<topology>/<room>/<name>/<partition>`. */
export function partitionDirectory({ task, name, partitionIndex }: StateContext, room: Room): string {
  const root = resolve(String(task.config['topology.state.dir']), task.topology)
  return join(root, room, encodeURIComponent(name), String(partitionIndex))
}

/** @throws STATE_FORMAT, STATE_FOREIGN, STATE_PARTITIONS, STATE_CORRUPT, STATE_UNAVAILABLE */
export async function openPartition(context: StateContext, room: Room, description: Description): Promise<Store> {
  const sync = syncPolicy(context)
  const store = openStore(partitionDirectory(context, room), { sync })
  try {
    claim(store, context, room, description)
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

/** When writes must be on the disk. */
export function syncPolicy({ task }: StateContext): SyncPolicy {
  return task.config['topology.state.sync'] === 'none' ? 'none' : 'commit'
}

/** Compares the manifest of a store, or writes that of a new one. Any `Store` will do. */
export function claim(store: Store, context: StateContext, room: Room, description: Description): void {
  const { task, name, partitionIndex: partition, numPartitions: partitions } = context
  const wanted = { format: FORMAT, room, topology: task.topology, name, partition, partitions, ...description }
  const found = store.get(MANIFEST) as Partial<typeof wanted> | undefined
  if (found === undefined) {
    for (const _ of store.range('')) throw foreign(store, 'holds records of which Typhoon does not know whose they are')
    store.transaction((transaction) => transaction.put(MANIFEST, wanted))
    return
  }
  if (found.room !== room || found.topology !== task.topology || found.name !== name || found.partition !== partition)
    throw foreign(store, `is that of ${found.room} "${found.name}" of the topology "${found.topology}"`)
  if (found.format !== FORMAT)
    throw new TyphoonError('STATE_FORMAT', `${store.directory} has the format ${found.format}, not ${FORMAT}`, {
      where: { file: store.directory },
      hint: 'go on with the version of Typhoon that wrote it, or begin with another state directory',
    })
  if (found.partitions !== partitions)
    throw new TyphoonError(
      'STATE_PARTITIONS',
      `"${name}" was kept in ${found.partitions} partitions, not ${partitions}`,
      {
        where: { file: store.directory },
        hint: `give it a parallelism of ${found.partitions} again, or begin with another state directory`,
      },
    )
  const different = Object.keys(description).find((key) => !isDeepStrictEqual(found[key as 'name'], description[key]))
  if (different === undefined) return
  const was = JSON.stringify(found[different as 'name'])
  throw foreign(store, `was written with ${different} ${was}, not ${JSON.stringify(description[different])}`)
}

function foreign(store: Store, what: string): TyphoonError {
  return new TyphoonError('STATE_FOREIGN', `the store ${store.directory} ${what}`, {
    where: { file: store.directory },
    hint: 'change the topology back, give what was changed another name, or begin with another state directory',
  })
}
