/**
 * How the three kinds of map states differ: what they keep for a key, what a transaction finds in that, and what it
 * makes of it. The rest is the same for all, and stands in `batched-map.ts`.
 */
import type { StateKind } from '../../model/state.ts'

/** The rules of one kind. V is a value, R the record that is kept for it. */
export interface Rules<V, R> {
  readonly kind: StateKind
  /** What is journalled: nothing, the last txid, or the keys that it touched too. */
  readonly journal: 'nothing' | 'txid' | 'keys'
  /** What transaction `txid` finds before it has updated the key; null: outside of any. @throws TXID_BEHIND */
  before(stored: R | undefined, txid: number | null): V | undefined
  /** Whether the update that `txid` asks for has been made already. */
  isDone(stored: R, txid: number): boolean
  /** The value of a record. */
  current(record: R): V | undefined
  /** The record of a new value, over the one that stood there; undefined where none is needed. */
  record(txid: number, value: V | undefined, over: R | undefined): R | undefined
  /** The record that replaces one of `txid` if the key was not touched by `txid` after all. */
  takenBack?(record: R, txid: number): R | undefined
}
