/** What a store may fail with. */
import { TyphoonError } from '../../errors/typhoon-error.ts'

/** @param store where it is */
export function unreachable(store: string, why: string, cause?: unknown): TyphoonError {
  return new TyphoonError('STORE_UNREACHABLE', `the store ${store} does not answer: ${why}`, {
    hint: 'topologies that run go on for as long as the lease of the leader lasts; nothing can be changed meanwhile',
    ...(cause === undefined ? {} : { cause }),
  })
}

/** @param said its own words */
export function refused(store: string, said: string): TyphoonError {
  return new TyphoonError('STORE_REFUSED', `the store ${store} refuses: ${said}`, {
    hint: 'check the user, the password, the certificates, and whether it has room',
  })
}

/** @param what it lacks */
export function restored(what: string): TyphoonError {
  return new TyphoonError('STORE_RESTORED', `the store is not what it was: ${what}`, {
    hint: 'restore a newer backup, or let this nimbus begin with --accept-restored-store: then what it holds now counts',
  })
}

/** @param version what was found */
export function newer(what: string, version: number, known: number): TyphoonError {
  return new TyphoonError('STORE_NEWER', `${what} has the format ${version}, and this nimbus knows ${known}`, {
    hint: 'update this nimbus',
  })
}

/** Somebody else has changed what stands under a key, or there is nothing any more. */
export function busy(key: string): TyphoonError {
  return new TyphoonError('TOPOLOGY_BUSY', `"${key}" was changed by somebody else meanwhile`, {
    hint: 'look at it again, and then decide',
  })
}
