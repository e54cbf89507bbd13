/** The folder of a service or of a host. */
import { fileTrouble } from '../identity/file-trouble.ts'
import { folderMade, PRIVATE } from '../identity/make-folder.ts'

/** Makes the folder of a service where it is missing. @throws STATE_UNAVAILABLE (rejects) */
export async function makeServiceFolder(directory: string): Promise<void> {
  await folderMade(directory, PRIVATE).catch((cause: unknown) => {
    throw fileTrouble(directory, 'used', cause, {
      code: 'STATE_UNAVAILABLE',
      hint: 'name another directory with --dir DIR',
    })
  })
}
