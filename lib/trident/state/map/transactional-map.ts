/**
 * A map state that is exactly once where the replay of a batch holds the same tuples: it keeps the txid with each
 * value, and an update that was made already is skipped. Storm's TransactionalMap.
 */
import type { BackingMap, MapState } from '../../model/state.ts'
import { BatchedMap } from './batched-map.ts'
import type { Rules } from './rules.ts'
import { TransactionalValue, txidBehind } from './values.ts'

const RULES: Rules<any, TransactionalValue> = {
  kind: 'transactional',
  journal: 'txid',
  before: (stored) => stored?.value,
  isDone(stored, txid) {
    if (stored.txid > txid) throw txidBehind(txid, stored.txid)
    return stored.txid === txid
  },
  current: ({ value }) => value,
  record: (txid, value) => new TransactionalValue(txid, value),
}

/** Makes transactional map states. */
export const TransactionalMap = {
  /** Builds the state over a backing map that holds a TransactionalValue for each key. */
  build<V>(backing: BackingMap<TransactionalValue<V>>, store?: BackingMap<TransactionalValue<V>>): MapState<V> {
    return new BatchedMap<V, TransactionalValue<V>>(backing, RULES, store)
  },
}
