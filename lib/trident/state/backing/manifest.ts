/**
 * What a durable state says of itself, in the store, beside its values: whose it is, and how it was written. A map,
 * windows and the memory of a file sink have the same one. A state that was written otherwise is refused before a value
 * is read; so is one that was there and is gone.
 */
import { isDeepStrictEqual } from 'node:util'
import { type ErrorCode, TyphoonError } from '../../../index.ts'
import type { StateKey } from '../../../values/key.ts'
import type { SpoutKind, StateContext, StateKind } from '../state.ts'
import type { Store } from '../store.ts'

/** `keyOf` gives no such key. */
export const MANIFEST_KEY: StateKey = '\u0000manifest'

/** Of the records and of the manifest itself. */
const FORMAT = 2

/** What JSON can hold: all else that must be the same in the next run. Its names are none of those of a manifest. */
export type Description = Readonly<Record<string, unknown>>

/** The record; JSON. Beside these fields it has those of the description. */
export interface Manifest {
  readonly format: number
  readonly topology: string
  readonly state: string
  readonly partitions: number
  readonly partition: number
  readonly [described: string]: unknown
}

/** What a map state of this run writes. */
export function manifestOf(context: StateContext, kind: StateKind): Manifest {
  return describedManifest(context, { kind })
}

/** What a state of this run writes that is no map. */
export function describedManifest(context: StateContext, description: Description): Manifest {
  return {
    format: FORMAT,
    topology: context.task.topology,
    state: context.name,
    partitions: context.numPartitions,
    partition: context.partitionIndex,
    ...description,
  }
}

/**
 * Makes sure that an embedded store is that of the state: compares its manifest, or writes it where the store is new.
 * @param begins `StateContext.begins`, called before anything is written to a new store
 * @throws STATE_FORMAT, STATE_FOREIGN, STATE_PARTITIONS, STATE_LOST, STATE_CORRUPT, STATE_UNAVAILABLE
 */
export function claimStore(store: Store, manifest: Manifest, begins?: () => void): void {
  const stored = store.get(MANIFEST_KEY)
  const isNew = stored === undefined && isEmpty(store)
  if (isNew) begins?.()
  else checkManifest(store.directory, stored, manifest)
  if (isNew || isGrown(stored, manifest)) store.transaction((writer) => writer.put(MANIFEST_KEY, manifest))
}

/** Whether a state that was transactional is opaque from now on. */
export function isGrown(stored: unknown, { kind }: Manifest): boolean {
  return kind === 'opaque' && (stored as Partial<Manifest>).kind === 'transactional'
}

/**
 * The manifest of a state whose kind the user has left open. One that was opaque stays so, for it promises more than
 * any other; one that was non-transactional does behind spouts with which none promises more.
 */
export function grownTo(stored: unknown, manifest: Manifest, spout: SpoutKind): Manifest {
  const kind = (stored as Partial<Manifest> | undefined)?.kind
  const stays = kind === 'opaque' || (kind === 'non-transactional' && spout === kind)
  return stays && manifest.kind !== undefined ? { ...manifest, kind } : manifest
}

/**
 * Compares what stands there with what this run would write.
 * @param place the directory or the key, for people
 * @param stored undefined where there are values and no manifest
 * @throws STATE_FORMAT, STATE_FOREIGN, STATE_PARTITIONS
 */
export function checkManifest(place: string, stored: unknown, expected: Manifest): void {
  if (stored === undefined) throw refusal('STATE_FOREIGN', place, 'does not say whose it is', OTHER_PLACE)
  const found = (typeof stored === 'object' && stored !== null ? stored : {}) as Partial<Manifest>
  if (found.format !== FORMAT) {
    const format = found.format === undefined ? 'no format' : `format ${found.format}`
    throw refusal('STATE_FORMAT', place, `has ${format}; this version reads format ${FORMAT}`, OLD_VERSION)
  }
  if (found.topology !== expected.topology || found.state !== expected.state) {
    const whose = `belongs to the state "${found.state}" of the topology "${found.topology}"`
    const asked = `not to "${expected.state}" of "${expected.topology}"`
    throw refusal('STATE_FOREIGN', place, `${whose}, ${asked}`, OTHER_PLACE)
  }
  if (found.partitions !== expected.partitions || found.partition !== expected.partition) {
    const was = `was written as partition ${found.partition} of ${found.partitions}`
    const is = `it is now ${expected.partition} of ${expected.partitions}`
    const hint = `set the parallelism of this state to ${found.partitions}, or ${ANEW}`
    throw refusal('STATE_PARTITIONS', place, `${was}; ${is}`, hint)
  }
  checkDescription(place, found, expected)
}

/** The kind of a map says how its records are written; all else, what they mean. */
function checkDescription(place: string, found: Partial<Manifest>, expected: Manifest): void {
  const isOther = found.kind !== expected.kind && found.kind !== undefined && expected.kind !== undefined
  if (isOther && !isGrown(found, expected)) {
    throw refusal(
      'STATE_FORMAT',
      place,
      `was written as ${found.kind}; it is now ${expected.kind}`,
      SAME_KIND(found.kind),
    )
  }
  const names = new Set([...Object.keys(expected), ...Object.keys(found)])
  if (isGrown(found, expected)) names.delete('kind')
  const different = [...names].find((name) => !isDeepStrictEqual(found[name], expected[name]))
  if (different === undefined) return
  const [was, is] = [found[different], expected[different]].map((value) => JSON.stringify(value) ?? 'none')
  throw refusal('STATE_FOREIGN', place, `was written with ${different} ${was}, not ${is}`, SAME_DESCRIPTION)
}

const ANEW = 'delete the directory of the topology, its metadata and all its states, to begin anew'
const OLD_VERSION = `run the version of Typhoon that wrote it, or ${ANEW}`
const OTHER_PLACE = 'give this topology or this state another name or place'
const SAME_DESCRIPTION = `change the topology back, or give what was changed another name, or ${ANEW}`
const SAME_KIND = (kind: unknown) =>
  `give the state the option kind: '${kind}', and a spout that goes with it, or ${ANEW}`

function refusal(code: ErrorCode, place: string, what: string, hint: string): TyphoonError {
  return new TyphoonError(code, `what stands in ${place} ${what}`, { where: { file: place }, hint })
}

function isEmpty(store: Store): boolean {
  for (const _ of store.range('')) return false
  return true
}
