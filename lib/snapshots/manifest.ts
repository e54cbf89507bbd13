/**
 * What a snapshot says of itself: whose it is, where it ended, and which ranges of which files it is made of. It is
 * plain JSON. A snapshot is there when its manifest is, and not before; the manifest is written when all that it names
 * is.
 *
 * What a state holds is a chain of segments of several snapshots. So a file lives as long as a manifest names it.
 */

import { flag, list, number, object, record, type Shape, type Shaped, text, whole } from '../shape/guards.ts'
import type { ComponentId } from '../tuple/ids.ts'
import type { TopologyShape } from './topology-shape.ts'

/** Of the manifest and of all that it names. */
export const SNAPSHOT_FORMAT = 2

const segment = object({ file: text(), offset: whole(), length: whole(), records: whole() })
/** A range of a file: whole blocks. */
export type Segment = Shaped<typeof segment>

const taskPart = object(
  {
    component: text() as Shape<ComponentId>,
    /** Number of the task among those of its component, from 0 up. */
    index: whole(),
    /** What each of its states holds, by name: a chain (`chains.ts`). */
    states: record(list(segment)),
  },
  {
    /** Where a spout stands, by partition: pairs of a name and a position. */
    positions: segment,
    /** What the component itself has asked to keep: one record. */
    kept: segment,
    /** In which form the values of its states are, by name, of those of which anything is said. */
    formats: record(object({ version: whole(1), expires: flag }, { fixesTasks: flag, settings: record(text()) })),
    /** How far event time has come for it; left out where nowhere. */
    watermark: number,
    /** How far it had come for some groups that other tasks had had, where that is further (`GroupWatermark`). */
    floors: list(object({ from: number, to: number, watermark: number })),
    /** Which partitions it had heard of, and their newest timestamps: pairs. */
    partitions: segment,
  },
)
/** What a snapshot has of one task. */
export type TaskPart = Shaped<typeof taskPart>

/**
 * Whether something is a `WorkerPart`; `inFlight` are tuples that were on their way to its tasks, `isUntouched` says
 * that they have emitted and executed nothing since they began, `isAtRest` that nothing waited for one of them or was
 * on its way, and no promise of theirs was open.
 */
export const isWorkerPart = object({ tasks: list(taskPart), inFlight: segment, isUntouched: flag, isAtRest: flag })
/** What one worker has written. */
export type WorkerPart = Shaped<typeof isWorkerPart>

export interface Manifest {
  readonly format: number
  readonly topology: string
  /** Of the topology as it was defined, see `scheduler/layout.ts`. */
  readonly hash: string
  readonly shape: TopologyShape
  /** From 1 up, over all runs. */
  readonly snapshot: number
  /** Milliseconds since 1970. */
  readonly at: number
  /** Whether the bolts had been told of the end of their input. */
  readonly ended: boolean
  /** Whether it was the last one of a run that had told them: no task has done anything outside after it. */
  readonly last: boolean
  readonly tasks: readonly TaskPart[]
  readonly inFlight: readonly Segment[]
}

/** Whose snapshot it is. */
export interface SnapshotHead extends Omit<Manifest, 'format' | 'tasks' | 'inFlight'> {}

/** The manifest of a snapshot whose parts are all written. */
export function manifestOf(head: SnapshotHead, parts: readonly WorkerPart[]): Manifest {
  const tasks = parts.flatMap((part) => part.tasks).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const inFlight = parts.map((part) => part.inFlight).filter(({ records }) => records > 0)
  return { format: SNAPSHOT_FORMAT, ...head, tasks, inFlight }
}

/** All ranges that a snapshot is made of. */
export function* segmentsOf(manifest: Manifest): Iterable<Segment> {
  yield* manifest.inFlight
  for (const { states, positions, kept, partitions } of manifest.tasks) {
    for (const chain of Object.values(states)) yield* chain
    if (positions !== undefined) yield positions
    if (kept !== undefined) yield kept
    if (partitions !== undefined) yield partitions
  }
}

/** How many bytes some ranges have together. */
export function segmentBytes(segments: readonly Segment[]): number {
  return segments.reduce((sum, { length }) => sum + length, 0)
}

/** The names of all files that a snapshot is made of. */
export function filesOf(manifest: Manifest): Set<string> {
  return new Set([...segmentsOf(manifest)].map(({ file }) => file))
}

function nameOf({ component, index }: Pick<TaskPart, 'component' | 'index'>): string {
  return JSON.stringify([component, index])
}
