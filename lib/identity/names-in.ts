/**
 * What stands in a folder, for whoever goes by it. The law: a folder that cannot be read is not an empty one. Whoever
 * took it for that would begin anew, or would remove what is needed.
 */
import { readdir } from 'node:fs/promises'

/** None where there is no such folder. @throws what `readdir` throws else (rejects) */
export async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}
