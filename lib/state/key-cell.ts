/** The cell of a state whose values have no place in memory: the key is looked up each time. */
import type { KeyValueState, StateCell } from '../topology/component/state.ts'

export class KeyCell<K, V> implements StateCell<V> {
  readonly #state: Pick<KeyValueState<K, V>, 'get' | 'put' | 'delete'>
  readonly #key: K

  constructor(state: Pick<KeyValueState<K, V>, 'get' | 'put' | 'delete'>, key: K) {
    this.#state = state
    this.#key = key
  }

  get(): V | undefined {
    return this.#state.get(this.#key)
  }

  put(value: V): void {
    this.#state.put(this.#key, value)
  }

  delete(): boolean {
    return this.#state.delete(this.#key)
  }
}
