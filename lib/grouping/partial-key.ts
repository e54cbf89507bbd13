/**
 * Partial key grouping: each key has two candidate tasks, and a tuple goes to the one that this emitter has used less.
 * A key that is far more frequent than others then burdens two tasks half as much; a second stage must merge their
 * results. Rule: Nasir et al., "The Power of Both Choices" (ICDE 2015).
 */
import type { TaskId } from '../tuple/ids.ts'
import { hashFields, slotOf } from '../values/hash.ts'
import { type Grouping, singletons } from './grouping.ts'

/** Two hash functions out of one; part of the contract between emitters, so never change them. */
const FIRST_SEED = 0x13c6ef37
const SECOND_SEED = 0x5be0cd19

export class PartialKeyGrouping implements Grouping {
  readonly #indexes: readonly number[]
  readonly #lists: readonly (readonly TaskId[])[]
  /** How often this emitter has chosen each of them; doubles, which count on beyond 32 bits. */
  readonly #used: Float64Array

  /** `indexes`: where the fields of the key stand in the values. */
  constructor(indexes: readonly number[], targets: readonly TaskId[]) {
    this.#indexes = indexes
    this.#lists = singletons(targets)
    this.#used = new Float64Array(targets.length)
  }

  /** @throws CANNOT_ENCODE for values that are not keys, see `values/key.ts`. */
  choose(values: readonly unknown[]): readonly TaskId[] {
    const count = this.#lists.length
    const first = slotOf(hashFields(values, this.#indexes, FIRST_SEED), count)
    let second = slotOf(hashFields(values, this.#indexes, SECOND_SEED), count)
    if (second === first) second = first + 1 === count ? 0 : first + 1
    const used = this.#used
    const chosen = (used[first] as number) <= (used[second] as number) ? first : second
    used[chosen] = (used[chosen] as number) + 1
    return this.#lists[chosen] as readonly TaskId[]
  }
}
