/**
 * What a partition of a map state remembers of its last transaction, in its own backing map under a key that no group
 * has.
 *
 * The txid: a transaction behind it is refused. And for an opaque state the keys that were touched: the replay of an
 * opaque batch may hold other tuples, so a key of the first attempt may be missing in the second one. It must get its
 * previous value back, or it is counted in this batch and again in the one that its tuple comes in now. (Storm has no
 * such journal, and counts it twice.)
 */
import type { StateKey } from '../../../values/key.ts'

/** `keyOf` gives a text that begins otherwise, or this mark and a bracket. */
export const JOURNAL_KEY: StateKey = '\u0000journal'

/** The record; a store of JSON can hold it. */
export interface Journal {
  readonly txid: number
  /** Touched by any attempt of that transaction; left out where the kind of the state does not need them. */
  readonly keys?: readonly StateKey[]
}

/** The journal of a further attempt: what it may find written is what any of them has touched. */
export function journalOf(txid: number, touched: readonly StateKey[], before: Journal | undefined): Journal {
  if (before === undefined || before.txid !== txid || before.keys === undefined || before.keys.length === 0) {
    return { txid, keys: touched }
  }
  return { txid, keys: [...new Set([...before.keys, ...touched])] }
}
