/**
 * What a store or a directory says of itself, beside its values: whose it is, and in which format it was written. What
 * belongs to another topology is refused before a value is read; so is what was there and is gone.
 */
import type { ErrorCode } from '../errors/catalogue.ts'
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { Store } from './store.ts'

/** No key of a user's begins so. */
export const MANIFEST_KEY = '\u0000manifest'

/** The record: what JSON can hold. Whoever writes it adds what else must be the same in the next run. */
export interface Manifest {
  /** The format of the records and of the manifest itself. */
  readonly format: number
  readonly topology: string
  readonly [described: string]: unknown
}

/** How a store is claimed. */
export interface ClaimRules {
  /** Compares what stands there with what this run would write; undefined: values without a manifest. */
  check(place: string, stored: unknown): void
  /** Whether what stands there, though it is right, is to be written anew. */
  isOutdated?(stored: unknown): boolean
  /** Called before anything is written to a new store. */
  begins?(): void
}

/**
 * Makes sure that a store is the right one: compares its manifest, or writes it where the store is new.
 * @throws what the rules throw; STATE_CORRUPT, STATE_UNAVAILABLE
 */
export function claimStore(store: Store, manifest: Manifest, { check, isOutdated, begins }: ClaimRules): void {
  const stored = store.get(MANIFEST_KEY)
  const isNew = stored === undefined && isEmpty(store)
  if (isNew) begins?.()
  else check(store.directory, stored)
  if (isNew || isOutdated?.(stored) === true) store.transaction((writer) => writer.put(MANIFEST_KEY, manifest))
}

/**
 * The part of the check that is the same for all.
 * @param place the directory or the key, for people
 * @throws STATE_FORMAT, STATE_FOREIGN
 */
export function checkOwner(place: string, stored: unknown, { format, topology }: Manifest): void {
  if (stored === undefined) throw refusal('STATE_FOREIGN', place, 'does not say whose it is', OTHER_PLACE)
  const found = (typeof stored === 'object' && stored !== null ? stored : {}) as Partial<Manifest>
  if (found.format !== format) {
    const was = found.format === undefined ? 'no format' : `format ${found.format}`
    throw refusal('STATE_FORMAT', place, `has ${was}; this version reads format ${format}`, OLD_VERSION)
  }
  if (found.topology !== topology) {
    const whose = `belongs to the topology "${found.topology}", not to "${topology}"`
    throw refusal('STATE_FOREIGN', place, whose, OTHER_PLACE)
  }
}

/** What can always be done about a store that does not fit. */
export const ANEW = 'delete the directory of the topology, its metadata and all its states, to begin anew'
/** About one that is somebody else's. */
export const OTHER_PLACE =
  'give this topology the name that it had, name another directory with --state DIR, or give the state another name'
const OLD_VERSION = `run the version of Typhoon that wrote it, or ${ANEW}`

/** The error of a store that is not the one that this run may write. */
export function refusal(code: ErrorCode, place: string, what: string, hint: string): TyphoonError {
  return new TyphoonError(code, `what stands in ${place} ${what}`, { where: { file: place }, hint })
}

function isEmpty(store: Store): boolean {
  for (const _ of store.range('')) return false
  return true
}
