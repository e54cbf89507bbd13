/**
 * What a snapshot holds, entry by entry, without the code of its topology: keys and values as the components had them.
 */

import type { Lived } from '../../state/state-format.ts'
import type { ComponentId } from '../../tuple/ids.ts'
import { valueOfMapKey } from '../../values/key.ts'
import type { MapKey } from '../../values/own-key.ts'
import type { Manifest, Segment, TaskPart } from '../manifest.ts'
import { readSegment } from '../read-segment.ts'
import type { SnapshotStore } from '../snapshot-store.ts'

/** A state of one task. */
export interface TaskState {
  readonly component: ComponentId
  /** Number of the task among those of its component, from 0 up. */
  readonly task: number
  readonly state: string
}

/** What is wanted of a snapshot; everything where nothing is said. */
export interface Wanted {
  readonly component?: ComponentId | undefined
  readonly state?: string | undefined
}

/** What each task keeps in each of its states. @throws STATE_CORRUPT, STATE_UNAVAILABLE (rejects) */
export async function* statesIn(
  store: SnapshotStore,
  { tasks }: Manifest,
  { component, state }: Wanted = {},
): AsyncIterable<TaskState & { readonly values: ReadonlyMap<MapKey, unknown> }> {
  for (const task of tasks.filter((one) => component === undefined || one.component === component)) {
    for (const [name, chain] of Object.entries(task.states)) {
      if (state !== undefined && name !== state) continue
      const values = await valuesIn(store, chain, task.formats?.[name]?.expires === true)
      yield { component: task.component, task: task.index, state: name, values }
    }
  }
}

/** Where the spouts stand, by partition. @throws STATE_CORRUPT, STATE_UNAVAILABLE (rejects) */
export async function* positionsIn(
  store: SnapshotStore,
  { tasks }: Manifest,
): AsyncIterable<{
  readonly component: ComponentId
  readonly task: number
  readonly partition: string
  readonly position: unknown
}> {
  for (const { component, index: task, positions } of tasks as readonly TaskPart[]) {
    if (positions === undefined) continue
    for (const [partition, position] of await readSegment(store, positions))
      yield { component, task, partition: partition as string, position }
  }
}

/** The key of an entry as its component has written it. */
export function keyOf(key: MapKey): unknown {
  return valueOfMapKey(key)
}

/** What the changes of a state come to. @param expires whether each value has the time with it when it was written */
async function valuesIn(
  store: SnapshotStore,
  chain: readonly Segment[],
  expires: boolean,
): Promise<Map<MapKey, unknown>> {
  const values = new Map<MapKey, unknown>()
  for (const segment of chain) {
    for (const { 1: key, 2: value, length } of await readSegment(store, segment)) {
      if (length > 2) values.set(key as MapKey, expires ? (value as Lived)[1] : value)
      else values.delete(key as MapKey)
    }
  }
  return values
}
