/**
 * Ids as branded types: a task can't be passed where a worker is meant. The brands exist for the compiler alone;
 * at run time each id is a plain number or string.
 */
declare const brand: unique symbol

/** Number of a task, unique in its topology, from 1 up, the same for the life of the topology. */
export type TaskId = number & { readonly [brand]?: 'TaskId' }

/** An emit went to no task, or it is not asked to which. */
export const NO_TASKS: readonly TaskId[] = []

/** Number of a worker process in its topology, from 1 up; a restarted worker keeps it. */
export type WorkerId = number & { readonly [brand]?: 'WorkerId' }

/** The number of the run itself, nimbus and supervisor, where that of a worker is expected. */
export const NIMBUS: WorkerId = 0

/** How often a worker has been started, from 1 up: what an older incarnation still sends is refused. */
export type Incarnation = number & { readonly [brand]?: 'Incarnation' }

/** Name of a spout or a bolt. */
export type ComponentId = string & { readonly [brand]?: 'ComponentId' }

/** Name of a stream of one component; `default` where nothing else is said. */
export type StreamId = string & { readonly [brand]?: 'StreamId' }

/**
 * A root id is two int32, so that it stays out of the heap. The high half says who owns the root: 18 bits of
 * spout task, 13 bits of the worker's incarnation. The low half counts the roots of that task, from a start that the
 * rest of the incarnation says, and may leave some numbers out. Root ids are therefore unique by construction, and an
 * ack that was meant for an earlier incarnation meets no root of a later one.
 */
const TASK_BITS = 18
export const MAX_TASK_ID = (1 << TASK_BITS) - 1
const INCARNATION_BITS = 13
const INCARNATION_MASK = (1 << INCARNATION_BITS) - 1
/** 2^32 over the golden ratio: its multiples lie as far apart as numbers of 32 bits can, however many there are. */
const GOLDEN = 0x9e3779b1

/** High half of the root ids of one spout task in one incarnation of its worker; never 0. */
export function rootHighOf(task: TaskId, incarnation: Incarnation): number {
  return ((incarnation & INCARNATION_MASK) << TASK_BITS) | task
}

/**
 * The low half after which the roots of an incarnation begin. Incarnations that have the same high half, each 8192nd,
 * begin 100 million roots apart from each other at least, for 131,000 of them in a row: an id of one comes again only
 * where a worker is started anew 8192 times, emits that many roots, and the old root is still in somebody's hands.
 */
export function rootLowBefore(incarnation: Incarnation): number {
  return Math.imul(incarnation >>> INCARNATION_BITS, GOLDEN)
}

/** The spout task that owns the roots with this high half. */
export function spoutTaskOf(rootHigh: number): TaskId {
  return rootHigh & MAX_TASK_ID
}

/** A root id as people read it: 16 hexadecimal digits, the same for all that belongs to one tree. */
export function rootText(high: number, low: number): string {
  return `${hex(high)}${hex(low)}`
}

/** The two halves of what `rootText` has made; undefined where it has not. */
export function parseRoot(text: string): readonly [high: number, low: number] | undefined {
  if (!/^[0-9a-f]{16}$/.test(text)) return undefined
  return [Number.parseInt(text.slice(0, 8), 16) | 0, Number.parseInt(text.slice(8), 16) | 0]
}

function hex(half: number): string {
  return (half >>> 0).toString(16).padStart(8, '0')
}
