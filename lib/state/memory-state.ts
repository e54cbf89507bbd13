/**
 * State by key in memory: a map, and what has changed in it since the last capture.
 *
 * The laws: what an execution writes takes effect when it is kept, and leaves no trace when it is undone. A capture
 * holds the values of its moment, whatever is written while it is read; nothing of an execution that was open then is
 * in it. The changes of all captures, one after the other, make up what the map holds.
 *
 * A capture costs nothing by itself: it is read later, in slices, and an entry that changes before it was read keeps
 * its old value for it. Hot: `get` and `put` are once for each tuple.
 */
import { copyOf } from '../values/copy.ts'
import { mapKeyOf, valueOfMapKey } from '../values/key.ts'
import { type MapKey, ownKey } from '../values/own-key.ts'
import { type Group, OF_TASK } from './group.ts'
import { type EntryIndex, KeyMap } from './key-map.ts'
import { ABSENT, type Place, PlacedState } from './placed-state.ts'
import { UndoLog } from './undo-log.ts'
import { WriteGate } from './write-gate.ts'

/** A key that has changed, what it goes with, and its value; no value where it was deleted. */
export type Change = readonly [group: Group, key: MapKey] | readonly [group: Group, key: MapKey, value: unknown]

/** What has changed up to a moment, or everything that was there then. Read once, in as many parts as you like. */
export interface Capture extends Iterable<Change> {
  /** Whether it is everything, and not what has changed since the capture before. */
  readonly isWhole: boolean
}

/** A key of a state in memory. */
export interface Entry extends Place {
  readonly key: MapKey
  /** What it goes with since it has a value. */
  group: Group
  /** The round in which it changed last; -1: none. */
  changedIn: number
  /** The round whose capture has read it. */
  readIn: number
  /** Its value at the capture that is being read, where it has changed since. */
  before: unknown
  /** It was asked for since it was looked at last, where the state may let go of it. */
  isUsed?: boolean
}

export class MemoryState<K = any, V = any> extends PlacedState<Entry, K, V> {
  readonly #group: () => Group
  readonly #gate: WriteGate
  protected readonly inMemory: EntryIndex<Entry>
  /** What the execution that is open has written, and what stood there before. */
  #undo = new UndoLog<Entry>()
  /** What was looked up last: who reads an entry often writes it next. */
  #lastKey: MapKey | undefined
  #last: Entry | undefined
  #changed: Entry[] = []
  /** Grows with each capture; those that were changed in round n are in capture n. */
  protected round = 0
  /** The round of the capture that is being read; -1: none. */
  #reading = -1
  /** Of the capture that was made last: whether it has everything, and what had changed. */
  protected readsAll = false
  #captured: readonly Entry[] = []
  /** A capture was abandoned that had everything: so must the next one. */
  #owesWhole = false
  protected keyCount = 0

  /**
   * @param name for messages
   * @param group what goes with an entry that is written now
   * @param gate says whether it may be
   * @param index an empty one
   */
  constructor(
    name: string,
    group: () => Group = () => OF_TASK,
    gate = new WriteGate(),
    index: EntryIndex<Entry> = new KeyMap<Entry>(),
  ) {
    super(name)
    this.inMemory = index
    this.#group = group
    this.#gate = gate
  }

  get size(): number {
    return this.keyCount
  }

  /** Hot. */
  override placeOf(key: MapKey): Entry | undefined {
    const entry = this.#find(key)
    return entry === undefined || entry.value === ABSENT ? undefined : entry
  }

  /** What an entry goes with; undefined where there is none. */
  groupOf(key: K): Group | undefined {
    return this.#find(mapKeyOf(key))?.group
  }

  override *entries(): Iterable<readonly [K, V]> {
    for (const { key, value } of this.inMemory.values())
      if (value !== ABSENT) yield [valueOfMapKey(key) as K, copyOf(value as V)]
  }

  /** What was written since the last `keep` or `undo` stays. */
  keep(): void {
    this.#undo.clear()
  }

  /** What was written since the last `keep` or `undo` was never written. */
  undo(): void {
    this.#undo.eachBackwards((entry, value, group) => {
      this.#place(entry, value)
      entry.group = group
    })
    this.#undo.clear()
  }

  /**
   * What is written from now on is of no execution, though one may be open.
   * @returns ends that: what was written stays, whatever becomes of the execution, or was never written
   */
  aside(): (stays: boolean) => void {
    const open = this.#undo
    this.#undo = new UndoLog()
    return (stays) => {
      if (!stays) this.undo()
      const written = new Set<Entry>()
      this.#undo.eachBackwards((entry) => written.add(entry))
      open.settle(written, ({ value, group }) => [value, group])
      this.#undo = open
    }
  }

  /**
   * What has changed since the capture before; everything where there was none, or where it is asked for. The one
   * before must have been read, or abandoned.
   */
  capture(whole = false): Capture {
    const isWhole = whole || this.#owesWhole || this.round === 0
    const changed = this.#changed
    const round = this.round++
    this.#reading = round
    this.readsAll = isWhole
    this.#captured = changed
    this.#changed = []
    this.#owesWhole = false
    // Of an execution that is open nothing has happened yet.
    this.#undo.eachBackwards((entry, value) => {
      if (entry.changedIn <= round) this.#changed.push(entry)
      entry.changedIn = this.round
      entry.before = value
    })
    const entries = isWhole ? this.inMemory.values() : changed
    return { isWhole, [Symbol.iterator]: () => this.#read(entries, round, isWhole) }
  }

  /** The capture that was made last counts as never made: the next one holds what it held. */
  abandon(): void {
    this.#reading = -1
    if (this.readsAll) this.#owesWhole = true
    else for (const entry of this.#captured) this.#changeAgain(entry)
    this.#captured = []
  }

  /**
   * Writes what captures hold into a state that begins.
   * @param isOwn whether they are those of this state, so that its next capture goes on from them; otherwise that is
   * whole
   */
  restore(changes: Iterable<Change>, isOwn = true): void {
    for (const change of changes) {
      const [group, key, value] = change
      const known = this.inMemory.get(key)
      if (change.length === 2) {
        if (known !== undefined) this.inMemory.remove(known)
      } else if (known === undefined) this.inMemory.add(this.newEntry(key, group, value))
      else {
        known.group = group
        known.value = value
      }
    }
    this.#lastKey = undefined
    this.keyCount = this.inMemory.size
    this.#owesWhole = !isOwn
    this.round++
  }

  *#read(entries: Iterable<Entry>, round: number, isWhole: boolean): Iterator<Change> {
    if (!this.isRead(round)) return
    for (const entry of entries) {
      // A map that has grown may show it again.
      if (entry.readIn === round) continue
      const value = this.atCapture(entry, round)
      if (value !== ABSENT || !isWhole) {
        yield value === ABSENT ? [entry.group, entry.key] : [entry.group, entry.key, value]
        // It was abandoned, and another one may be read by now.
        if (!this.isRead(round)) return
      }
      this.wasRead(entry, value, round)
    }
    yield* this.readRest(round, isWhole)
    if (this.isRead(round)) this.#reading = -1
  }

  /** Whether the capture of this round is being read, and was not abandoned. */
  protected isRead(round: number): boolean {
    return this.#reading === round
  }

  /** The value of an entry at the capture of this round, which is read now. */
  protected atCapture(entry: Entry, round: number): unknown {
    const value = entry.changedIn > round ? entry.before : entry.value
    entry.readIn = round
    entry.before = undefined
    return value
  }

  /** @param value that of the capture */
  protected wasRead(entry: Entry, _value: unknown, round: number): void {
    if (entry.value === ABSENT && entry.changedIn <= round) this.forget(entry)
  }

  /** What a capture holds that is not in memory. */
  protected *readRest(_round: number, _isWhole: boolean): Iterable<Change> {}

  #changeAgain(entry: Entry): void {
    const { key } = entry
    // One that was deleted has left the map when it was read.
    const known = this.inMemory.get(key)
    if (known === undefined) this.add(entry)
    if (known === undefined || known === entry) this.#change(entry)
  }

  /** Hot. */
  #find(key: MapKey): Entry | undefined {
    if (key === this.#lastKey) return this.#last
    const entry = this.inMemory.get(key) ?? this.absent(key)
    this.#lastKey = key
    this.#last = entry
    return entry
  }

  /** The entry of a key that is not in memory; undefined where there is none. */
  protected absent(_key: MapKey): Entry | undefined {
    return undefined
  }

  protected add(entry: Entry): void {
    this.inMemory.add(entry)
    this.#lastKey = undefined
    this.#last = undefined
  }

  /** An entry is in memory no more. */
  protected forget(entry: Entry): void {
    this.inMemory.remove(entry)
    this.#lastKey = undefined
    this.#last = undefined
  }

  /** Hot. */
  protected override write(place: Entry | undefined, key: MapKey, value: unknown): Entry {
    this.#gate.pass()
    const entry = place ?? this.#find(key) ?? this.#made(key)
    this.#undo.add(entry, entry.value, entry.group)
    if (entry.value === ABSENT) entry.group = this.#group()
    this.#place(entry, value)
    return entry
  }

  #made(key: MapKey): Entry {
    const entry = this.newEntry(key, OF_TASK, ABSENT)
    this.add(entry)
    return entry
  }

  /** One that no capture knows of; it is nowhere yet. */
  protected newEntry(key: MapKey, group: Group, value: unknown): Entry {
    return unchanged(ownKey(key), group, value)
  }

  protected override erase(entry: Entry): void {
    this.write(entry, entry.key, ABSENT)
  }

  #place(entry: Entry, value: unknown): void {
    this.#change(entry)
    if (entry.value === ABSENT) this.keyCount++
    if (value === ABSENT) this.keyCount--
    entry.value = value
  }

  /** The entry is about to change. */
  #change(entry: Entry): void {
    if (entry.changedIn === this.round) return
    const reading = this.#reading
    if (reading !== -1 && entry.readIn !== reading && (this.readsAll || entry.changedIn === reading))
      entry.before = entry.value
    entry.changedIn = this.round
    this.#changed.push(entry)
  }
}

/** One that no capture knows of. */
export function unchanged(key: MapKey, group: Group, value: unknown): Entry {
  return { key, group, value, changedIn: -1, readIn: -1, before: undefined, isUsed: false }
}
