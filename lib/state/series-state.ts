/**
 * State by key and time of which snapshots are taken: a `MemoryState` whose entries lie by their key, in the order of
 * time. So one look at the key finds all of them, and the text of key and time is made for captures alone.
 */
import type { Series, SeriesByKey } from '../topology/component/state.ts'
import { copyOf } from '../values/copy.ts'
import { mapKeyOf } from '../values/key.ts'
import { type MapKey, ownKey } from '../values/own-key.ts'
import { ofTimeKey, timeKey } from '../values/time-key.ts'
import { type Group, OF_TASK } from './group.ts'
import { type EntryIndex, KeyMap } from './key-map.ts'
import { type Entry, MemoryState } from './memory-state.ts'
import { ownValue } from './own-value.ts'
import { ABSENT } from './placed-state.ts'
import { indexFrom, insertAt, removeAt } from './times.ts'
import type { WriteGate } from './write-gate.ts'

/** Of one key and time. */
class TimedEntry implements Entry {
  readonly known: MapKey
  readonly time: number
  group: Group
  value: unknown
  changedIn = -1
  readIn = -1
  before: unknown = undefined

  constructor(known: MapKey, time: number, group: Group, value: unknown) {
    this.known = known
    this.time = time
    this.group = group
    this.value = value
  }

  get key(): string {
    return timeKey(this.time, this.known)
  }
}

/** Writes and erases entries. */
interface Writer {
  /** @param entry undefined: there is none yet @returns it */
  writeAt(entry: TimedEntry | undefined, known: MapKey, time: number, value: unknown): TimedEntry
  deleteAt(entry: TimedEntry): boolean
}

class EntrySeries implements Series {
  readonly key: MapKey
  readonly starts: number[] = []
  readonly entries: TimedEntry[] = []
  #newest: TimedEntry | undefined
  memo: unknown = undefined
  readonly #writer: Writer

  constructor(key: MapKey, writer: Writer) {
    this.key = key
    this.#writer = writer
  }

  indexFrom(time: number): number {
    return indexFrom(this.starts, time)
  }

  at(index: number): unknown {
    return valueIn(this.entries[index])
  }

  /** Hot. */
  get(time: number): unknown {
    return valueIn(this.entryOf(time))
  }

  /** Hot. */
  put(time: number, value: unknown): void {
    this.#writer.writeAt(this.entryOf(time), this.key, time, value)
  }

  deleteFrom(first: number, last: number): void {
    const { starts, entries } = this
    for (let at = this.indexFrom(first); at < starts.length && starts[at]! <= last; at++) {
      const entry = entries[at]!
      if (entry.value !== ABSENT) this.#writer.deleteAt(entry)
    }
  }

  /** Hot: as a rule it is the newest. */
  entryOf(time: number): TimedEntry | undefined {
    if (this.#newest?.time === time) return this.#newest
    const at = this.indexFrom(time)
    return this.starts[at] === time ? this.entries[at] : undefined
  }

  add(entry: TimedEntry): void {
    const at = this.indexFrom(entry.time)
    insertAt(this.starts, at, entry.time)
    insertAt(this.entries, at, entry)
    this.#newest = this.entries.at(-1)
  }

  /** @returns whether it was there */
  remove(entry: TimedEntry): boolean {
    const at = this.indexFrom(entry.time)
    if (this.entries[at] !== entry) return false
    removeAt(this.starts, at, 1)
    removeAt(this.entries, at, 1)
    this.#newest = this.entries.at(-1)
    return true
  }
}

/** Hot. */
function valueIn(entry: TimedEntry | undefined): unknown {
  return entry === undefined || entry.value === ABSENT ? undefined : copyOf(entry.value)
}

/** The entries of a state, by key and in the order of time. */
class SeriesIndex implements EntryIndex<Entry> {
  readonly byKey = new KeyMap<EntrySeries>()
  size = 0
  writer!: Writer

  get(key: MapKey): TimedEntry | undefined {
    const { time, key: known } = ofTimeKey(String(key))
    return this.byKey.get(known)?.entryOf(time)
  }

  add(entry: Entry): void {
    const timed = entry as TimedEntry
    this.open(timed.known).add(timed)
    this.size++
  }

  remove(entry: Entry): void {
    const timed = entry as TimedEntry
    const series = this.byKey.get(timed.known)
    if (series?.remove(timed) !== true) return
    this.size--
    if (series.entries.length === 0) this.byKey.remove(series)
  }

  *values(): Generator<Entry, void> {
    // What is removed meanwhile moves those behind it.
    for (const { entries } of this.byKey.values()) yield* entries.slice()
  }

  /** Hot. */
  open(known: MapKey): EntrySeries {
    let series = this.byKey.get(known)
    if (series === undefined) {
      series = new EntrySeries(ownKey(known), this.writer)
      this.byKey.add(series)
    }
    return series
  }
}

export class SeriesState<V = any> extends MemoryState<string, V> implements SeriesByKey<V>, Writer {
  readonly #name: string
  readonly #index: SeriesIndex

  /** Like a `MemoryState`. */
  constructor(name: string, group?: () => Group, gate?: WriteGate) {
    const index = new SeriesIndex()
    super(name, group, gate, index)
    this.#name = name
    this.#index = index
    index.writer = this
  }

  /** Hot. */
  series(key: unknown): Series<V> | undefined {
    return this.#index.byKey.get(mapKeyOf(key)) as Series<V> | undefined
  }

  /** Hot. */
  open(key: unknown): Series<V> {
    return this.#index.open(mapKeyOf(key)) as Series<V>
  }

  /** @internal For its series. Hot. */
  writeAt(entry: TimedEntry | undefined, known: MapKey, time: number, value: unknown): TimedEntry {
    const own = ownValue(this.#name, known, value)
    const written = entry ?? new TimedEntry(known, time, OF_TASK, ABSENT)
    this.write(written, '', own)
    if (entry === undefined) this.add(written)
    return written
  }

  protected override newEntry(key: MapKey, group: Group, value: unknown): Entry {
    const { time, key: known } = ofTimeKey(String(key))
    return new TimedEntry(this.#index.open(known).key, time, group, value)
  }
}
