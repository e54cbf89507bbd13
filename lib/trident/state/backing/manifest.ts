/**
 * What a durable state says of itself, in the store, beside its values: whose it is, and how it was written. A state that was written otherwise is refused
 * before a value is read.
 */
import { type ErrorCode, TyphoonError } from '../../../index.ts'
import type { StateContext, StateKind } from '../state.ts'
import type { StateKey } from '../state-key.ts'

/** `keyOf` gives no such key. */
export const MANIFEST_KEY: StateKey = '\u0000manifest'

/** Of the records and of the manifest itself. */
const FORMAT = 1

/** The record; JSON. */
export interface Manifest {
  readonly format: number
  readonly topology: string
  readonly state: string
  readonly kind: StateKind
  readonly partitions: number
  readonly partition: number
}

/** What a state of this run writes. */
export function manifestOf(context: StateContext, kind: StateKind): Manifest {
  return {
    format: FORMAT,
    topology: context.task.topology,
    state: context.name,
    kind,
    partitions: context.numPartitions,
    partition: context.partitionIndex,
  }
}

/**
 * Compares what stands there with what this run would write.
 * @param place the directory or the key, for people
 * @throws STATE_FORMAT, STATE_FOREIGN, STATE_PARTITIONS
 */
export function checkManifest(place: string, stored: unknown, expected: Manifest): void {
  const found = stored as Partial<Manifest> | null | undefined
  if (typeof found !== 'object' || found === null || found.format !== FORMAT) {
    const format = typeof found === 'object' && found !== null ? `format ${found.format}` : 'no format'
    throw refusal('STATE_FORMAT', place, `has ${format}; this version reads format ${FORMAT}`, OLD_VERSION)
  }
  if (found.topology !== expected.topology || found.state !== expected.state) {
    const whose = `belongs to the state "${found.state}" of the topology "${found.topology}"`
    const asked = `not to "${expected.state}" of "${expected.topology}"`
    throw refusal(
      'STATE_FOREIGN',
      place,
      `${whose}, ${asked}`,
      'give this topology or this state another name or place',
    )
  }
  if (found.partitions !== expected.partitions || found.partition !== expected.partition) {
    const was = `was written as partition ${found.partition} of ${found.partitions}`
    const is = `it is now ${expected.partition} of ${expected.partitions}`
    throw refusal(
      'STATE_PARTITIONS',
      place,
      `${was}; ${is}`,
      `set the parallelism of this state to ${found.partitions}, or ${ANEW}`,
    )
  }
  if (found.kind !== expected.kind) {
    throw refusal(
      'STATE_FORMAT',
      place,
      `was written as ${found.kind}; it is now ${expected.kind}`,
      SAME_KIND(found.kind),
    )
  }
}

const ANEW = 'delete the directory of the topology, its metadata and all its states, to begin anew'
const OLD_VERSION = `run the version of Typhoon that wrote it, or ${ANEW}`
const SAME_KIND = (kind: unknown) =>
  `give the state the option kind: '${kind}', and a spout that goes with it, or ${ANEW}`

function refusal(code: ErrorCode, place: string, what: string, hint: string): TyphoonError {
  return new TyphoonError(code, `what stands in ${place} ${what}`, { where: { file: place }, hint })
}
