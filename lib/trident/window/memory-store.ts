/** A store that is gone with its process. Values are kept as they are. */
import type { Store, StoreWriter } from '../../store/store.ts'

export class MemoryStore implements Store {
  readonly directory = 'in memory'
  readonly #values = new Map<string, unknown>()

  get(key: string): unknown {
    return this.#values.get(key)
  }

  /** Nobody else writes here. */
  refresh(): void {}

  check(): void {}

  transaction(write: (writer: StoreWriter) => void): void {
    const writes = new Map<string, unknown>()
    const put = (key: string, value: unknown) => void writes.set(key, value)
    write({ put, remove: (key) => put(key, undefined) })
    for (const [key, value] of writes) {
      if (value === undefined) this.#values.delete(key)
      else this.#values.set(key, value)
    }
  }

  *range(prefix: string): Iterable<readonly [string, unknown]> {
    const keys = [...this.#values.keys()].filter((key) => key.startsWith(prefix))
    for (const key of keys.sort()) yield [key, this.#values.get(key)]
  }

  async close(): Promise<void> {}
}
