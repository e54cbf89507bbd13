/**
 * The values that were used last, in front of a store: a key that comes in every batch is not read from the disk in
 * every batch. Storm's CachedMap.
 *
 * Two generations instead of a list in the order of use: what is used moves into the young one, and when that is full
 * the old one is dropped whole. That keeps at least the half of `size` that was used last, and costs one look-up for a
 * key that comes often.
 */

import type { StateKey } from '../../../values/key.ts'
import { andThen, orElse } from '../../model/awaitable.ts'
import type { Awaitable } from '../../model/operation.ts'
import type { BackingMap } from '../../model/state.ts'

/** Stands for a key that the store does not have; that is worth knowing too. */
const ABSENT = Symbol('absent')
type Cached<T> = T | typeof ABSENT

export class CachedMap<T = any> implements BackingMap<T> {
  readonly isAtomic: boolean
  readonly entries?: NonNullable<BackingMap<T>['entries']>
  readonly #backing: BackingMap<T>
  readonly #halfSize: number
  #young = new Map<StateKey, Cached<T>>()
  #old = new Map<StateKey, Cached<T>>()

  /** @param size most keys that are kept */
  constructor(backing: BackingMap<T>, size: number) {
    this.#backing = backing
    this.#halfSize = Math.max(1, size >> 1)
    this.isAtomic = backing.isAtomic === true
    if (backing.entries !== undefined) this.entries = () => backing.entries!()
  }

  multiGet(keys: readonly StateKey[]): Awaitable<(T | undefined)[]> {
    const values: (T | undefined)[] = new Array(keys.length)
    const missing: StateKey[] = []
    const places: number[] = []
    for (let i = 0; i < keys.length; i++) {
      const cached = this.#lookUp(keys[i]!)
      if (cached === undefined) {
        missing.push(keys[i]!)
        places.push(i)
      } else values[i] = cached === ABSENT ? undefined : cached
    }
    if (missing.length === 0) return values
    return andThen(this.#backing.multiGet(missing), (stored) => {
      for (let i = 0; i < missing.length; i++) {
        const value = stored[i] ?? undefined
        this.#keep(missing[i]!, value ?? ABSENT)
        values[places[i]!] = value
      }
      return values
    })
  }

  /** Nothing is known of the keys of a write that failed: it may have been done, in part or not at all. */
  multiPut(keys: readonly StateKey[], values: readonly (T | undefined)[]): Awaitable<void> {
    return andThen(
      orElse(
        () => this.#backing.multiPut(keys, values),
        () => this.#forget(keys),
      ),
      () => {
        for (let i = 0; i < keys.length; i++) this.#keep(keys[i]!, values[i] ?? ABSENT)
      },
    )
  }

  close(): Awaitable<void> {
    this.#young.clear()
    this.#old.clear()
    return this.#backing.close?.()
  }

  /** Hot. */
  #lookUp(key: StateKey): Cached<T> | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.#keep(key, old)
    return old
  }

  /** Hot. */
  #keep(key: StateKey, value: Cached<T>): void {
    this.#young.set(key, value)
    if (this.#young.size < this.#halfSize) return
    this.#old = this.#young
    this.#young = new Map()
  }

  #forget(keys: readonly StateKey[]): void {
    for (const key of keys) {
      this.#young.delete(key)
      this.#old.delete(key)
    }
  }
}
