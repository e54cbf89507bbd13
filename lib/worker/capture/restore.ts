/**
 * What the tasks of a worker begin with, where a run goes on from a snapshot: read from its files, and checked. What
 * belongs to which task goes by names, not by numbers.
 */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { Plan } from '../../scheduler/plan.ts'
import type { Manifest, Segment, TaskManifest } from '../../snapshots/manifest.ts'
import { readSegment } from '../../snapshots/read-segment.ts'
import type { SnapshotStore } from '../../snapshots/snapshot-store.ts'
import type { Change } from '../../state/memory-state.ts'
import type { Positions } from '../../topology/component/component.ts'
import type { ComponentId, TaskId, WorkerId } from '../../tuple/ids.ts'
import type { RestoredTask } from '../tasks/restored-task.ts'
import { type Arrived, arrivedIn, type Places } from './in-flight.ts'
import { placesIn } from './places.ts'

export interface Restored {
  readonly tasks: ReadonlyMap<TaskId, RestoredTask>
  /** Of the spouts that have a task here: where all their partitions stand. */
  readonly positions: ReadonlyMap<ComponentId, Positions>
  /** Tuples for tasks that live here, in the order in which they had come. */
  readonly inFlight: readonly Arrived[]
}

/** Where nothing is restored. */
export const NOTHING: Restored = { tasks: new Map(), positions: new Map(), inFlight: [] }

/**
 * @param snapshot undefined: the run begins anew
 * @throws STATE_CORRUPT, STATE_FORMAT, STATE_UNAVAILABLE, STATE_FOREIGN (rejects)
 */
export async function restorePart(
  store: SnapshotStore,
  snapshot: number | undefined,
  plan: Plan,
  worker: WorkerId,
): Promise<Restored> {
  if (snapshot === undefined) return NOTHING
  const places = placesIn(plan)
  const isMine = (task: TaskId): boolean => plan.tasks[task - 1]!.worker === worker
  const manifest = await store.manifest(snapshot)
  const tasks = new Map<TaskId, RestoredTask>()
  const mine = new Set<ComponentId>()
  for (const part of manifest.tasks) {
    const task = places.taskAt(part.component, part.index)
    if (task === undefined || !isMine(task)) continue
    tasks.set(task, await restoredTask(store, part))
    mine.add(part.component)
  }
  return {
    tasks,
    positions: await positionsIn(store, manifest, mine),
    inFlight: await inFlightIn(store, manifest, places, isMine),
  }
}

async function restoredTask(store: SnapshotStore, { states, kept }: TaskManifest): Promise<RestoredTask> {
  const restored = new Map<string, Iterable<Change>>()
  for (const [name, chain] of Object.entries(states)) restored.set(name, await changesOf(store, chain))
  return { states: restored, prepared: kept === undefined ? undefined : (await first(store, kept))[0] }
}

async function changesOf(store: SnapshotStore, chain: readonly Segment[]): Promise<Iterable<Change>> {
  const segments: Iterable<unknown[]>[] = []
  for (const segment of chain) segments.push(await readSegment(store, segment))
  return (function* () {
    for (const segment of segments) yield* segment as Iterable<unknown> as Iterable<Change>
  })()
}

async function positionsIn(
  store: SnapshotStore,
  { tasks }: Manifest,
  components: ReadonlySet<ComponentId>,
): Promise<Map<ComponentId, Positions>> {
  const all = new Map<ComponentId, Record<string, unknown>>()
  for (const { component, positions } of tasks) {
    if (positions === undefined || !components.has(component)) continue
    const known = all.get(component) ?? {}
    all.set(component, known)
    for (const [partition, position] of await readSegment(store, positions)) known[partition as string] = position
  }
  return all
}

async function inFlightIn(
  store: SnapshotStore,
  { inFlight, topology }: Manifest,
  places: Places,
  isMine: (task: TaskId) => boolean,
): Promise<Arrived[]> {
  const found: Arrived[] = []
  for (const segment of inFlight) {
    for (const record of await readSegment(store, segment)) {
      const arrived = arrivedIn(record, places)
      if (arrived === undefined)
        throw new TyphoonError(
          'STATE_FOREIGN',
          `a snapshot of "${topology}" holds a tuple of a stream that there is not`,
        )
      if (isMine(arrived.target)) found.push(arrived)
    }
  }
  return found
}

async function first(store: SnapshotStore, segment: Segment): Promise<unknown[]> {
  for (const record of await readSegment(store, segment)) return record
  return []
}
