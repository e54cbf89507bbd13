/**
 * The logs of topologies that were killed: kept for a week, and of so many topologies at most, each in a folder by its
 * name and the numbers of its id. What a topology may log is bounded, so this is, too.
 */
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { folderMade, PRIVATE } from '../../identity/make-folder.ts'
import { fileNameOf } from '../../store/topology-directory.ts'
import { TopologyLogs } from './topology-logs.ts'

/** How long logs are kept, days: Storm's `logviewer.cleanup.age.mins`. */
export const DAYS_KEPT = 7
const DAY_MS = 24 * 60 * 60 * 1000
const MOST = 20

interface Kept {
  readonly path: string
  /** When its topology was killed. */
  readonly at: number
}

export class OldLogs {
  readonly #folder: string
  readonly #now: () => Date

  /** @param folder made when there is something to keep */
  constructor(folder: string, now: () => Date) {
    this.#folder = folder
    this.#now = now
  }

  /**
   * Takes the folder of logs of a topology that is no more. Where a kill was broken off and is done again, they are
   * here already: what was logged meanwhile is of that kill alone, and is not kept.
   */
  async keep({ id, name }: { readonly id: string; readonly name: string }, logs: string): Promise<void> {
    // An id has the name of the file that was submitted, which need not be that of the topology.
    const path = join(this.#folder, [fileNameOf(name), ...id.split('-').slice(-2)].join('-'))
    await folderMade(this.#folder, PRIVATE)
    if (await isMoved(logs, path)) await utimes(path, this.#now(), this.#now())
    else await rm(logs, { recursive: true, force: true })
    await this.tidy()
  }

  /** Those of the topology of this name that was killed last. */
  async find(name: string): Promise<TopologyLogs | undefined> {
    const ids = new RegExp(`^${escaped(fileNameOf(name))}-\\d+-\\d+$`)
    const [newest] = await this.#all((id) => ids.test(id))
    return newest === undefined ? undefined : new TopologyLogs(newest.path, this.#now)
  }

  /** Removes what is too old, or too much. */
  async tidy(): Promise<void> {
    const all = await this.#all(() => true)
    const since = this.#now().getTime() - DAYS_KEPT * DAY_MS
    for (const [index, { path, at }] of all.entries())
      if (index >= MOST || at < since) await rm(path, { recursive: true, force: true })
  }

  /** The newest first. */
  async #all(isWanted: (id: string) => boolean): Promise<Kept[]> {
    const names = await readdir(this.#folder).catch(() => [])
    const kept = await Promise.all(
      names.filter(isWanted).map(async (name) => {
        const path = join(this.#folder, name)
        const at = await stat(path).then(
          ({ mtimeMs }) => mtimeMs,
          () => 0,
        )
        return { path, at }
      }),
    )
    return kept.sort((a, b) => b.at - a.at)
  }
}

/** False where there is nothing to move, or something stands there. @throws what `rename` throws else (rejects) */
async function isMoved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
