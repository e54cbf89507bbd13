/** The folder of a service or of a host. */
import { messageOf, TyphoonError } from '../errors/typhoon-error.ts'
import { folderMade, PRIVATE } from '../identity/make-folder.ts'

/** Makes the folder of a service where it is missing. @throws STATE_UNAVAILABLE (rejects) */
export async function makeServiceFolder(directory: string): Promise<void> {
  await folderMade(directory, PRIVATE).catch((cause: unknown) => {
    throw new TyphoonError('STATE_UNAVAILABLE', `${directory} cannot be used: ${messageOf(cause)}`, {
      where: { file: directory },
      hint: 'name another directory with --dir DIR',
      cause,
    })
  })
}
