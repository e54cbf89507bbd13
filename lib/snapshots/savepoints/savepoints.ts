/**
 * The savepoints of a topology: snapshots that a user has given a name, below `<state dir>/<topology>/savepoints`. Each
 * is a directory of snapshots with one in it, whole: its files are hard links, or copies where there can be none. So no
 * retention touches it, and it can be moved elsewhere as it is.
 *
 * The laws: a savepoint is there whole or not at all. None is made of a snapshot that is damaged, and none that is
 * damaged takes the place of the snapshots.
 */
import { constants, copyFile, link, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { messageOf, TyphoonError } from '../../errors/typhoon-error.ts'
import { folderMade } from '../../identity/make-folder.ts'
import { namesIn } from '../../identity/names-in.ts'
import { openStateDirectory } from '../../store/state-directory.ts'
import { fileNameOf, topologyDirectory } from '../../store/topology-directory.ts'
import { checkSnapshot } from '../check-snapshot.ts'
import { filesOf, type Manifest, segmentBytes, segmentsOf } from '../manifest.ts'
import { partPath, SnapshotDirectory, syncFile } from '../snapshot-directory.ts'

/** A topology that keeps something, by its name. */
export interface KeptTopology {
  /** `topology.state.dir`. */
  readonly root: string
  readonly topology: string
}

/** A savepoint, as it is listed. */
export interface Savepoint {
  readonly name: string
  readonly manifest: Manifest
  /** Of what it is made of. */
  readonly bytes: number
}

/** A run that goes on meanwhile may remove what it no longer needs: then there is a newer one. */
const TRIES = 5
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,99}$/u

/** Whether there is anything of it. */
export async function isKept({ root, topology }: KeptTopology): Promise<boolean> {
  return stat(topologyDirectory(root, topology)).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** The names of all topologies of which there is something. */
export async function keptNames(root: string): Promise<string[]> {
  return (await namesIn(root)).flatMap((file) => {
    try {
      const name = decodeURIComponent(file)
      return fileNameOf(name) === file ? [name] : []
    } catch {
      // Somebody else has put it there.
      return []
    }
  })
}

/** The snapshots of a topology. @throws STATE_MISSING (rejects) */
export async function snapshotsOf({ root, topology }: KeptTopology): Promise<SnapshotDirectory> {
  const path = join(topologyDirectory(root, topology), 'snapshots')
  const isThere = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (isThere) return new SnapshotDirectory(path, { sync: 'commit' })
  throw missing(`"${topology}" has no snapshots in ${root}`, 'name its folder with --state DIR')
}

/** The snapshots of which a savepoint is the only one. @throws STATE_MISSING (rejects) */
export async function openSavepoint(kept: KeptTopology, name: string): Promise<SnapshotDirectory> {
  const store = new SnapshotDirectory(directoryOf(kept, name), { sync: 'commit' })
  if ((await savepointNames(kept)).includes(name)) return store
  throw missing(
    `"${kept.topology}" has no savepoint "${name}" in ${kept.root}`,
    `see "typhoon savepoint list ${kept.topology}", or name its folder with --state DIR`,
  )
}

/**
 * The newest sound snapshot.
 * @throws STATE_MISSING there is none; STATE_CORRUPT none is sound; STATE_FORMAT, STATE_UNAVAILABLE (rejects)
 */
export async function newestOf(store: SnapshotDirectory, { topology }: KeptTopology): Promise<Manifest> {
  let damage: unknown
  for (const snapshot of await store.list()) {
    try {
      const manifest = await store.manifest(snapshot)
      await checkSnapshot(store, manifest)
      return manifest
    } catch (error) {
      if (!(error instanceof TyphoonError) || error.code !== 'STATE_CORRUPT') throw error
      damage ??= error
    }
  }
  throw damage ?? missing(`"${topology}" has no complete snapshot yet`)
}

/**
 * Makes a savepoint of the last complete snapshot. The topology may run meanwhile.
 * @param name `snapshot-` and its number unless given
 * @throws STATE_MISSING, STATE_CORRUPT, STATE_UNAVAILABLE, SAVEPOINT_EXISTS, USAGE for what is no name (rejects)
 */
export async function createSavepoint(kept: KeptTopology, name?: string): Promise<Savepoint> {
  if (name !== undefined) checkName(name)
  const store = await snapshotsOf(kept)
  for (let left = TRIES; ; left--) {
    const manifest = await newestOf(store, kept)
    try {
      return await copyTo(kept, name ?? `snapshot-${manifest.snapshot}`, store, manifest)
    } catch (error) {
      const isGone = error instanceof TyphoonError && error.code === 'STATE_CORRUPT'
      if (!isGone || left === 1) throw error
    }
  }
}

/** @throws STATE_MISSING, STATE_CORRUPT, STATE_FORMAT, STATE_UNAVAILABLE (rejects) */
export async function readSavepoint(kept: KeptTopology, name: string): Promise<Savepoint> {
  const store = await openSavepoint(kept, name)
  const [snapshot] = await store.list()
  if (snapshot === undefined) throw missing(`the savepoint "${name}" of "${kept.topology}" is empty`)
  const manifest = await store.manifest(snapshot)
  return { name, manifest, bytes: bytesOf(manifest) }
}

/**
 * Puts a savepoint in the place of the snapshots: the next run of the topology goes on from it. The snapshots that
 * there are are removed.
 * @throws STATE_IN_USE while it runs; STATE_MISSING, STATE_CORRUPT, STATE_FOREIGN, STATE_UNAVAILABLE (rejects)
 */
export async function restoreSavepoint(kept: KeptTopology, name: string, run: string): Promise<Savepoint> {
  const savepoint = await readSavepoint(kept, name)
  const { manifest } = savepoint
  if (manifest.topology !== kept.topology)
    throw new TyphoonError(
      'STATE_FOREIGN',
      `the savepoint "${name}" belongs to the topology "${manifest.topology}", not to "${kept.topology}"`,
    )
  const from = await openSavepoint(kept, name)
  await checkSnapshot(from, manifest)
  const lease = await openStateDirectory({ topology: kept.topology, root: resolve(kept.root), run })
  try {
    const path = join(lease.path, 'snapshots')
    const store = new SnapshotDirectory(path, { sync: 'commit', hold: lease.hold })
    const [newest = 0] = await store.list()
    // What stands outside behind it may be of later runs of this topology.
    const restored = { ...manifest, snapshot: Math.max(newest, manifest.snapshot) + 1, last: false }
    await linkFiles(manifest, directoryOf(kept, name), path)
    await checkSnapshot(store, restored)
    await store.complete(restored)
    await store.retain([restored])
  } finally {
    await lease.close()
  }
  return savepoint
}

/** @throws STATE_MISSING, STATE_UNAVAILABLE (rejects) */
export async function deleteSavepoint(kept: KeptTopology, name: string): Promise<void> {
  await openSavepoint(kept, name)
  const path = directoryOf(kept, name)
  // Out of sight first: half of one must not be taken for one.
  const gone = hidden(kept, name, 'deleted')
  await guarded(path, () => rename(path, gone))
  await guarded(gone, () => rm(gone, { recursive: true }))
}

async function copyTo(
  kept: KeptTopology,
  name: string,
  store: SnapshotDirectory,
  manifest: Manifest,
): Promise<Savepoint> {
  const path = directoryOf(kept, name)
  const making = hidden(kept, name, 'new')
  if ((await savepointNames(kept)).includes(name)) throw exists(kept, name)
  await guarded(making, () => rm(making, { recursive: true, force: true }))
  try {
    await guarded(making, () => folderMade(making))
    await linkFiles(manifest, store.path, making)
    const made = new SnapshotDirectory(making, { sync: 'commit' })
    await made.complete(manifest)
    await checkSnapshot(made, manifest)
    await guarded(path, () => rename(making, path))
    await guarded(path, () => syncFile(parentOf(kept)))
  } catch (error) {
    await rm(making, { recursive: true, force: true }).catch(() => {})
    throw error
  }
  return { name, manifest, bytes: bytesOf(manifest) }
}

/** All files of a snapshot, in the place of those that are there. */
async function linkFiles(manifest: Manifest, from: string, to: string): Promise<void> {
  await guarded(to, () => folderMade(to))
  for (const file of filesOf(manifest)) {
    const source = partPath(from, file)
    const target = partPath(to, file)
    await guarded(source, () => linkOrCopy(source, target))
  }
}

/** Of this name there is one file alone; but what lies there may have been damaged. It is there at any time. */
async function linkOrCopy(source: string, target: string): Promise<void> {
  const draft = `${target}.new`
  await rm(draft, { force: true })
  try {
    await link(source, draft)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error
    await copyFile(source, draft, constants.COPYFILE_FICLONE)
    await syncFile(draft)
  }
  await rename(draft, target)
  // Where both are the same file already, renaming changes nothing.
  await rm(draft, { force: true })
}

/** The names of the savepoints of a topology, in alphabetical order. @throws STATE_UNAVAILABLE (rejects) */
export async function savepointNames(kept: KeptTopology): Promise<string[]> {
  const path = parentOf(kept)
  const names = await guarded(path, () => namesIn(path))
  if (names.length === 0) await mustBeKept(kept)
  return names.filter((name) => NAME.test(name)).sort()
}

/** The name of a file in its place, or another folder, must not look like a topology without savepoints. */
async function mustBeKept(kept: KeptTopology): Promise<void> {
  if (await isKept(kept)) return
  const { root, topology } = kept
  throw missing(`there is no state of a topology "${topology}" in ${root}`, 'a topology goes by its name, not its file')
}

function parentOf({ root, topology }: KeptTopology): string {
  return join(topologyDirectory(root, topology), 'savepoints')
}

/** @throws USAGE */
function directoryOf(kept: KeptTopology, name: string): string {
  return join(parentOf(kept), checkName(name))
}

function hidden(kept: KeptTopology, name: string, what: string): string {
  return join(parentOf(kept), `.${name}.${what}`)
}

function checkName(name: string): string {
  if (NAME.test(name)) return name
  throw new TyphoonError('USAGE', `"${name}" is not a name for a savepoint`, {
    hint: 'letters, digits, _ - and . within it, at most 100 of them',
  })
}

function bytesOf(manifest: Manifest): number {
  return segmentBytes([...segmentsOf(manifest)])
}

async function guarded<T>(file: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (cause) {
    if (cause instanceof TyphoonError) throw cause
    const code = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'STATE_CORRUPT' : 'STATE_UNAVAILABLE'
    throw new TyphoonError(code, `${file}: ${messageOf(cause)}`, { where: { file }, cause })
  }
}

function missing(message: string, hint?: string): TyphoonError {
  return new TyphoonError('STATE_MISSING', message, hint === undefined ? {} : { hint })
}

function exists({ topology }: KeptTopology, name: string): TyphoonError {
  return new TyphoonError('SAVEPOINT_EXISTS', `"${topology}" has a savepoint "${name}" already`, {
    hint: `choose another name, or delete it: typhoon savepoint delete ${topology} ${name}`,
  })
}
