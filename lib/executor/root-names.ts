/**
 * What a root is known by when it is emitted again, perhaps by the next incarnation of its spout. No single name is always the same: values may carry a
 * time or an attempt, a message id may be drawn anew. So a root has up to two: its message id, and its values, each with its stream.
 *
 * The law: two roots share a name only where their values are the same key (`values/hash.ts`), or their message ids are and are no mere count: a number is
 * likely to be counted anew from 1 by the next incarnation, for another tuple, so it holds only in this one.
 */
import type { Incarnation } from '../tuple/ids.ts'
import { hashFields, hashValue } from '../values/hash.ts'
import type { Staged } from './trials.ts'

/** Two hashes make a name that no two tuples share by chance. */
const SEEDS = [0x51ed270b, 0x2545f491] as const

/** The names of a root within its task; none where neither its message id nor its values say anything. */
export function namesOf({ stream, values, messageId }: Staged, incarnation: Incarnation): string[] {
  const { stream: streamId } = stream.source
  const indexes = values.map((_, index) => index)
  const scope = scopeOf(messageId, incarnation)
  const byId = scope && digest((seed) => hashValue(messageId, seed))
  const byValues = digest((seed) => hashFields(values, indexes, seed))
  return [
    ...(byId === undefined ? [] : [`${streamId}/${scope}/${byId}`]),
    ...(byValues === undefined ? [] : [`${streamId}/values/${byValues}`]),
  ]
}

/** Where a message id names one tuple alone; undefined: nowhere. */
function scopeOf(messageId: unknown, incarnation: Incarnation): string | undefined {
  switch (typeof messageId) {
    case 'number':
    case 'bigint':
      return `number of ${incarnation}`
    case 'string':
      return 'id'
    case 'object':
      return messageId !== null && saysSomething(messageId) ? 'id' : undefined
    default:
      return undefined
  }
}

/** An empty object is an id by its identity, not by what it holds. */
function saysSomething(id: object): boolean {
  return Object.keys(id).length > 0 || typeof (id as { toJSON?: unknown }).toJSON === 'function'
}

/** Undefined for what has no content to hash. */
function digest(hash: (seed: number) => number): string | undefined {
  try {
    return SEEDS.map((seed) => hash(seed).toString(36)).join('/')
  } catch {
    return undefined
  }
}
