/** What to do about a store or a file that cannot be opened or written now. */
import { constants } from 'node:os'

/** @param otherwise where descriptors have not run out */
export function hintFor(cause: unknown, otherwise: string): string {
  const { code } = Object(cause) as { code?: unknown }
  // LMDB gives the number of the system's error.
  const isOutOfDescriptors =
    code === 'EMFILE' || code === 'ENFILE' || code === constants.errno.EMFILE || code === constants.errno.ENFILE
  return isOutOfDescriptors
    ? 'too many files are open: raise the limit (ulimit -n), or run fewer tasks in a worker'
    : otherwise
}
