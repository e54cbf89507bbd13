/**
 * State by key beyond memory: in memory is what has changed since the last capture, what that capture holds as long as
 * it is read, and a cache of what was read or written last; everything else is in a base (`state-base.ts`).
 *
 * The laws are those of `MemoryState`. In layers, a key is what the first one says that has it:
 *
 *     changed since the capture → the capture that is read → the cache → the base
 *
 * What a capture holds is written into the base as it is read, piece by piece, so the base is at the last capture when
 * that was read to its end. A capture of everything reads its own changes first, and then the base without them.
 */
import type { KeyValueState, StateCell } from '../topology/component/state.ts'
import { copyOf } from '../values/copy.ts'
import { mapKeyOf, valueOfMapKey } from '../values/key.ts'
import { type MapKey, ownKey } from '../values/own-key.ts'
import type { FormWatch } from './form-watch.ts'
import { type Group, OF_TASK } from './group.ts'
import { KeyCell } from './key-cell.ts'
import type { Capture, Change } from './memory-state.ts'
import { ownValue } from './own-value.ts'
import type { Based, StateBase } from './state-base.ts'
import { WriteGate } from './write-gate.ts'

/** So many keys are kept in memory that have not changed. */
const CACHED_KEYS = 20_000
/** So many are written into the base at once. */
const WRITTEN_AT_ONCE = 256

/** What stands in the place of the value of a key that was deleted: what it went with is wanted still. */
const GONE: unique symbol = Symbol('gone')

/** What an execution has changed. */
interface Undo {
  readonly key: MapKey
  /** To what the key had been changed before, since the last capture; undefined: not at all. */
  readonly before: Based | undefined
}

export class EmbeddedState<K = any, V = any> implements KeyValueState<K, V> {
  /** @internal See `PlacedState.formWatch`. */
  formWatch: FormWatch | undefined
  readonly #name: string
  readonly #base: StateBase
  readonly #group: () => Group
  readonly #gate: WriteGate
  #changed = new Map<MapKey, Based>()
  /** Of the capture that is being read. */
  #reading: ReadonlyMap<MapKey, Based> | undefined
  /** Of the capture that was made last, until it is abandoned. */
  #captured: ReadonlyMap<MapKey, Based> = new Map()
  #readsAll = false
  #owesWhole = true
  readonly #cache = new Map<MapKey, Based>()
  #undo: Undo[] = []
  #size = 0

  /**
   * @param name for messages
   * @param base an empty one
   * @param group what goes with an entry that is written now
   * @param gate says whether it may be
   */
  constructor(name: string, base: StateBase, group: () => Group = () => OF_TASK, gate = new WriteGate()) {
    this.#name = name
    this.#base = base
    this.#group = group
    this.#gate = gate
  }

  get size(): number {
    return this.#size
  }

  get(key: K): V | undefined
  get(key: K, fallback: V): V
  get(key: K, fallback?: V): V | undefined {
    const value = this.#find(mapKeyOf(key))?.value
    return value === undefined || value === GONE ? fallback : copyOf(value as V)
  }

  put(key: K, value: V): void {
    const known = mapKeyOf(key)
    const own = ownValue(this.#name, known, value)
    const before = this.#find(known)
    if (this.formWatch !== undefined && isThere(before)) this.formWatch = this.formWatch.see(known, before.value, own)
    this.#write(ownKey(known), before, { group: isThere(before) ? before.group : this.#group(), value: own })
  }

  delete(key: K): boolean {
    const known = mapKeyOf(key)
    const before = this.#find(known)
    if (!isThere(before)) return false
    this.#write(ownKey(known), before, { group: before.group, value: GONE })
    return true
  }

  update(key: K, change: (value: V | undefined) => V): V {
    const value = change(this.get(key))
    this.put(key, value)
    return value
  }

  cell(key: K): StateCell<V> {
    return new KeyCell(this, key)
  }

  groupOf(key: K): Group | undefined {
    return this.#find(mapKeyOf(key))?.group
  }

  *entries(): Iterable<readonly [K, V]> {
    for (const [key, entry] of this.#all(new Map([...(this.#reading ?? []), ...this.#changed])))
      yield [valueOfMapKey(key) as K, copyOf(entry.value as V)]
  }

  keep(): void {
    if (this.#undo.length > 0) this.#undo.length = 0
  }

  undo(): void {
    const undo = this.#undo
    this.#undo = []
    for (let i = undo.length - 1; i >= 0; i--) {
      const { key, before } = undo[i]!
      if (isThere(this.#changed.get(key))) this.#size--
      if (before !== undefined) this.#changed.set(key, before)
      else this.#changed.delete(key)
      if (isThere(this.#find(key))) this.#size++
    }
  }

  aside(): (stays: boolean) => void {
    const open = this.#undo
    this.#undo = []
    return (stays) => {
      if (!stays) this.undo()
      const written = new Set(this.#undo.map(({ key }) => key))
      this.#undo = open.map((undo) => {
        return written.has(undo.key) ? { key: undo.key, before: this.#changed.get(undo.key) } : undo
      })
    }
  }

  capture(whole = false): Capture {
    const captured = this.#changed
    this.#changed = this.#takeOpen(captured)
    const isWhole = whole || this.#owesWhole
    this.#reading = captured
    this.#captured = captured
    this.#readsAll = isWhole
    this.#owesWhole = false
    return { isWhole, [Symbol.iterator]: () => this.#read(captured, isWhole) }
  }

  abandon(): void {
    this.#reading = undefined
    const captured = this.#captured
    for (const [key, entry] of captured) if (!this.#changed.has(key)) this.#changed.set(key, entry)
    // An execution that is open has changed them further: undone, it leaves what the capture held.
    this.#undo = this.#undo.map(({ key, before }) => ({ key, before: before ?? captured.get(key) }))
    this.#captured = new Map()
    this.#owesWhole ||= this.#readsAll
  }

  restore(changes: Iterable<Change>, isOwn = true): void {
    let piece: Change[] = []
    const keys = new Set<MapKey>()
    for (const change of changes) {
      if (change.length > 2) keys.add(change[1])
      else keys.delete(change[1])
      piece.push(change)
      if (piece.length < WRITTEN_AT_ONCE) continue
      this.#base.write(piece)
      piece = []
    }
    this.#base.write(piece)
    this.#size = keys.size
    this.#owesWhole = !isOwn
  }

  /** What an execution that is open has changed, of which nothing has happened yet; it is taken out of a capture. */
  #takeOpen(captured: Map<MapKey, Based>): Map<MapKey, Based> {
    const open = new Map<MapKey, Based>()
    const undo: Undo[] = []
    for (let i = this.#undo.length - 1; i >= 0; i--) {
      const { key, before } = this.#undo[i]!
      if (!open.has(key)) {
        open.set(key, captured.get(key)!)
        undo.push({ key, before: undefined })
      }
      if (before !== undefined) captured.set(key, before)
      else captured.delete(key)
    }
    this.#undo = undo
    return open
  }

  *#read(captured: ReadonlyMap<MapKey, Based>, isWhole: boolean): Iterator<Change> {
    let piece: Change[] = []
    for (const [key, entry] of captured) {
      const change: Change = entry.value === GONE ? [entry.group, key] : [entry.group, key, entry.value]
      piece.push(change)
      if (isThere(entry) || !isWhole) yield change
      if (piece.length < WRITTEN_AT_ONCE) continue
      this.#merge(captured, piece)
      piece = []
    }
    this.#merge(captured, piece)
    if (isWhole)
      for (const [key, { group, value }] of this.#base.entries()) if (!captured.has(key)) yield [group, key, value]
    if (this.#reading === captured) this.#reading = undefined
  }

  /** Of one that was given up nothing is written: a later one may have been. */
  #merge(captured: ReadonlyMap<MapKey, Based>, piece: readonly Change[]): void {
    if (this.#reading !== captured || piece.length === 0) return
    this.#base.write(piece)
    for (const [, key] of piece) this.#remember(key, captured.get(key)!)
  }

  *#all(over: ReadonlyMap<MapKey, Based>): Iterable<readonly [MapKey, Based]> {
    for (const [key, entry] of over) if (isThere(entry)) yield [key, entry]
    for (const [key, based] of this.#base.entries()) if (!over.has(key)) yield [key, based]
  }

  /** Hot. */
  #find(key: MapKey): Based | undefined {
    const known = this.#changed.get(key) ?? this.#reading?.get(key) ?? this.#cache.get(key)
    if (known !== undefined) return known
    const based = this.#base.get(key)
    if (based !== undefined) this.#remember(ownKey(key), based)
    return based
  }

  #remember(key: MapKey, entry: Based): void {
    this.#cache.delete(key)
    if (!isThere(entry)) return
    this.#cache.set(key, entry)
    if (this.#cache.size <= CACHED_KEYS) return
    for (const oldest of this.#cache.keys()) {
      this.#cache.delete(oldest)
      return
    }
  }

  #write(key: MapKey, before: Based | undefined, after: Based): void {
    this.#gate.pass()
    this.#undo.push({ key, before: this.#changed.get(key) })
    this.#changed.set(key, after)
    if (isThere(before)) this.#size--
    if (isThere(after)) this.#size++
  }
}

function isThere(entry: Based | undefined): entry is Based {
  return entry !== undefined && entry.value !== GONE
}
