/** The bases of states in the memory of a test. */
import type { Change } from '../../state/memory-state.ts'
import type { Based, StateBase, StateBases } from '../../state/state-base.ts'
import type { MapKey } from '../../values/own-key.ts'

export class MemoryBases implements StateBases {
  of(): StateBase {
    return new MemoryBase()
  }

  async close(): Promise<void> {}
}

class MemoryBase implements StateBase {
  readonly #entries = new Map<MapKey, Based>()

  get(key: MapKey): Based | undefined {
    return this.#entries.get(key)
  }

  write(changes: readonly Change[]): void {
    for (const change of changes) {
      const [group, key, value] = change
      if (change.length > 2) this.#entries.set(key, { group, value })
      else this.#entries.delete(key)
    }
  }

  entries(): Iterable<readonly [MapKey, Based]> {
    return [...this.#entries]
  }
}
