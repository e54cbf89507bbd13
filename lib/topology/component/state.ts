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
  /** @throws CANNOT_ENCODE what cannot be sent cannot be kept either */
  put(key: K, value: V): void
  /** Whether there was a value. */
  delete(key: K): boolean
  /** Puts what `change` makes of the value of a key, and returns it. */
  update(key: K, change: (value: V | undefined) => V): V
  /** All keys that have a value, in no order. A key that is put or deleted meanwhile may come or not. */
  entries(): Iterable<readonly [K, V]>
}
