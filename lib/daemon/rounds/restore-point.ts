/**
 * The snapshot that a run goes on from: the newest one that is sound. One that was damaged is told of and left out;
 * where there are snapshots and none is sound, or they are of another topology, the run must not begin anew without a
 * word.
 */
import { type Problem, TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import { checkSnapshot } from '../../snapshots/check-snapshot.ts'
import type { Manifest } from '../../snapshots/manifest.ts'
import type { SnapshotStore } from '../../snapshots/snapshot-store.ts'

/** What a snapshot must be of. */
export interface Owner {
  readonly topology: string
  /** Of the topology as it was defined. */
  readonly hash: string
}

const BEGIN_ANEW = 'begin anew with --fresh, or name another directory with --state DIR'

/**
 * Undefined where there is no snapshot at all.
 * @param warn told of those that are left out
 * @throws STATE_CORRUPT, STATE_FOREIGN, STATE_FORMAT, STATE_UNAVAILABLE (rejects)
 */
export async function restorePoint(
  store: SnapshotStore,
  owner: Owner,
  warn: (problem: Problem) => void,
): Promise<Manifest | undefined> {
  const snapshots = await store.list()
  for (const snapshot of snapshots) {
    try {
      const manifest = await store.manifest(snapshot)
      checkOwner(manifest, owner)
      await checkSnapshot(store, manifest)
      return manifest
    } catch (error) {
      const problem = toProblem(error)
      if (problem.code !== 'STATE_CORRUPT') throw error
      warn(problem)
    }
  }
  if (snapshots.length === 0) return undefined
  throw new TyphoonError('STATE_CORRUPT', `none of the ${snapshots.length} snapshots of "${owner.topology}" is sound`, {
    hint: BEGIN_ANEW,
  })
}

function checkOwner({ topology, hash }: Manifest, owner: Owner): void {
  if (topology === owner.topology && hash === owner.hash) return
  const what =
    topology === owner.topology
      ? `the snapshots of "${topology}" were taken when it had other components, streams or settings`
      : `the snapshots are of the topology "${topology}", and not of "${owner.topology}"`
  throw new TyphoonError('STATE_FOREIGN', what, { hint: BEGIN_ANEW })
}
