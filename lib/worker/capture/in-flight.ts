/**
 * Tuples that were on their way when a snapshot was taken, as its files hold them: by the names of what they come from
 * and go to, and not by the numbers of one plan.
 */
import { type InFlightRecord, reroute } from '../../snapshots/fit/reroute.ts'
import type { TopologyShape } from '../../snapshots/topology-shape.ts'
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

/** What a plan knows of its streams and tasks. */
export interface Places {
  readonly shape: TopologyShape
  readonly placeOf: PlaceOf
  taskAt(component: ComponentId, index: number): TaskId | undefined
  sourceAt(task: TaskId, stream: StreamId): TupleSource | undefined
}

/** A tuple as a record of a snapshot. */
export function recordOf({ target, tuple }: Arrived, placeOf: PlaceOf): InFlightRecord {
  const [to, toIndex] = placeOf(target)
  const [from, fromIndex] = placeOf(tuple.sourceTask)
  return [to, toIndex, from, fromIndex, tuple.sourceStream, tuple.values]
}

/** The tuple of a record for each task that it goes to now; none where its way is no more. */
export function arrivedIn(record: InFlightRecord, before: TopologyShape, places: Places): Arrived[] {
  const { shape, taskAt, sourceAt } = places
  const way = reroute(record, before, shape)
  if (way === undefined) return []
  const source = sourceAt(taskAt(way.from, way.fromIndex)!, way.stream)!
  return way.indexes.map((index) => ({
    target: taskAt(way.to, index)!,
    tuple: new Tuple(way.values, source, 0, 0, 0, 0, 0, undefined),
  }))
}
