/**
 * Takes a folder away in which bundles were laid out. The law: what a bundle has put there goes, and whatever its
 * topology has written, such as dead letters and outputs, is kept in another folder; nothing of it is ever removed.
 */
import { lstat, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { folderMade, PRIVATE } from '../identity/make-folder.ts'
import { MARK, readMark } from './lay-out.ts'

/**
 * It may be broken off and done again.
 * @param folder in which the code is; it is gone then
 * @param to the folder for what was written there; made where there is something
 * @returns whether there is something in it
 */
export async function takeAway(folder: string, to: string): Promise<boolean> {
  const { id, files } = await readMark(folder)
  // What a topology has changed is newer than the mark, which is written last.
  const laidOutAt = id === null ? Number.POSITIVE_INFINITY : await changedAt(join(folder, MARK))
  for (const path of files.keys()) {
    const file = join(folder, ...path.split('/'))
    if ((await changedAt(file)) <= laidOutAt) await rm(file, { recursive: true, force: true })
    await rm(join(dirname(file), `.${basename(file)}.half`), { force: true })
  }
  await rm(join(folder, 'node_modules', 'typhoon'), { recursive: true, force: true })
  if (await hasNoFiles(folder, MARK)) await rm(folder, { recursive: true, force: true })
  else await keep(folder, to)
  return await isThere(to)
}

/** Empty folders go, too. */
async function keep(folder: string, to: string): Promise<void> {
  if (!(await isThere(folder))) return
  await folderMade(dirname(to), PRIVATE)
  await rename(folder, to)
  await rm(join(to, MARK), { force: true })
}

/**
 * Removes the empty folders below it.
 * @param aside name of a file in it that does not count
 * @returns whether it is empty
 */
async function hasNoFiles(folder: string, aside?: string): Promise<boolean> {
  let isEmpty = true
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && (await hasNoFiles(path))) await rmdir(path)
    else if (entry.name !== aside) isEmpty = false
  }
  return isEmpty
}

/** Milliseconds since 1970; 0 where it is not there. */
async function changedAt(path: string): Promise<number> {
  return lstat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
