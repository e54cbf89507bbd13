/**
 * What the tasks of a worker begin with, where a run goes on from a snapshot: read from its files, and checked. What
 * belongs to which task goes by names and key groups, for the topology may have changed (`snapshots/fit`).
 */
import type { Plan } from '../../scheduler/plan.ts'
import { fitOf } from '../../snapshots/fit/fit.ts'
import type { InFlightRecord } from '../../snapshots/fit/reroute.ts'
import { canGoTo, goesTo, type Resize } from '../../snapshots/fit/state-moves.ts'
import { reachedOf } from '../../snapshots/fit/watermark-moves.ts'
import type { Manifest, Segment, TaskPart } from '../../snapshots/manifest.ts'
import { readSegment } from '../../snapshots/read-segment.ts'
import type { SnapshotStore } from '../../snapshots/snapshot-store.ts'
import type { Change } from '../../state/memory-state.ts'
import type { StateFormat } from '../../state/state-format.ts'
import type { RestoredState } from '../../state/task-states.ts'
import type { ComponentId, TaskId, WorkerId } from '../../tuple/ids.ts'
import type { RestoredTask } from '../tasks/context/restored-task.ts'
import type { RestoredPositions } from '../tasks/spouts.ts'
import { type Arrived, arrivedIn, type Places } from './in-flight.ts'
import { placesIn } from './places.ts'

export interface Restored {
  readonly tasks: ReadonlyMap<TaskId, RestoredTask>
  /** Of the spouts that have a task here: where all their partitions stand. */
  readonly positions: ReadonlyMap<ComponentId, RestoredPositions>
  /** Tuples for tasks that live here, in the order in which they had come. */
  readonly inFlight: readonly Arrived[]
}

/** Where nothing is restored. */
export const NOTHING: Restored = { tasks: new Map(), positions: new Map(), inFlight: [] }

/**
 * @param snapshot undefined: the run begins anew
 * @throws STATE_CORRUPT, STATE_FORMAT, STATE_UNAVAILABLE (rejects)
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
  const { taken } = fitOf(manifest, places.shape)
  const tasks = new Map<TaskId, RestoredTask>()
  const mine = new Set<ComponentId>()
  for (const { task, component } of plan.tasks) {
    if (!isMine(task) || !taken.has(component)) continue
    mine.add(component)
    tasks.set(task, await restoredTask(store, manifest, places, task))
  }
  return {
    tasks,
    positions: await positionsIn(store, manifest, mine),
    inFlight: await inFlightIn(store, manifest, places, isMine),
  }
}

async function restoredTask(
  store: SnapshotStore,
  { shape, tasks, ended, last }: Manifest,
  places: Places,
  task: TaskId,
): Promise<RestoredTask> {
  const [component, index] = places.placeOf(task)
  const resize: Resize = {
    keyGroups: shape.keyGroups,
    before: shape.components[component]!.tasks,
    now: places.shape.components[component]!.tasks,
  }
  const parts = tasks.filter((part) => part.component === component)
  const own = parts.find((part) => part.index === index)
  const kept = own?.kept === undefined ? undefined : (await first(store, own.kept))[0]
  const isOwn = resize.before === resize.now
  const states = isOwn ? await ownStates(store, own) : await movedStates(store, parts, index, resize)
  const chains = isOwn ? (own?.states ?? {}) : {}
  const reached = reachedOf(isOwn && own !== undefined ? [own] : parts, index, resize)
  // Other tasks may have them now; and of those that have ended nothing would come.
  const partitions = isOwn && !ended ? await partitionsOf(store, own) : []
  return { states, chains, prepared: kept, preparedAtEnd: last, ...reached, partitions }
}

async function partitionsOf(store: SnapshotStore, own: TaskPart | undefined): Promise<RestoredTask['partitions']> {
  if (own?.partitions === undefined) return []
  return [...(await readSegment(store, own.partitions))] as unknown as RestoredTask['partitions']
}

async function ownStates(store: SnapshotStore, own: TaskPart | undefined): Promise<Map<string, RestoredState>> {
  const restored = new Map<string, RestoredState>()
  for (const [name, chain] of Object.entries(own?.states ?? {}))
    restored.set(name, { changes: await changesOf(store, chain), isOwn: true, format: own?.formats?.[name] })
  return restored
}

/** What several tasks have left to one. */
async function movedStates(
  store: SnapshotStore,
  parts: readonly TaskPart[],
  index: number,
  resize: Resize,
): Promise<Map<string, RestoredState>> {
  const found = new Map<string, Iterable<Change>[]>()
  for (const { index: from, states } of parts.filter((part) => canGoTo(part.index, index, resize))) {
    for (const [name, chain] of Object.entries(states)) {
      const changes = await changesOf(store, chain)
      const mine = only(changes, ([group]) => goesTo(group, from, index, resize))
      found.set(name, [...(found.get(name) ?? []), mine])
    }
  }
  // All tasks ran the same code.
  const formats: Record<string, StateFormat> = Object.assign({}, ...parts.map((part) => part.formats))
  return new Map([...found].map(([name, all]) => [name, { changes: joined(all), isOwn: false, format: formats[name] }]))
}

async function changesOf(store: SnapshotStore, chain: readonly Segment[]): Promise<Iterable<Change>> {
  const segments: Iterable<unknown[]>[] = []
  for (const segment of chain) segments.push(await readSegment(store, segment))
  return joined(segments) as Iterable<unknown> as Iterable<Change>
}

async function positionsIn(
  store: SnapshotStore,
  { tasks, shape }: Manifest,
  components: ReadonlySet<ComponentId>,
): Promise<Map<ComponentId, RestoredPositions>> {
  const all = new Map<ComponentId, { readonly positions: Map<string, unknown>; readonly tasks: number }>()
  for (const { component, positions } of tasks) {
    if (positions === undefined || !components.has(component)) continue
    const known = all.get(component) ?? { positions: new Map(), tasks: shape.components[component]!.tasks }
    all.set(component, known)
    for (const [partition, position] of await readSegment(store, positions))
      known.positions.set(partition as string, position)
  }
  return new Map(
    [...all].map(([component, { positions, tasks }]) => [
      component,
      { positions: Object.fromEntries(positions), tasks },
    ]),
  )
}

async function inFlightIn(
  store: SnapshotStore,
  { inFlight, shape }: Manifest,
  places: Places,
  isMine: (task: TaskId) => boolean,
): Promise<Arrived[]> {
  const found: Arrived[] = []
  for (const segment of inFlight) {
    for (const record of await readSegment(store, segment)) {
      const arrived = arrivedIn(record as unknown as InFlightRecord, shape, places)
      found.push(...arrived.filter(({ target }) => isMine(target)))
    }
  }
  return found
}

async function first(store: SnapshotStore, segment: Segment): Promise<unknown[]> {
  for (const record of await readSegment(store, segment)) return record
  return []
}

function* joined<Item>(all: readonly Iterable<Item>[]): Iterable<Item> {
  for (const one of all) yield* one
}

function* only<Item>(items: Iterable<Item>, holds: (item: Item) => boolean): Iterable<Item> {
  for (const item of items) if (holds(item)) yield item
}
