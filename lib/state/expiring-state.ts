/**
 * A state whose values live for a time: it keeps them in another state, each with the time at which its life began.
 *
 * The law: a value that is older is never returned. It is removed when it is met: by `get`, `delete` and `update` of
 * its key, or by the sweep, which looks at a few entries with each `put`; so what nobody asks for goes, too. A read is
 * allowed at any time, and so one that belongs to no execution writes nothing.
 */
import type { KeyValueState, StateCell } from '../topology/component/state.ts'
import { KeyCell } from './key-cell.ts'
import type { Lived } from './state-format.ts'
import type { WriteGate } from './write-gate.ts'

/** So many entries the sweep looks at with each put. */
const SWEPT_PER_PUT = 2

export class ExpiringState<K = any, V = any> implements KeyValueState<K, V> {
  readonly #inner: KeyValueState<K, Lived>
  readonly #ttlMs: number
  readonly #renews: boolean
  readonly #date: () => number
  readonly #gate: WriteGate
  #sweep: Iterator<readonly [K, Lived]> | undefined

  /**
   * @param renews whether a read begins the life of a value anew
   * @param date milliseconds since 1970
   * @param gate says whether a read may write
   */
  constructor(inner: KeyValueState<K, Lived>, ttlMs: number, renews: boolean, date: () => number, gate: WriteGate) {
    this.#inner = inner
    this.#ttlMs = ttlMs
    this.#renews = renews
    this.#date = date
    this.#gate = gate
  }

  /** Those that have not been met since they have expired are counted. */
  get size(): number {
    return this.#inner.size
  }

  get(key: K): V | undefined
  get(key: K, fallback: V): V
  get(key: K, fallback?: V): V | undefined {
    const lived = this.#inner.get(key)
    if (lived === undefined) return fallback
    if (this.#isOver(lived)) {
      if (this.#gate.isOpen) this.#inner.delete(key)
      return fallback
    }
    if (this.#renews && this.#gate.isOpen) this.#inner.put(key, [this.#date(), lived[1]])
    return lived[1] as V
  }

  put(key: K, value: V): void {
    this.#inner.put(key, [this.#date(), value])
    this.#sweepOn()
  }

  delete(key: K): boolean {
    const lived = this.#inner.get(key)
    return this.#inner.delete(key) && !this.#isOver(lived!)
  }

  update(key: K, change: (value: V | undefined) => V): V {
    const value = change(this.get(key))
    this.put(key, value)
    return value
  }

  cell(key: K): StateCell<V> {
    return new KeyCell(this, key)
  }

  *entries(): Iterable<readonly [K, V]> {
    for (const [key, lived] of this.#inner.entries()) if (!this.#isOver(lived)) yield [key, lived[1] as V]
  }

  #isOver([at]: Lived): boolean {
    return this.#date() - at >= this.#ttlMs
  }

  #sweepOn(): void {
    this.#sweep ??= this.#inner.entries()[Symbol.iterator]()
    for (let left = SWEPT_PER_PUT; left > 0; left--) {
      const { done, value } = this.#sweep.next()
      if (done === true) {
        this.#sweep = undefined
        return
      }
      const [key] = value
      // It may have been put again since the sweep began.
      const lived = this.#inner.get(key)
      if (lived !== undefined && this.#isOver(lived)) this.#inner.delete(key)
    }
  }
}
