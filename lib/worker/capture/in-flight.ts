/**
 * Tuples that were on their way when a snapshot was taken, as its files hold them: by the names of what they come from
 * and go to, and not by the numbers of one plan.
 */
import type { ComponentId, StreamId, TaskId } from '../../tuple/ids.ts'
import { Tuple, type TupleSource } from '../../tuple/tuple.ts'

/** A tuple that has come for a task, and was not executed. */
export interface Arrived {
  readonly target: TaskId
  readonly tuple: Tuple
}

/** A component, and the number of a task among its own, from 0 up. */
export type Place = readonly [component: ComponentId, index: number]

/** Where a task stands. */
export type PlaceOf = (task: TaskId) => Place

/** What a plan knows of its streams and tasks; undefined where there is none such. */
export interface Places {
  taskAt(component: ComponentId, index: number): TaskId | undefined
  sourceAt(task: TaskId, stream: StreamId): TupleSource | undefined
}

/** A tuple as a record of a snapshot. */
export function recordOf({ target, tuple }: Arrived, placeOf: PlaceOf): readonly unknown[] {
  return [...placeOf(target), ...placeOf(tuple.sourceTask), tuple.sourceStream, tuple.values]
}

/** The tuple of a record; undefined where it is of a component, task or stream that there is not. */
export function arrivedIn(record: readonly unknown[], { taskAt, sourceAt }: Places): Arrived | undefined {
  const [to, toIndex, from, fromIndex, stream, values] = record as [string, number, string, number, string, unknown[]]
  const target = taskAt(to, toIndex)
  const sender = taskAt(from, fromIndex)
  const source = sender === undefined ? undefined : sourceAt(sender, stream)
  if (target === undefined || source === undefined) return undefined
  return { target, tuple: new Tuple(values, source, 0, 0, 0, 0, 0, undefined) }
}
