/**
 * A backing map in the embedded store: it survives the end of every process. A `multiPut` is one transaction of the
 * store.
 */

import { MANIFEST_KEY } from '../../../store/manifest.ts'
import { openStore, type Store, type StoreOptions } from '../../../store/store.ts'
import type { StateKey } from '../../../values/key.ts'
import type { BackingMap, SpoutKind, StateKind } from '../../model/state.ts'
import { MAP_RECORDS } from '../map/values.ts'
import { claimState, grownTo, type StateManifest } from './manifest.ts'

export class LmdbBackingMap<T = any> implements BackingMap<T> {
  readonly isAtomic = true
  readonly kind: StateKind
  readonly #store: Store

  /**
   * @param directory its own; made where it does not exist
   * @param options `kindIsOpenTo`: how the spouts before it replay, where the user has not said of which kind it is
   * @param begins `StateContext.begins`, called where nothing stands there yet
   * @throws STATE_FORMAT, STATE_FOREIGN, STATE_PARTITIONS where another state stands there; STATE_LOST, STATE_CORRUPT,
   * STATE_UNAVAILABLE
   */
  constructor(
    directory: string,
    manifest: StateManifest,
    options: StoreOptions & { readonly kindIsOpenTo?: SpoutKind },
    begins?: () => void,
  ) {
    const store = openStore(directory, { ...options, records: MAP_RECORDS })
    this.#store = store
    try {
      const { kindIsOpenTo: spout } = options
      const grown = spout === undefined ? manifest : grownTo(store.get(MANIFEST_KEY), manifest, spout)
      claimState(store, grown, begins)
      this.kind = grown.kind as StateKind
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

  check(): void {
    this.#store.check()
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}
