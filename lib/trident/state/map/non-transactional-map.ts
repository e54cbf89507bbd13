/**
 * A map state that keeps values and nothing else: a batch that is replayed after its commit counts again. Storm's
 * NonTransactionalMap.
 */
import type { BackingMap, MapState } from '../../model/state.ts'
import { BatchedMap } from './batched-map.ts'
import type { Rules } from './rules.ts'

const RULES: Rules<any, any> = {
  kind: 'non-transactional',
  journal: 'nothing',
  before: (stored) => stored,
  isDone: () => false,
  current: (record) => record,
  record: (_, value) => value,
}

/** Makes map states without a memory of transactions. */
export const NonTransactionalMap = {
  /** Builds the state over a backing map that holds the values as they are. */
  build<V>(backing: BackingMap<V>, store?: BackingMap<V>): MapState<V> {
    return new BatchedMap<V, V>(backing, RULES, store)
  },
}
