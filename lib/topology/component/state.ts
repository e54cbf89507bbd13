/** State of a task by key, as its component uses it. Rule: apache/storm `storm-client/.../state/KeyValueState.java`. */

/**
 * Keys are the same where the wire makes the same of them (`values/key.ts`). Values are copied in and out: what user
 * code changes in place changes no state.
 */
export interface KeyValueState<K = any, V = any> {
  /** How many keys have a value. */
  readonly size: number
  /** The value of a key; undefined where it has none. */
  get(key: K): V | undefined
  /** The value of a key; `fallback` where it has none. */
  get(key: K, fallback: V): V
  /** @throws CANNOT_ENCODE what cannot be sent cannot be kept either */
  put(key: K, value: V): void
  /** Whether there was a value. */
  delete(key: K): boolean
  /** Puts what `change` makes of the value of a key, and returns it. */
  update(key: K, change: (value: V | undefined) => V): V
  /** The place of a key, for a component that goes there often. */
  cell(key: K): StateCell<V>
  /** All keys that have a value, in no order. A key that is put or deleted meanwhile may come or not. */
  entries(): Iterable<readonly [K, V]>
}

/** The place of one key in a state: what `get`, `put` and `delete` do there, without looking the key up each time. */
export interface StateCell<V = any> {
  get(): V | undefined
  /** @throws CANNOT_ENCODE */
  put(value: V): void
  /** Whether there was a value. */
  delete(): boolean
}

/**
 * What a state has of one key, by time and in its order. What was deleted may stay for a while, without a value. It
 * holds as long as the execution that has asked for it, and an index until something is put or deleted.
 */
export interface Series<V = any> {
  readonly starts: readonly number[]
  /** @internal What its component keeps beside it, and can do without. */
  memo: unknown
  /** Where the first time stands that is not earlier. */
  indexFrom(time: number): number
  /** What stands at an index; undefined: no value. */
  at(index: number): V | undefined
  /** What stands at a time; undefined: no value. */
  get(time: number): V | undefined
  /** @throws CANNOT_ENCODE */
  put(time: number, value: V): void
  /** All from one time up to, and with, another. */
  deleteFrom(first: number, last: number): void
}

/** A state by key and time: each key is looked up once for all its times. */
export interface SeriesByKey<V = any> {
  /** What there is of a key; undefined: nothing. */
  series(key: unknown): Series<V> | undefined
  /** The same; a new one, into which something is to be put, where there was nothing. */
  open(key: unknown): Series<V>
}

/** What can be set of a state. */
export interface StateOptions<V = any> {
  /**
   * How long a value lives, milliseconds above 0. One that is older is never returned; it is removed when it is met.
   * Left out: for ever.
   */
  readonly ttlMs?: number
  /** From when on it is counted: `write` (default), or `read` too. */
  readonly ttlOn?: 'write' | 'read'
  /**
   * What it holds belongs to all that comes to the task, and to no key: its component has as many tasks as it had, as
   * long as there is anything in it.
   */
  readonly fixesTasks?: boolean
  /** The version of the form of its values, from 1 (default) up. A later one needs `migrate`. */
  readonly version?: number
  /**
   * What a value becomes that a snapshot holds in an earlier form; undefined: it is removed.
   * @param from the version that has written it
   */
  migrate?(value: any, from: number): V | undefined
  /**
   * @internal Its keys are those of `values/time-key.ts`, and it is a `SeriesByKey`, too; but not one that expires, or
   * is embedded.
   */
  readonly byTime?: boolean
  /**
   * Settings of the component that decide what the entries mean, by name: the length of a window, the key of a join. A
   * snapshot says by which ones it was written; what was written by others is not taken over (STATE_DROPPED).
   */
  readonly settings?: Settings
}

/** Plain values by name. */
export type Settings = Readonly<Record<string, unknown>>
