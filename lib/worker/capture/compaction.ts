/**
 * When a state is written whole again: when what its changes have taken since it was written whole last is more than
 * that took. So a snapshot costs no more than twice what has changed, however large the state is, and to restore it
 * takes no more than twice its size.
 */

/** Below this it is not worth it, bytes. */
const LEAST_BYTES = 256 * 1024

interface Written {
  whole: number
  changes: number
}

export class Compaction {
  readonly #written = new Map<string, Written>()

  /** Whether the state is due. */
  isDue(state: string): boolean {
    const { whole, changes } = this.#written.get(state) ?? { whole: 0, changes: 0 }
    return changes > Math.max(whole, LEAST_BYTES)
  }

  /** It was written, and the snapshot is complete. */
  wrote(state: string, bytes: number, isWhole: boolean): void {
    const before = this.#written.get(state)
    if (isWhole) this.#written.set(state, { whole: bytes, changes: 0 })
    else this.#written.set(state, { whole: before?.whole ?? 0, changes: (before?.changes ?? 0) + bytes })
  }
}
