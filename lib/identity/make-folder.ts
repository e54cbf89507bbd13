/**
 * Makes a folder, and those above it that are not there. The `recursive` of Node's own `mkdir` never comes to an end
 * where the folder above is there and can hold none (`/proc`): it makes that one again, and again.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/** For this user alone. */
export const PRIVATE = 0o700

/** @param mode of those that are made @throws what `mkdir` throws */
export function makeFolder(path: string, mode?: number): void {
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    if (isThere(path, error)) return
    const parent = parentToMake(path, error)
    if (!existsSync(parent)) makeFolder(parent, mode)
    makeLast(path, mode)
  }
}

function makeLast(path: string, mode: number | undefined): void {
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    if (!isThere(path, error)) throw error
  }
}

/** Without holding up the event loop. @param mode of those that are made @throws what `mkdir` throws (rejects) */
export async function folderMade(path: string, mode?: number): Promise<void> {
  try {
    await mkdir(path, { mode })
  } catch (error) {
    if (isThere(path, error)) return
    const parent = parentToMake(path, error)
    if (!existsSync(parent)) await folderMade(parent, mode)
    makeLast(path, mode)
  }
}

/** Somebody else may have made it meanwhile, or it is a link to a folder. */
function isThere(path: string, error: unknown): boolean {
  return codeOf(error) === 'EEXIST' && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** @throws the error where it is not for want of the folder above */
function parentToMake(path: string, error: unknown): string {
  const parent = dirname(path)
  if (codeOf(error) !== 'ENOENT' || parent === path) throw error
  return parent
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code
}
