/**
 * The logs of topologies that were killed: kept for a week, and of so many topologies at most, each in a folder by its
 * id. What a topology may log is bounded, so this is, too.
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
   * Takes the folder of logs of a topology that is no more.
   * @returns where they are from now on
   */
  async keep(id: string, logs: string): Promise<string> {
    const path = join(this.#folder, id)
    await folderMade(this.#folder, PRIVATE)
    await rename(logs, path)
    await utimes(path, this.#now(), this.#now())
    await this.tidy()
    return path
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

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
