/**
 * What a durable state says of itself, in its store, beside its values: whose it is, and how it was written. A map,
 * windows and the memory of a file sink have the same one, and a map in Redis too.
 */
import { isDeepStrictEqual } from 'node:util'
import { ANEW, checkOwner, claimStore, type Manifest, OTHER_PLACE, refusal } from '../../../store/manifest.ts'
import type { Store } from '../../../store/store.ts'
import type { SpoutKind, StateContext, StateKind } from '../../model/state.ts'

/** The format of the records and of the manifest itself. */
const FORMAT = 2

/** What JSON can hold: all else that must be the same in the next run. Its names differ from those of a manifest. */
export type Description = Readonly<Record<string, unknown>>

/** The record; JSON. Beside these fields it has those of the description. */
export interface StateManifest extends Manifest {
  readonly state: string
  readonly partitions: number
  readonly partition: number
}

/** What a map state of this run writes. */
export function manifestOf(context: StateContext, kind: StateKind): StateManifest {
  return describedManifest(context, { kind })
}

/** What a state of this run writes that is not a map. */
export function describedManifest(context: StateContext, description: Description): StateManifest {
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
export function claimState(store: Store, manifest: StateManifest, begins: () => void = () => {}): void {
  claimStore(store, manifest, {
    check: (place, stored) => checkManifest(place, stored, manifest),
    isOutdated: (stored) => isGrown(stored, manifest),
    begins,
  })
}

/** Whether a state that was transactional is opaque from now on. */
export function isGrown(stored: unknown, { kind }: StateManifest): boolean {
  return kind === 'opaque' && (stored as Partial<StateManifest>).kind === 'transactional'
}

/**
 * The manifest of a state whose kind the user has left open. One that was opaque stays so, for it promises more than
 * any other; one that was non-transactional does behind spouts with which none promises more.
 */
export function grownTo(stored: unknown, manifest: StateManifest, spout: SpoutKind): StateManifest {
  const kind = (stored as Partial<StateManifest> | undefined)?.kind
  const stays = kind === 'opaque' || (kind === 'non-transactional' && spout === kind)
  return stays && manifest.kind !== undefined ? { ...manifest, kind } : manifest
}

/**
 * Compares what stands there with what this run would write.
 * @param place the directory or the key, for people
 * @param stored undefined where there are values and no manifest
 * @throws STATE_FORMAT, STATE_FOREIGN, STATE_PARTITIONS
 */
export function checkManifest(place: string, stored: unknown, expected: StateManifest): void {
  checkOwner(place, stored, expected)
  const found = stored as Partial<StateManifest>
  if (found.state !== expected.state)
    throw refusal(
      'STATE_FOREIGN',
      place,
      `belongs to the state "${found.state}", not to "${expected.state}"`,
      OTHER_PLACE,
    )
  if (found.partitions !== expected.partitions || found.partition !== expected.partition) {
    const was = `was written as partition ${found.partition} of ${found.partitions}`
    const is = `it is now ${expected.partition} of ${expected.partitions}`
    const hint = `set the parallelism of this state to ${found.partitions}, or ${ANEW}`
    throw refusal('STATE_PARTITIONS', place, `${was}; ${is}`, hint)
  }
  checkDescription(place, found, expected)
}

/** The kind of a map says how its records are written; all else, what they mean. */
function checkDescription(place: string, found: Partial<StateManifest>, expected: StateManifest): void {
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

const SAME_DESCRIPTION = `change the topology back, or give what was changed another name, or ${ANEW}`
const SAME_KIND = (kind: unknown) =>
  `give the state the option kind: '${kind}', and a spout that goes with it, or ${ANEW}`
