/** What is said where a process, or the system, has no file descriptor left: a module is a file, too. */
import { messageOf, TyphoonError } from './typhoon-error.ts'

/** What to do about it. */
export const RAISE_LIMIT = 'raise the limit (ulimit -n), or see who holds connections to this machine'

/** Whether something failed because this process, or the system, has no descriptor left. */
export function isOutOfDescriptors(error: unknown): boolean {
  const { code } = Object(error) as { readonly code?: unknown }
  return code === 'EMFILE' || code === 'ENFILE'
}

/** The error of the system as one of Typhoon. @param what could not be done */
export function outOfDescriptorsAt(what: string, error: unknown): TyphoonError {
  return new TyphoonError('OUT_OF_DESCRIPTORS', `${what}: ${messageOf(error)}`, { hint: RAISE_LIMIT, cause: error })
}
