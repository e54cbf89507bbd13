/**
 * Tuples that were on their way when a snapshot was taken, as its files hold them: by the names of what they come from
 * and go to, and not by the numbers of one plan.
 */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { type InFlightRecord, reroute } from '../../snapshots/fit/reroute.ts'
import type { Segment } from '../../snapshots/manifest.ts'
import type { PartWriter } from '../../snapshots/part-writer.ts'
import type { TopologyShape } from '../../snapshots/topology-shape.ts'
import type { ComponentId, StreamId, TaskId } from '../../tuple/ids.ts'
import { isMadeAnew } from '../../tuple/system-ids.ts'
import { Tuple, type TupleSource } from '../../tuple/tuple.ts'
import { cannotEncode } from '../../values/kinds.ts'
import { Unencodable } from '../../values/unencodable.ts'

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
function recordOf({ target, tuple }: Arrived, placeOf: PlaceOf): InFlightRecord {
  const [to, toIndex] = placeOf(target)
  const [from, fromIndex] = placeOf(tuple.sourceTask)
  return [to, toIndex, from, fromIndex, tuple.sourceStream, tuple.values]
}

/**
 * Writes what was on its way, but for what is made anew. Within a worker a tuple may hold what no snapshot can.
 * @throws CANNOT_ENCODE (rejects), with the component that has emitted it; and as `PartWriter.section`
 */
export async function writeInFlight(
  arrived: readonly Arrived[],
  placeOf: PlaceOf,
  writer: PartWriter,
): Promise<Segment> {
  let current: InFlightRecord | undefined
  function* records(): Iterable<InFlightRecord> {
    for (const one of arrived) {
      if (isMadeAnew(one.tuple.sourceStream)) continue
      current = recordOf(one, placeOf)
      yield current
    }
  }
  try {
    return await writer.section(records())
  } catch (error) {
    if (!(error instanceof Unencodable) || current === undefined) throw error
    const [to, , component, , stream] = current
    const cause = cannotEncode(error, 'values', `it is on its way to "${to}", and no snapshot can be taken meanwhile`)
    throw new TyphoonError('CANNOT_ENCODE', (cause as TyphoonError).message, {
      where: { ...(cause as TyphoonError).where, component, stream },
      hint: error.hint,
    })
  }
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
