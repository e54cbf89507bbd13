/**
 * Shuffle grouping: the tasks in turn, in an order that was drawn once. So the counts of the tasks never differ by more
 * than one, and emitters do not march in step. Rule: apache/storm `storm-client/.../grouping/ShuffleGrouping.java`.
 */
import type { TaskId } from '../tuple/ids.ts'
import type { Prng } from '../util/prng.ts'
import { type Grouping, singletons } from './grouping.ts'

export class ShuffleGrouping implements Grouping {
  readonly #turns: readonly (readonly TaskId[])[]
  #next = 0

  constructor(targets: readonly TaskId[], random: Prng) {
    this.#turns = singletons(random.shuffle(targets))
  }

  choose(): readonly TaskId[] {
    const turn = this.#next
    this.#next = turn + 1 === this.#turns.length ? 0 : turn + 1
    return this.#turns[turn] as readonly TaskId[]
  }
}
