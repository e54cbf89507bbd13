/** Which keys have a value when changes that follow each other have been made. */
import type { MapKey } from '../values/own-key.ts'
import type { Change } from './memory-state.ts'

export class LeftKeys {
  readonly #keys = new Set<MapKey>()

  get size(): number {
    return this.#keys.size
  }

  /** Hot while a state is restored. */
  add({ 1: key, length }: Change): void {
    if (length > 2) this.#keys.add(key)
    else this.#keys.delete(key)
  }
}
