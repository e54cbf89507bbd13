/**
 * State by key and time that lives as long as its task, where no snapshots are taken. What an execution has written
 * stays, whatever becomes of its tuple.
 */
import type { KeyValueState, Series, SeriesByKey, StateCell } from '../topology/component/state.ts'
import { copyOf } from '../values/copy.ts'
import { mapKeyOf } from '../values/key.ts'
import { type MapKey, ownKey } from '../values/own-key.ts'
import { ofTimeKey, timeKey } from '../values/time-key.ts'
import { KeyCell } from './key-cell.ts'
import { KeyMap } from './key-map.ts'
import { ownValue } from './own-value.ts'
import { indexFrom, insertAt, removeAt } from './times.ts'

/** What all series of a state share. */
interface Shared {
  readonly name: string
  readonly byKey: KeyMap<ValueSeries>
  size: number
}

/** The newest value lies in the series itself: most of what comes is about that, and need not look any further. */
class ValueSeries implements Series {
  readonly key: MapKey
  readonly starts: number[] = []
  memo: unknown = undefined
  /** That of the newest time is out of date. */
  readonly #values: unknown[] = []
  #newest = Number.NaN
  #newestValue: unknown = undefined
  readonly #shared: Shared

  constructor(key: MapKey, shared: Shared) {
    this.key = key
    this.#shared = shared
  }

  indexFrom(time: number): number {
    return indexFrom(this.starts, time)
  }

  at(index: number): unknown {
    return copyOf(index === this.starts.length - 1 ? this.#newestValue : this.#values[index])
  }

  /** Hot. */
  get(time: number): unknown {
    if (time === this.#newest) return copyOf(this.#newestValue)
    const at = this.indexFrom(time)
    return this.starts[at] === time ? this.at(at) : undefined
  }

  /** Hot. */
  put(time: number, value: unknown): void {
    const own = ownValue(this.#shared.name, this.key, value)
    if (time === this.#newest) this.#newestValue = own
    else this.#putElsewhere(time, own)
  }

  #putElsewhere(time: number, own: unknown): void {
    const at = this.indexFrom(time)
    if (this.starts[at] === time) {
      this.#values[at] = own
      return
    }
    insertAt(this.starts, at, time)
    insertAt(this.#values, at, own)
    this.#shared.size++
    if (at < this.starts.length - 1) return
    if (at > 0) this.#values[at - 1] = this.#newestValue
    this.#newest = time
    this.#newestValue = own
  }

  deleteFrom(first: number, last: number): void {
    const at = this.indexFrom(first)
    let end = at
    while (end < this.starts.length && this.starts[end]! <= last) end++
    if (end === at) return
    if (end === this.starts.length) {
      this.#newest = at === 0 ? Number.NaN : this.starts[at - 1]!
      this.#newestValue = this.#values[at - 1]
    }
    removeAt(this.starts, at, end - at)
    removeAt(this.#values, at, end - at)
    this.#shared.size -= end - at
    if (this.starts.length === 0) this.#shared.byKey.remove(this)
  }
}

export class VolatileSeries<V = any> implements KeyValueState<string, V>, SeriesByKey<V> {
  readonly #shared: Shared

  /** @param name for messages */
  constructor(name: string) {
    this.#shared = { name, byKey: new KeyMap(), size: 0 }
  }

  get size(): number {
    return this.#shared.size
  }

  /** Hot. */
  series(key: unknown): Series<V> | undefined {
    return this.#shared.byKey.get(mapKeyOf(key)) as Series<V> | undefined
  }

  /** Hot. */
  open(key: unknown): Series<V> {
    const known = mapKeyOf(key)
    const { byKey } = this.#shared
    let series = byKey.get(known)
    if (series === undefined) {
      series = new ValueSeries(ownKey(known), this.#shared)
      byKey.add(series)
    }
    return series as Series<V>
  }

  get(id: string): V | undefined
  get(id: string, fallback: V): V
  get(id: string, fallback?: V): V | undefined {
    const { time, key } = ofTimeKey(id)
    const value = this.#shared.byKey.get(key)?.get(time) as V | undefined
    return value === undefined ? fallback : value
  }

  put(id: string, value: V): void {
    const { time, key } = ofTimeKey(id)
    this.open(key).put(time, value)
  }

  delete(id: string): boolean {
    const { size } = this
    const { time, key } = ofTimeKey(id)
    this.#shared.byKey.get(key)?.deleteFrom(time, time)
    return this.size < size
  }

  update(id: string, change: (value: V | undefined) => V): V {
    const value = change(this.get(id))
    this.put(id, value)
    return value
  }

  cell(id: string): StateCell<V> {
    return new KeyCell(this, id)
  }

  *entries(): Iterable<readonly [string, V]> {
    for (const series of this.#shared.byKey.values())
      for (const time of [...series.starts]) {
        const value = series.get(time)
        if (value !== undefined) yield [timeKey(time, series.key), value as V]
      }
  }
}
