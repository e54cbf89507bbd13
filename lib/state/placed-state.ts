/**
 * What states in memory have in common: each value lies in a place, which a cell goes to without looking its key up.
 *
 * The law: values are copied in and out, so what user code changes in place changes no state. A place whose value was
 * deleted is a place no more; whoever holds it looks the key up again. Hot: `get` and `put` are once for each tuple.
 */
import type { KeyValueState, StateCell } from '../topology/component/state.ts'
import { copyOf } from '../values/copy.ts'
import { mapKeyOf } from '../values/key.ts'
import type { MapKey } from '../values/own-key.ts'
import type { FormWatch } from './form-watch.ts'
import { ownValue } from './own-value.ts'

/** What stands in the place of a value that was deleted. */
export const ABSENT: unique symbol = Symbol('absent')

/** Where a value lies, or lay. */
export interface Place {
  value: unknown
}

export abstract class PlacedState<P extends Place, K = any, V = any> implements KeyValueState<K, V> {
  /** @internal Looks at what takes the place of other values, as long as it is wanted. */
  formWatch: FormWatch | undefined
  readonly #name: string

  /** @param name for messages */
  constructor(name: string) {
    this.#name = name
  }

  abstract readonly size: number
  abstract entries(): Iterable<readonly [K, V]>

  /** Where the value of a key lies; undefined where it has none. */
  abstract placeOf(key: MapKey): P | undefined

  /**
   * Writes a value of the state's own.
   * @param place that of the key; undefined where it has none
   * @returns where it lies now
   */
  protected abstract write(place: P | undefined, key: MapKey, value: unknown): P

  protected abstract erase(place: P): void

  get(key: K): V | undefined
  get(key: K, fallback: V): V
  get(key: K, fallback?: V): V | undefined {
    const value = this.placeOf(mapKeyOf(key))?.value
    return value === undefined ? fallback : copyOf(value as V)
  }

  put(key: K, value: V): void {
    const known = mapKeyOf(key)
    this.putAt(this.placeOf(known), known, value)
  }

  delete(key: K): boolean {
    return this.deleteAt(this.placeOf(mapKeyOf(key)))
  }

  update(key: K, change: (value: V | undefined) => V): V {
    const cell = this.cell(key)
    const value = change(cell.get())
    cell.put(value)
    return value
  }

  cell(key: K): StateCell<V> {
    return new PlacedCell(this, mapKeyOf(key))
  }

  /** @internal For cells. */
  putAt(place: P | undefined, key: MapKey, value: V): P {
    const own = ownValue(this.#name, key, value)
    if (this.formWatch !== undefined && place !== undefined) this.formWatch = this.formWatch.see(key, place.value, own)
    return this.write(place, key, own)
  }

  /** @internal For cells. */
  deleteAt(place: P | undefined): boolean {
    if (place === undefined) return false
    this.erase(place)
    return true
  }
}

class PlacedCell<P extends Place, V> implements StateCell<V> {
  readonly #state: PlacedState<P, any, V>
  readonly #key: MapKey
  #place: P | undefined

  constructor(state: PlacedState<P, any, V>, key: MapKey) {
    this.#state = state
    this.#key = key
  }

  get(): V | undefined {
    const place = this.#current()
    return place === undefined ? undefined : copyOf(place.value as V)
  }

  put(value: V): void {
    this.#place = this.#state.putAt(this.#current(), this.#key, value)
  }

  delete(): boolean {
    return this.#state.deleteAt(this.#current())
  }

  #current(): P | undefined {
    const place = this.#place
    if (place !== undefined && place.value !== ABSENT) return place
    this.#place = this.#state.placeOf(this.#key)
    return this.#place
  }
}
