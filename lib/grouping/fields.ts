/**
 * Fields grouping: the hash of the selected values, modulo the number of tasks. Equal content goes to the same task
 * from every emitter, in every run, as the number of tasks is fixed for the life of the topology.
 */
import type { TaskId } from '../tuple/ids.ts'
import { hashFields, slotOf } from '../values/hash.ts'
import { type Grouping, singletons } from './grouping.ts'

export class FieldsGrouping implements Grouping {
  readonly #indexes: readonly number[]
  readonly #lists: readonly (readonly TaskId[])[]

  /** `indexes`: where the selected fields stand in the values. */
  constructor(indexes: readonly number[], targets: readonly TaskId[]) {
    this.#indexes = indexes
    this.#lists = singletons(targets)
  }

  /** @throws CANNOT_ENCODE for values that are not keys, see `values/key.ts`. */
  choose(values: readonly unknown[]): readonly TaskId[] {
    return this.#lists[slotOf(hashFields(values, this.#indexes), this.#lists.length)] as readonly TaskId[]
  }
}
