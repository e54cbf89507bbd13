/**
 * What topologies of a service write beside their code, such as dead letters and outputs, and where it is: below the
 * code while the topology is there, and after it was killed in a folder of its own, which its user alone removes.
 */
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { takeAway } from '../bundle/take-away.ts'
import { namesIn } from '../identity/names-in.ts'

/** Where the files of a topology are. @param directory of the service or the host @param id of the topology */
export function hostedFolder(directory: string, id: string): string {
  return join(directory, 'hosted', id)
}

/** Where what it has written is when it was killed. */
export function leftFolder(directory: string, id: string): string {
  return join(directory, 'left', id)
}

/** Removes files of topologies that are not known, and what was being laid out of the others. */
export async function tidyHosted(directory: string, known: ReadonlySet<string>): Promise<void> {
  for (const id of await readdir(hostedFolder(directory, '')).catch(() => [])) {
    const folder = hostedFolder(directory, id)
    if (!known.has(id)) await takeAway(join(folder, 'code'), leftFolder(directory, id))
    await rm(join(folder, known.has(id) ? 'next' : ''), { recursive: true, force: true })
  }
}

/**
 * The files of dead letters of the topologies of this name that there are and were, where no other file was configured:
 * those that were killed first.
 */
export async function lettersWritten(directory: string, name: string): Promise<string[]> {
  const folderIn = async (place: string, below: string): Promise<string[]> =>
    (await namesIn(place)).sort().map((id) => join(place, id, below, 'dead-letters', `${name}.jsonl`))
  const left = await folderIn(leftFolder(directory, ''), '')
  return [...left, ...(await folderIn(hostedFolder(directory, ''), 'code'))].filter((file) => existsSync(file))
}
