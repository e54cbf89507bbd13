/** A backing map in the memory of the worker: fast, and gone with it. Storm's MemoryMapState keeps its values so. */

import type { StateKey } from '../../../values/key.ts'
import type { BackingMap } from '../../model/state.ts'

export class MemoryBackingMap<T = any> implements BackingMap<T> {
  readonly isAtomic = true
  readonly #values = new Map<StateKey, T>()

  multiGet(keys: readonly StateKey[]): (T | undefined)[] {
    return keys.map((key) => this.#values.get(key))
  }

  multiPut(keys: readonly StateKey[], values: readonly (T | undefined)[]): void {
    for (let i = 0; i < keys.length; i++) {
      const value = values[i]
      if (value === undefined) this.#values.delete(keys[i]!)
      else this.#values.set(keys[i]!, value)
    }
  }

  entries(): Iterable<readonly [StateKey, T]> {
    return this.#values.entries()
  }
}
