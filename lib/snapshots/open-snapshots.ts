/** Where the snapshots of a topology are, by its configuration. */
import { join, resolve } from 'node:path'
import { messageOf, TyphoonError } from '../errors/typhoon-error.ts'
import type { SyncPolicy } from '../store/format/store-options.ts'
import { type Incarnate, nameIncarnation, watchHolder } from '../store/holder.ts'
import type { StateDirectory } from '../store/state-directory.ts'
import { topologyDirectory } from '../store/topology-directory.ts'
import { resolveConfig } from '../topology/config/config.ts'
import type { Topology } from '../topology/topology.ts'
import { SnapshotDirectory } from './snapshot-directory.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/** Which topology it is, and how it is configured. */
export type SnapshotOwner = Pick<Topology, 'name' | 'config'>

/**
 * Takes the lease of the directory of a topology.
 * @param isAlone the workers of the run are on other hosts
 * @param onLost called where another run has taken it all the same, for this one had stood still
 * @throws as `openStateDirectory`
 */
export async function leaseSnapshots(
  { name, config }: SnapshotOwner,
  run: string,
  isAlone: boolean,
  onLost: (problem: TyphoonError) => void,
): Promise<StateDirectory> {
  const { openStateDirectory } = await import('../store/state-directory.ts')
  const root = resolve(resolveConfig(config)['topology.state.dir'])
  return openStateDirectory({ root, topology: name, run, leads: true, isAlone, onLost })
}

/**
 * Undefined where none are taken: where the guarantee of the topology wants none, and nobody has named a folder for the
 * positions of its spouts.
 * @param lease of whoever completes and removes snapshots; one that writes parts alone needs none
 */
export function openSnapshots({ name, config }: SnapshotOwner, lease?: StateDirectory): SnapshotStore | undefined {
  const resolved = resolveConfig(config)
  const isWanted = resolved['topology.guarantee'] === 'exactly-once' || Object.hasOwn(config, 'topology.state.dir')
  if (!isWanted) return undefined
  const directory = join(topologyDirectory(resolve(resolved['topology.state.dir']), name), 'snapshots')
  const sync = resolved['topology.state.sync'] as SyncPolicy
  return new SnapshotDirectory(directory, { sync, ...(lease === undefined ? {} : { hold: lease.hold }) })
}

/**
 * For a worker: it gives signs of life for the state of its run as long as it lives, and looks whether it may go on.
 * @param isLeased whoever leads the run has the lease of its state; otherwise nobody need have it, and what an earlier
 * run has left there says nothing
 * @param onLost called where another run has the state, or another process is this worker, for this one had stood still
 * @returns as `watchHolder`
 */
export function watchState(
  owner: SnapshotOwner,
  self: Incarnate,
  isLeased: boolean,
  onLost: (because: TyphoonError) => void,
): () => void {
  return watchHolder(directoryOf(owner), self, isLeased, onLost)
}

/**
 * From now on no earlier incarnation of a worker writes anything: to be called before this one is started, where it is
 * not known that they are dead.
 * @param lease of whoever leads the run, where it has one
 * @throws STATE_IN_USE, STATE_UNAVAILABLE
 */
export function fenceWorker(owner: SnapshotOwner, self: Incarnate, lease?: StateDirectory): void {
  const directory = directoryOf(owner)
  const name = (): void => nameIncarnation(directory, self)
  try {
    if (lease === undefined) name()
    else lease.hold(name)
  } catch (cause) {
    if (cause instanceof TyphoonError) throw cause
    const message = `a worker cannot begin, for ${directory} cannot be written: ${messageOf(cause)}`
    throw new TyphoonError('STATE_UNAVAILABLE', message, {
      where: { file: directory },
      hint: 'free some space, or make the directory one that this user may write; then it goes on by itself',
      cause,
    })
  }
}

function directoryOf({ name, config }: SnapshotOwner): string {
  return topologyDirectory(resolve(resolveConfig(config)['topology.state.dir']), name)
}
