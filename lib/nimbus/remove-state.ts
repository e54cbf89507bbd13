/** What becomes of the state of a topology that is killed. */
import { readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Removes what a topology keeps, but for its savepoints: the next one of its name begins anew. */
export async function removeState(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => []))
    if (name !== 'savepoints') await rm(join(folder, name), { recursive: true, force: true })
  await rmdir(folder).catch(() => {
    // There are savepoints, or it has kept nothing.
  })
}
