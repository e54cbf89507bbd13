/** The groupings that look at nothing and always choose the same tasks: all, global, direct. */
import type { TaskId } from '../tuple/ids.ts'
import type { Grouping } from './grouping.ts'

class FixedGrouping implements Grouping {
  readonly #tasks: readonly TaskId[]

  constructor(tasks: readonly TaskId[]) {
    this.#tasks = tasks
  }

  choose(): readonly TaskId[] {
    return this.#tasks
  }
}

/** A copy to every task; each copy is an edge of its own in the tuple tree. */
export function allGrouping(targets: readonly TaskId[]): Grouping {
  return new FixedGrouping(targets)
}

/** Everything to the task with the lowest id. `targets`: ascending. */
export function globalGrouping(targets: readonly TaskId[]): Grouping {
  return new FixedGrouping(targets.slice(0, 1))
}

/** Nobody: on a direct stream the emitter names the task, and `emitDirect` asks no grouping. */
export function directGrouping(): Grouping {
  return new FixedGrouping([])
}
