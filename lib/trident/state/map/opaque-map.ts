/**
 * A map state that is exactly once even where the replay of a batch holds other tuples: it keeps the value before the
 * last transaction too, and a replay begins from that. Storm's OpaqueMap.
 */
import type { BackingMap, MapState } from '../../model/state.ts'
import { BatchedMap } from './batched-map.ts'
import type { Rules } from './rules.ts'
import { OpaqueValue, opaqueBefore, type TransactionalValue } from './values.ts'

const RULES: Rules<any, OpaqueValue> = {
  kind: 'opaque',
  journal: 'keys',
  before: (stored, txid) => opaqueBefore(opaque(stored), txid),
  isDone: () => false,
  current: (record) => opaque(record)!.curr,
  record: (txid, value, over) => new OpaqueValue(txid, value, opaqueBefore(opaque(over), txid)),
  // A further attempt finds `prev`, and the next transaction finds `curr`: both are what was there before.
  takenBack: ({ prev }, txid) => (prev === undefined ? undefined : new OpaqueValue(txid, prev, prev)),
}

/**
 * A state that was transactional becomes opaque where dead letters are allowed. What was there before its last
 * transaction is not known; that it is not asked for is seen to by `beginCommit`.
 */
function opaque(record: OpaqueValue | TransactionalValue | undefined): OpaqueValue | undefined {
  return record !== undefined && 'value' in record ? new OpaqueValue(record.txid, record.value) : record
}

/** Makes opaque map states. */
export const OpaqueMap = {
  /** Builds the state over a backing map that holds an OpaqueValue for each key. */
  build<V>(backing: BackingMap<OpaqueValue<V>>, store?: BackingMap<OpaqueValue<V>>): MapState<V> {
    return new BatchedMap<V, OpaqueValue<V>>(backing, RULES, store)
  },
}
