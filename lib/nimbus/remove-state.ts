/** What becomes of the state of a topology that is killed. */
import { rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { namesIn } from '../identity/names-in.ts'

/** Removes what a topology keeps, but for its savepoints: the next one of its name begins anew. */
export async function removeState(folder: string): Promise<void> {
  for (const name of await namesIn(folder))
    if (name !== 'savepoints') await rm(join(folder, name), { recursive: true, force: true })
  await rmdir(folder).catch(() => {
    // There are savepoints, or it has kept nothing.
  })
}
