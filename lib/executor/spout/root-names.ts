/**
 * What a root is known by when it is emitted again, perhaps by the next incarnation of its spout. No single name is
 * always the same: values may carry a time or an attempt, a message id may be drawn anew. So a root has up to two: its
 * message id, and its values, each with its stream.
 *
 * The law: two roots share a name only where their values are the same key (`values/hash.ts`), or their message ids are
 * and not a mere count: a number is likely to be counted anew from 1 by the next incarnation, for another tuple, so it
 * holds only in this one.
 */
import type { Incarnation } from '../../tuple/ids.ts'
import { contentName } from '../../values/content-name.ts'
import type { Staged } from './trials.ts'

/** The names of the roots of one incarnation of a spout task. */
export class RootNames {
  readonly #incarnation: Incarnation
  /** The spout gives one message id to several tuples that wait at the same time: its ids name none of them. */
  #idsRepeat = false

  constructor(incarnation: Incarnation) {
    this.#incarnation = incarnation
  }

  /**
   * The names of each of these roots, which wait at the same time; none where neither message id nor values say
   * anything.
   */
  of(roots: readonly Staged[]): string[][] {
    const names = roots.map((root) => ({ byId: this.#byId(root), byValues: byValues(root) }))
    const seen = new Map<string, string | undefined>()
    for (const { byId, byValues } of names) {
      if (byId === undefined) continue
      if (seen.has(byId) && seen.get(byId) !== byValues) this.#idsRepeat = true
      seen.set(byId, byValues)
    }
    return names.map(({ byId, byValues }) =>
      (this.#idsRepeat ? [byValues] : [byId, byValues]).filter((name) => name !== undefined),
    )
  }

  #byId({ stream, messageId }: Staged): string | undefined {
    const scope = scopeOf(messageId, this.#incarnation)
    const hash = scope && contentName([messageId])
    return hash && `${stream.source.stream}/${scope}/${hash}`
  }
}

function byValues({ stream, values }: Staged): string | undefined {
  const hash = contentName(values)
  return hash && `${stream.source.stream}/values/${hash}`
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
