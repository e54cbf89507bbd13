/**
 * State by key that lives as long as its task, where no snapshots are taken: a map. What an execution has written
 * stays, whatever becomes of its tuple.
 */
import type { KeyValueState } from '../topology/component/state.ts'
import { copyOf } from '../values/copy.ts'
import { mapKeyOf, valueOfMapKey } from '../values/key.ts'
import { type MapKey, ownKey } from './own-key.ts'
import { ownValue } from './own-value.ts'

export class VolatileState<K = any, V = any> implements KeyValueState<K, V> {
  readonly #name: string
  readonly #values = new Map<MapKey, V>()

  /** @param name for messages */
  constructor(name: string) {
    this.#name = name
  }

  get size(): number {
    return this.#values.size
  }

  get(key: K): V | undefined
  get(key: K, fallback: V): V
  /** Hot. */
  get(key: K, fallback?: V): V | undefined {
    const value = this.#values.get(mapKeyOf(key))
    return value === undefined ? fallback : copyOf(value)
  }

  /** Hot. */
  put(key: K, value: V): void {
    const known = mapKeyOf(key)
    const copy = ownValue(this.#name, key, value)
    this.#values.set(this.#values.has(known) ? known : ownKey(known), copy)
  }

  delete(key: K): boolean {
    return this.#values.delete(mapKeyOf(key))
  }

  update(key: K, change: (value: V | undefined) => V): V {
    const value = change(this.get(key))
    this.put(key, value)
    return value
  }

  *entries(): Iterable<readonly [K, V]> {
    for (const [key, value] of this.#values) yield [valueOfMapKey(key) as K, copyOf(value)]
  }
}
