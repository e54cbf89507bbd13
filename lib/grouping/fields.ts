/**
 * Fields grouping: the hash of the selected values leads to one of a list of slots, and each slot to a task. Equal
 * content goes to the same task from every emitter, in every run. The slots are the tasks themselves; where there is
 * state that can move between tasks they are the key groups (`key-groups.ts`).
 */
import type { TaskId } from '../tuple/ids.ts'
import { hashFields, slotOf } from '../values/hash.ts'
import { type Grouping, singletons } from './grouping.ts'
import { ownerOf } from './key-groups.ts'

export class FieldsGrouping implements Grouping {
  readonly #indexes: readonly number[]
  readonly #lists: readonly (readonly TaskId[])[]

  /** `indexes`: where the selected fields stand in the values. `keyGroups`: how many, where the slots are groups. */
  constructor(indexes: readonly number[], targets: readonly TaskId[], keyGroups?: number) {
    this.#indexes = indexes
    const lists = singletons(targets)
    this.#lists =
      keyGroups === undefined
        ? lists
        : Array.from({ length: keyGroups }, (_, group) => lists[ownerOf(group, keyGroups, lists.length)]!)
  }

  /** @throws CANNOT_ENCODE for values that are not keys, see `values/key.ts`. */
  choose(values: readonly unknown[]): readonly TaskId[] {
    return this.#lists[slotOf(hashFields(values, this.#indexes), this.#lists.length)] as readonly TaskId[]
  }
}
