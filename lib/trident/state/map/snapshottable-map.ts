/** A state of one value, as the one key of a map state. Storm's SnapshottableMap. */

import type { StateKey } from '../../../values/key.ts'
import { andThen } from '../../model/awaitable.ts'
import type { Awaitable } from '../../model/operation.ts'
import type { MapState, Snapshottable } from '../../model/state.ts'

/** The key that the value stands under, unless another one is given. */
export const SNAPSHOT_KEY: StateKey = '$snapshot'

export class SnapshottableMap<V = any> implements Snapshottable<V> {
  readonly lastTxid?: () => Awaitable<number | undefined>
  readonly #map: MapState<V>
  readonly #keys: readonly StateKey[]

  constructor(map: MapState<V>, key: StateKey = SNAPSHOT_KEY) {
    this.#map = map
    this.#keys = [key]
    const { lastTxid } = map
    if (lastTxid !== undefined) this.lastTxid = () => lastTxid.call(map)
  }

  beginCommit(txid: number | null): Awaitable<void> {
    return this.#map.beginCommit(txid)
  }

  commit(txid: number | null): Awaitable<void> {
    return this.#map.commit(txid)
  }

  get(): Awaitable<V | undefined> {
    return andThen(this.#map.multiGet(this.#keys), first)
  }

  update(updater: (stored: V | undefined) => V | undefined): Awaitable<V | undefined> {
    return andThen(
      this.#map.multiUpdate(this.#keys, (stored) => updater(stored)),
      first,
    )
  }

  set(value: V | undefined): Awaitable<void> {
    return this.#map.multiPut(this.#keys, [value])
  }

  check(): Awaitable<void> {
    return this.#map.check?.()
  }

  close(): Awaitable<void> {
    return this.#map.close?.()
  }
}

function first<T>(values: readonly T[]): T | undefined {
  return values[0]
}
