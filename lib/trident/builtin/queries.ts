/** Queries that come with Trident, for `stateQuery`. Each asks the state once for the whole batch. */
import { TyphoonError } from '../../index.ts'
import { copyOf, copyOfEach } from '../../values/copy.ts'
import { keyOf, type StateKey, valuesOfKey } from '../../values/key.ts'
import type { QueryFunction } from '../model/operation.ts'
import type { MapState, Snapshottable } from '../model/state.ts'

declare const answersValue: unique symbol

/** A query that appends one field: a value of the state, or null. */
export interface ValueQuery<S> extends QueryFunction<S, unknown> {
  readonly [answersValue]: true
}

function valueQuery<S>(query: QueryFunction<S, unknown>): ValueQuery<S> {
  return query as ValueQuery<S>
}

/** The value of the key that the input fields make; null where there is none. Appends one field. */
export const MapGet = valueQuery<MapState>({
  async batchRetrieve(state, tuples) {
    const found = await state.multiGet(tuples.map(({ values }) => keyOf(values)))
    return found.map((value) => value ?? null)
  },
  execute: (_, value, collector) => collector.emit([value]),
})

/** The one value of the state; null where there is none. Appends one field. */
export const SnapshotGet = valueQuery<Snapshottable>({
  async batchRetrieve(state, tuples) {
    const value = (await state.get()) ?? null
    return tuples.map(() => copyOf(value))
  },
  execute: (_, value, collector) => collector.emit([value]),
})

/**
 * Everything in this partition of the state. Appends the values of the key and the value behind them, once for each
 * key.
 */
export const TupleCollectionGet: QueryFunction<Pick<MapState, 'entries'>, readonly (readonly unknown[])[]> = {
  async batchRetrieve(state, tuples) {
    const rows: unknown[][] = []
    for await (const [key, value] of entriesOf(state)) rows.push([...valuesOfKey(key), value])
    return tuples.map(() => rows)
  },
  execute(_, rows, collector) {
    for (const row of rows) collector.emit(copyOfEach(row))
  },
}

/** What a query asks for; it is not known for one of the user's. */
export type Asks = 'a key' | 'the one value' | 'all keys' | 'anything'

const ASKS: ReadonlyMap<unknown, Asks> = new Map<unknown, Asks>([
  [MapGet, 'a key'],
  [SnapshotGet, 'the one value'],
  [TupleCollectionGet, 'all keys'],
])

/** What a query asks for; it is known only for the queries that come with Trident. */
export function asksFor(query: unknown): Asks {
  return ASKS.get(query) ?? 'anything'
}

/** @throws UNFIT_STATE where the state cannot list what it holds */
function entriesOf(
  state: Pick<MapState, 'entries'>,
): AsyncIterable<readonly [StateKey, unknown]> | Iterable<readonly [StateKey, unknown]> {
  if (state.entries !== undefined) return state.entries()
  throw new TyphoonError('UNFIT_STATE', 'TupleCollectionGet was given a state that cannot list what it holds', {
    hint: 'its backing map needs the function entries; or ask for single keys with MapGet',
  })
}
