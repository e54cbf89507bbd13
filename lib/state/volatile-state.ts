/**
 * State by key that lives as long as its task, where no snapshots are taken: a map. What an execution has written
 * stays, whatever becomes of its tuple.
 */
import { copyOf } from '../values/copy.ts'
import { valueOfMapKey } from '../values/key.ts'
import { type MapKey, ownKey } from '../values/own-key.ts'
import { ABSENT, type Place, PlacedState } from './placed-state.ts'

interface Kept extends Place {
  readonly key: MapKey
}

export class VolatileState<K = any, V = any> extends PlacedState<Kept, K, V> {
  readonly #kept = new Map<MapKey, Kept>()

  get size(): number {
    return this.#kept.size
  }

  override *entries(): Iterable<readonly [K, V]> {
    for (const { key, value } of this.#kept.values()) yield [valueOfMapKey(key) as K, copyOf(value as V)]
  }

  /** Hot. */
  override placeOf(key: MapKey): Kept | undefined {
    return this.#kept.get(key)
  }

  /** Hot. */
  protected override write(place: Kept | undefined, key: MapKey, value: unknown): Kept {
    if (place !== undefined) {
      place.value = value
      return place
    }
    const kept = { key: ownKey(key), value }
    this.#kept.set(kept.key, kept)
    return kept
  }

  protected override erase(place: Kept): void {
    this.#kept.delete(place.key)
    place.value = ABSENT
  }
}
