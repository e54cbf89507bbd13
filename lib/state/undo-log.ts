/**
 * What an execution has overwritten, in its order. It is filled and emptied with each tuple, so its room is used again:
 * an empty list costs V8 a new block with its first item.
 */
import type { Group } from './group.ts'

/** More than this is let go when it is emptied. */
const MOST_KEPT = 64

export class UndoLog<Entry> {
  #entries: (Entry | undefined)[] = []
  #values: unknown[] = []
  #groups: Group[] = []
  #size = 0

  /** Hot. @param value what stood there before @param group what that went with */
  add(entry: Entry, value: unknown, group: Group): void {
    this.#entries[this.#size] = entry
    this.#values[this.#size] = value
    this.#groups[this.#size] = group
    this.#size++
  }

  /** The newest first. */
  eachBackwards(visit: (entry: Entry, value: unknown, group: Group) => void): void {
    for (let i = this.#size - 1; i >= 0; i--) visit(this.#entries[i]!, this.#values[i], this.#groups[i]!)
  }

  /** What stood before in these entries is what stands there now. */
  settle(entries: ReadonlySet<Entry>, standing: (entry: Entry) => readonly [value: unknown, group: Group]): void {
    for (let i = 0; i < this.#size; i++) {
      const entry = this.#entries[i]!
      if (!entries.has(entry)) continue
      const [value, group] = standing(entry)
      this.#values[i] = value
      this.#groups[i] = group
    }
  }

  /** Hot. Holds nothing of what it held. */
  clear(): void {
    if (this.#size > MOST_KEPT) {
      this.#entries = []
      this.#values = []
      this.#groups = []
    } else
      for (let i = 0; i < this.#size; i++) {
        this.#entries[i] = undefined
        this.#values[i] = undefined
      }
    this.#size = 0
  }
}
