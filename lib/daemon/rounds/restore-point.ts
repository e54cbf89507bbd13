/**
 * The snapshot that a run goes on from: the newest one that is sound. One that was damaged is told of and left out;
 * where there are snapshots and none is sound, they are of another topology, or the topology has changed and no longer
 * takes what they hold, the run must not begin without a word.
 */

import { type Problem, TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import { checkSnapshot } from '../../snapshots/check-snapshot.ts'
import type { Manifest } from '../../snapshots/manifest.ts'
import type { SnapshotStore } from '../../snapshots/snapshot-store.ts'
import type { TopologyShape } from '../../snapshots/topology-shape.ts'
import { plural } from '../../words/plural.ts'

/** What a snapshot must be of. */
export interface Owner {
  readonly topology: string
  /** Of the topology as it was defined. */
  readonly hash: string
  readonly shape: TopologyShape
}

/** What becomes of what a run finds. */
export interface RestorePorts {
  /** Whether the run may begin though the snapshot holds what nothing takes. */
  readonly allowsDropped: boolean
  /** Told of the snapshots that are left out. */
  warn(problem: Problem): void
  /** Told of what has changed since the snapshot was taken. */
  log(level: 'info' | 'warn', message: string): void
}

const BEGIN_ANEW = 'begin anew with --fresh, or name another directory with --state DIR'

/**
 * Undefined where there is no snapshot at all.
 * @throws STATE_CORRUPT, STATE_FOREIGN, STATE_DROPPED, STATE_FORMAT, STATE_UNAVAILABLE (rejects)
 */
export async function restorePoint(
  store: SnapshotStore,
  owner: Owner,
  ports: RestorePorts,
): Promise<Manifest | undefined> {
  const snapshots = await store.list()
  for (const snapshot of snapshots) {
    try {
      const manifest = await store.manifest(snapshot)
      checkOwner(manifest, owner)
      await checkSnapshot(store, manifest)
      await checkFit(store, manifest, owner, ports)
      return manifest
    } catch (error) {
      const problem = toProblem(error)
      if (problem.code !== 'STATE_CORRUPT') throw error
      ports.warn(problem)
    }
  }
  if (snapshots.length === 0) return undefined
  throw new TyphoonError('STATE_CORRUPT', `none of the ${snapshots.length} snapshots of "${owner.topology}" is sound`, {
    hint: BEGIN_ANEW,
  })
}

function checkOwner({ topology }: Manifest, owner: Owner): void {
  if (topology === owner.topology) return
  const what = `the snapshots belong to the topology "${topology}", not to "${owner.topology}"`
  throw new TyphoonError('STATE_FOREIGN', what, { hint: BEGIN_ANEW })
}

/** Where the topology is another one than it was. @throws STATE_DROPPED (rejects) */
async function checkFit(store: SnapshotStore, manifest: Manifest, owner: Owner, ports: RestorePorts): Promise<void> {
  if (manifest.hash === owner.hash) return
  // Loads the codec, which the parent needs for nothing else.
  const { readFit } = await import('../../snapshots/fit/read-fit.ts')
  const { changes, losses } = await readFit(store, manifest, owner.shape)
  const of = `snapshot ${manifest.snapshot} of "${owner.topology}"`
  if (losses.length > 0 && !ports.allowsDropped) {
    const what = `${of} holds what nothing in the topology takes any more: ${losses.join('; ')}`
    throw new TyphoonError('STATE_DROPPED', what, {
      hint: `${remedy(manifest, owner)}, or leave this behind with --allow-dropped-state`,
    })
  }
  if (changes.length > 0) ports.log('info', `the topology has changed since ${of}: ${changes.join(', ')}`)
  if (losses.length > 0)
    ports.log('warn', `${plural(losses.length, 'part')} of ${of} is left behind: ${losses.join('; ')}`)
}

function remedy({ shape }: Manifest, owner: Owner): string {
  if (shape.keyGroups === owner.shape.keyGroups) return 'name what you have renamed as before'
  return `set topology.key.groups back to ${shape.keyGroups}`
}
