/**
 * What a grouping is, and what it is given. A grouping belongs to one emitting task, one of its streams and one
 * subscriber, and chooses among the tasks of that subscriber. It knows its ports alone: no clock, no randomness of its
 * own.
 */

import type { CustomStreamGrouping } from '../topology/component/definition.ts'
import type { ResolvedConfig } from '../topology/config/config.ts'
import type { Fields } from '../tuple/fields.ts'
import type { ComponentId, StreamId, TaskId } from '../tuple/ids.ts'
import type { Prng } from '../util/prng.ts'

/** Chooses the tasks of one subscriber for each tuple of one stream of one emitting task. */
export interface Grouping {
  /** Hot. The list is shared and stands for the next tuple too: never change it. */
  choose(values: readonly unknown[]): readonly TaskId[]
  /** Called now and then with fresh loads; only the load-aware grouping has it. */
  refresh?(loads: LoadView): void
}

/** How near a task is to the emitting one, from near to far. */
export type Scope = 'worker' | 'host' | 'rack' | 'everything'

/** What is known of the target tasks at one moment. */
export interface LoadView {
  /** How full the task's queue is, 0 to 1. */
  loadOf(task: TaskId): number
  scopeOf(task: TaskId): Scope
}

/** What a grouping is made from. */
export interface GroupingPorts {
  /** The emitting task. */
  readonly task: TaskId
  /** The emitting component. */
  readonly component: ComponentId
  readonly stream: StreamId
  /** Fields of the stream. */
  readonly fields: Fields
  /** All tasks of the subscriber, ascending; at least one. */
  readonly targets: readonly TaskId[]
  /** Those of them that live in the worker of the emitting task; may be none. */
  readonly localTargets: readonly TaskId[]
  readonly random: Prng
  /** Configuration of the emitting component. */
  readonly config: ResolvedConfig
  /** How many key groups there are; undefined where no state moves between tasks. */
  readonly keyGroups?: number | undefined
  /** The user's grouping, for the type `custom`. */
  readonly custom?: CustomStreamGrouping
}

/** One list per task, made once, so that choosing allocates nothing. */
export function singletons(tasks: readonly TaskId[]): readonly (readonly TaskId[])[] {
  return tasks.map((task) => [task])
}
