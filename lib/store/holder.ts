/**
 * Who has a directory, as a file that any of its processes can look at: it holds the name of the run, and is touched as
 * a sign of life. The lease (`lease.ts`) decides; this is for processes that write outside, or into files, and take no
 * part in it: a worker of a run whose parent stands still keeps the lease by it, and one that stood still itself ends
 * before it does anything that another run would not know of.
 */
import { readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A process gives its sign of life, and looks whether it still may, so often. */
export const BEAT_MS = 1_000

/** From now on this run has the directory. @throws what the file system does */
export function writeHolder(directory: string, run: string): void {
  const file = fileIn(directory)
  writeFileSync(`${file}.new`, run)
  renameSync(`${file}.new`, file)
}

/** Changes as long as a process lives that watches. */
export function signOfLife(directory: string): number {
  return statSync(fileIn(directory), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/**
 * Gives signs of life for a run as long as the process lives.
 * @param onLost called where another run has the directory
 * @returns looks whether that is so, and calls `onLost` before it returns
 */
export function watchHolder(directory: string, run: string, onLost: () => void): () => void {
  const look = (): void => {
    if (!mayGoOn(directory, run)) onLost()
  }
  // The process does not live for this alone.
  setInterval(look, BEAT_MS).unref()
  return look
}

function mayGoOn(directory: string, run: string): boolean {
  const file = fileIn(directory)
  try {
    if (readFileSync(file, 'utf8') !== run) return false
    const now = new Date()
    utimesSync(file, now, now)
  } catch {
    // Somebody has removed it, or it cannot be reached now: nobody else has been seen.
  }
  return true
}

function fileIn(directory: string): string {
  return join(directory, 'lease', 'holder')
}
