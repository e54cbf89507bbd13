/** A backing map in the embedded store: it survives the end of every process. A `multiPut` is one transaction of the store. */

import type { BackingMap } from '../state.ts'
import type { StateKey } from '../state-key.ts'
import { openStore, type Store, type StoreOptions } from '../store.ts'
import type { Manifest } from './manifest.ts'
import { checkManifest, MANIFEST_KEY } from './manifest.ts'

export class LmdbBackingMap<T = any> implements BackingMap<T> {
  readonly isAtomic = true
  readonly #store: Store

  /**
   * @param directory its own; made where it does not exist
   * @throws STATE_FORMAT, STATE_FOREIGN, STATE_PARTITIONS where another state stands there; STATE_CORRUPT, STATE_UNAVAILABLE
   */
  constructor(directory: string, manifest: Manifest, options: StoreOptions) {
    const store = openStore(directory, options)
    this.#store = store
    try {
      const stored = store.get(MANIFEST_KEY)
      if (stored !== undefined || !isEmpty(store)) checkManifest(directory, stored, manifest)
      else store.transaction((writer) => writer.put(MANIFEST_KEY, manifest))
    } catch (error) {
      void store.close()
      throw error
    }
  }

  multiGet(keys: readonly StateKey[]): (T | undefined)[] {
    const store = this.#store
    return keys.map((key) => store.get(key) as T | undefined)
  }

  multiPut(keys: readonly StateKey[], values: readonly (T | undefined)[]): void {
    this.#store.transaction((writer) => {
      for (let i = 0; i < keys.length; i++) {
        const value = values[i]
        if (value === undefined) writer.remove(keys[i]!)
        else writer.put(keys[i]!, value)
      }
    })
  }

  *entries(): Iterable<readonly [StateKey, T]> {
    for (const [key, value] of this.#store.range('')) if (key !== MANIFEST_KEY) yield [key, value as T]
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}

function isEmpty(store: Store): boolean {
  for (const _ of store.range('')) return false
  return true
}
