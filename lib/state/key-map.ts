/**
 * A map from the keys of a state to what is kept of them, for states that may hold millions, and are asked for each
 * tuple. What it costs then is the memory that is read at random; so a look-up reads a slot, which has the hash of its
 * key beside the entry, and the one entry that it is about, where a map of V8 follows a chain from key to key.
 *
 * It is made of many small tables. One that grows is built anew, and that of a million keys would hold up its event
 * loop meanwhile.
 *
 * The law of a table: an entry has its slot at the first place from that of its hash on that was free, and none between
 * the two has always been free since. It is never further than `MOST_LOOKS` slots: what finds no place there, for
 * someone has chosen keys of one hash, goes into a map of V8, whose hashes nobody can choose. An entry keeps its slot
 * until the table is built anew, so that they can be visited while others come and go.
 */
import { hashValue } from '../values/hash.ts'
import type { MapKey } from '../values/own-key.ts'

/** What is kept of a key. */
export interface Keyed {
  readonly key: MapKey
}

/** Where the entries of a state are found. */
export interface EntryIndex<E extends Keyed> {
  readonly size: number
  get(key: MapKey): E | undefined
  /** An entry whose key is not there. */
  add(entry: E): void
  /** Nothing happens where it is not there. */
  remove(entry: E): void
  /** What is added or removed meanwhile is seen or not. */
  values(): Iterable<E>
}

const TABLE_BITS = 7
/** @internal Another hash than that of groupings, by which the keys of a task are alike. */
export const SEED = 0x1b873593
/** A power of two. */
const FIRST_SLOTS = 8
const MOST_LOOKS = 32

export class KeyMap<E extends Keyed> implements EntryIndex<E> {
  readonly #tables: (Table<E> | undefined)[] = new Array(1 << TABLE_BITS).fill(undefined)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Hot. */
  get(key: MapKey): E | undefined {
    const hash = hashValue(key, SEED)
    return this.#tables[hash >>> (32 - TABLE_BITS)]?.get(key, hash)
  }

  /** An entry whose key is not there. */
  add(entry: E): void {
    const hash = hashValue(entry.key, SEED)
    const at = hash >>> (32 - TABLE_BITS)
    let table = this.#tables[at]
    if (table === undefined) {
      table = new Table()
      this.#tables[at] = table
    }
    table.add(entry, hash)
    this.#size++
  }

  delete(key: MapKey): void {
    const hash = hashValue(key, SEED)
    if (this.#tables[hash >>> (32 - TABLE_BITS)]?.delete(key, hash) === true) this.#size--
  }

  remove(entry: E): void {
    this.delete(entry.key)
  }

  /** What is added or deleted meanwhile is seen or not. */
  *values(): Generator<E, void> {
    for (const table of this.#tables) if (table !== undefined) yield* table.values()
  }
}

/** Stands in a slot whose entry was deleted. */
const DELETED: unique symbol = Symbol('deleted')

/** By twos: a hash, and its entry; undefined: the slot has always been free. */
type Slots<E> = (number | E | typeof DELETED | undefined)[]

class Table<E extends Keyed> {
  #slots: Slots<E> = new Array(2 * FIRST_SLOTS).fill(undefined)
  #mask = FIRST_SLOTS - 1
  /** Entries in slots, and slots that are not as they were at first. */
  #entries = 0
  #used = 0
  /** The entries that have no slot. */
  #others: Map<MapKey, E> | undefined

  /** Hot. */
  get(key: MapKey, hash: number): E | undefined {
    const at = this.#find(key, hash)
    return at === -1 ? this.#others?.get(key) : (this.#slots[at] as E)
  }

  add(entry: E, hash: number): void {
    if (2 * this.#used > this.#mask) this.#rebuild()
    this.#put(entry, hash)
  }

  /** @returns whether it was there */
  delete(key: MapKey, hash: number): boolean {
    const at = this.#find(key, hash)
    if (at === -1) return this.#others?.delete(key) === true
    this.#slots[at] = DELETED
    this.#entries--
    return true
  }

  *values(): Generator<E, void> {
    const slots = this.#slots
    for (let at = 1; at < slots.length; at += 2) {
      const entry = slots[at] as E | typeof DELETED | undefined
      if (entry !== undefined && entry !== DELETED) yield entry
    }
    if (this.#others !== undefined) yield* this.#others.values()
  }

  #put(entry: E, hash: number): void {
    const slots = this.#slots
    const mask = this.#mask
    for (let at = hash & mask, looks = MOST_LOOKS; looks > 0; at = (at + 1) & mask, looks--) {
      const there = slots[2 * at + 1]
      if (there !== undefined && there !== DELETED) continue
      if (there === undefined) this.#used++
      slots[2 * at] = hash
      slots[2 * at + 1] = entry
      this.#entries++
      return
    }
    this.#others ??= new Map()
    this.#others.set(entry.key, entry)
  }

  /** Hot. Where the entry of a key is among the slots; -1: it is not. */
  #find(key: MapKey, hash: number): number {
    const slots = this.#slots
    const mask = this.#mask
    for (let slot = hash & mask, looks = MOST_LOOKS; looks > 0; slot = (slot + 1) & mask, looks--) {
      const entry = slots[2 * slot + 1] as E | typeof DELETED | undefined
      if (entry === undefined) return -1
      if (slots[2 * slot] === hash && entry !== DELETED && entry.key === key) return 2 * slot + 1
    }
    return -1
  }

  /** Larger, or without what was deleted. Those who visit the slots go on with those that there were. */
  #rebuild(): void {
    const before = this.#slots
    if (4 * this.#entries > this.#mask) this.#mask = 2 * this.#mask + 1
    this.#slots = new Array(2 * (this.#mask + 1)).fill(undefined)
    this.#entries = 0
    this.#used = 0
    for (let at = 0; at < before.length; at += 2) {
      const entry = before[at + 1]
      if (entry !== undefined && entry !== DELETED) this.#put(entry as E, before[at] as number)
    }
  }
}
