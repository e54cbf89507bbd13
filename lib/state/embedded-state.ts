/**
 * State by key beyond memory: a `MemoryState`, as long as it is small. When it has grown too large for that, it lies in
 * a base (`state-base.ts`), and in memory are what has changed lately and what was used last.
 *
 * The laws are those of `MemoryState`. The law of the base: a key that is in memory is what it is there; every other
 * one is what the base has. So an execution never waits for a write into the base: what a capture holds is written as
 * the capture is read, piece by piece, and a key may leave memory when that was done and it has not changed since.
 *
 *     put ──▶ in memory, changed ──▶ a capture is read: in the base, too ──▶ long unused: in the base alone
 *                  ▲                                                                  │
 *                  └───────────────────────────── get, put ───────────────────────────┘
 *
 * A capture of everything reads what is in memory first, and then the base without that.
 */
import { copyOf } from '../values/copy.ts'
import { valueOfMapKey } from '../values/key.ts'
import { type MapKey, ownKey } from '../values/own-key.ts'
import { roughBytes } from '../values/rough-bytes.ts'
import type { Group } from './group.ts'
import { type Capture, type Change, type Entry, MemoryState, unchanged } from './memory-state.ts'
import { ABSENT } from './placed-state.ts'
import type { StateBase } from './state-base.ts'
import type { WriteGate } from './write-gate.ts'

/** So much a state may take in memory, beside what changes between two captures. */
const MEMORY_BYTES = 16 * 1024 * 1024
/** What an entry takes beside its key and its value. */
const ENTRY_BYTES = 160
/** So many are written into the base at once. */
const WRITTEN_AT_ONCE = 256
/** With each key that comes into memory so many are looked at that may leave it. */
const LOOKS = 4
/** Of so many entries that are read one is measured, and the average is that of so many of those, the last ones. */
const MEASURED = 16
const AVERAGED = 64

export class EmbeddedState<K = any, V = any> extends MemoryState<K, V> {
  readonly #base: StateBase
  readonly #memoryBytes: number
  /** It has outgrown memory: what a capture holds is written into the base. */
  #isLarge = false
  /** All that is in memory and has not changed since the capture before the last one is in the base, the same. */
  #isBased = false
  /** What is to be written into the base next, and what of it was deleted. */
  #piece: Change[] = []
  #deleted: Entry[] = []
  /** Looks at one entry after the other, for ever. */
  #hand: Iterator<Entry> | undefined
  #measured = 0
  /** Of an entry, on average. */
  #bytes = ENTRY_BYTES

  /**
   * @param name for messages
   * @param base an empty one
   * @param group what goes with an entry that is written now
   * @param gate says whether it may be
   * @param memoryBytes so much it may take in memory, beside what changes between two captures
   */
  constructor(name: string, base: StateBase, group?: () => Group, gate?: WriteGate, memoryBytes = MEMORY_BYTES) {
    super(name, group, gate)
    this.#base = base
    this.#memoryBytes = memoryBytes
  }

  /** Hot. */
  override placeOf(key: MapKey): Entry | undefined {
    const entry = super.placeOf(key)
    if (entry !== undefined) entry.isUsed = true
    return entry
  }

  override *entries(): Iterable<readonly [K, V]> {
    const seen = new Set<MapKey>()
    for (const { key, value } of this.inMemory.values()) {
      if (value === ABSENT || seen.has(key)) continue
      seen.add(key)
      yield [valueOfMapKey(key) as K, copyOf(value as V)]
    }
    if (!this.#isLarge) return
    for (const [key, based] of this.#base.entries()) {
      if (seen.has(key)) continue
      const { value } = this.inMemory.get(key) ?? based
      if (value !== ABSENT) yield [valueOfMapKey(key) as K, copyOf(value as V)]
    }
  }

  override capture(whole = false): Capture {
    this.#piece = []
    this.#deleted = []
    if (this.#isLarge || this.#fits) return super.capture(whole)
    // What a capture of everything holds is everything that belongs into the base.
    this.#isLarge = true
    return super.capture(true)
  }

  override abandon(): void {
    super.abandon()
    if (this.readsAll) this.#isBased = false
  }

  override restore(changes: Iterable<Change>, isOwn = true): void {
    const all = changes[Symbol.iterator]()
    super.restore(this.#fitting(all), isOwn)
    if (this.#fits) return
    this.#isLarge = true
    this.#isBased = true
    const keys = new Set<MapKey>()
    for (const change of this.#takeMemory()) this.#restoreBased(change, keys)
    for (let next = all.next(); next.done !== true; next = all.next()) this.#restoreBased(next.value, keys)
    this.#merge()
    this.keyCount = keys.size
  }

  /** Those that fit into memory. */
  *#fitting(changes: Iterator<Change>): Iterable<Change> {
    while (this.#fits) {
      const { done, value: change } = changes.next()
      if (done === true) return
      this.#measure(change[1], change[2])
      yield change
    }
  }

  /** All that is in memory, which is empty then. */
  *#takeMemory(): Iterable<Change> {
    for (const entry of this.inMemory.values()) {
      this.forget(entry)
      yield [entry.group, entry.key, entry.value]
    }
  }

  #restoreBased(change: Change, keys: Set<MapKey>): void {
    if (change.length > 2) keys.add(change[1])
    else keys.delete(change[1])
    this.#piece.push(change)
    if (this.#piece.length >= WRITTEN_AT_ONCE) this.#merge()
  }

  protected override wasRead(entry: Entry, value: unknown, round: number): void {
    this.#measure(entry.key, value)
    if (!this.#isLarge) {
      super.wasRead(entry, value, round)
      return
    }
    this.#piece.push(value === ABSENT ? [entry.group, entry.key] : [entry.group, entry.key, value])
    if (value === ABSENT) this.#deleted.push(entry)
    if (this.#piece.length >= WRITTEN_AT_ONCE) this.#merge()
  }

  protected override *readRest(round: number, isWhole: boolean): Iterable<Change> {
    if (!this.#isLarge) return
    this.#merge()
    if (!isWhole) return
    for (const [key, { group, value }] of this.#base.entries()) {
      const entry = this.inMemory.get(key)
      if (entry === undefined) yield [group, key, value]
      else if (entry.readIn !== round) yield [entry.group, key, this.atCapture(entry, round)]
      if (!this.isRead(round)) return
    }
    this.#isBased = true
  }

  /** Hot where a state is large. */
  protected override absent(key: MapKey): Entry | undefined {
    if (!this.#isLarge) return undefined
    const based = this.#base.get(key)
    this.#makeRoom()
    if (based === undefined) return undefined
    const entry = unchanged(ownKey(key), based.group, based.value)
    this.add(entry)
    return entry
  }

  get #fits(): boolean {
    return this.inMemory.size * this.#bytes <= this.#memoryBytes
  }

  #measure(key: MapKey, value: unknown): void {
    if (this.#measured++ % MEASURED !== 0) return
    this.#bytes += (ENTRY_BYTES + roughBytes(key) + roughBytes(value) - this.#bytes) / AVERAGED
  }

  /** Writes the piece into the base. What was deleted is there no more, and may leave memory. */
  #merge(): void {
    if (this.#piece.length === 0) return
    const deleted = this.#deleted
    this.#base.write(this.#piece)
    this.#piece = []
    this.#deleted = []
    for (const entry of deleted) if (entry.value === ABSENT && entry.changedIn < this.round) this.forget(entry)
  }

  #makeRoom(): void {
    if (!this.#isBased || this.#fits) return
    for (let looks = LOOKS; looks > 0; looks--) {
      this.#hand ??= this.inMemory.values()[Symbol.iterator]()
      const { done, value: entry } = this.#hand.next()
      if (done === true) this.#hand = undefined
      else if (entry.isUsed) entry.isUsed = false
      // A capture that is abandoned still wants what it held.
      else if (entry.changedIn < this.round - 1) this.#leave(entry)
    }
  }

  #leave(entry: Entry): void {
    this.forget(entry)
    // Cells look it up again.
    entry.value = ABSENT
  }
}
