/**
 * What a task counts: exactly, not sampled. One Float64Array per task, so that counting is an add and merging is a
 * loop.
 */

/**
 * Places of the counters: tuples emitted, copies of them sent to tasks, tuples executed. A tick that a bolt executes
 * counts as executed, and never as acked or failed.
 */
export const EMITTED = 0
export const TRANSFERRED = 1
export const EXECUTED = 2
/** Bolt: tuples acked; spout: roots acked. */
export const ACKED = 3
/** Bolt: tuples failed; spout: roots failed, for whatever reason. */
export const FAILED = 4
/** Tracked roots emitted. */
export const ROOTS = 5
/** Roots failed, by reason. */
export const FAILED_TIMEOUT = 6
export const FAILED_EXPLICIT = 7
export const FAILED_LOST = 8
/** Milliseconds in execute or nextTuple. */
export const BUSY_MS = 9
/** Milliseconds from execute to its promise, for those that returned one. */
export const WAITING_MS = 10
/** Milliseconds in which a task was held back: who it sends to was congested, or the link to there was full. */
export const HELD_MS = 11
/** Milliseconds in which the inbox of a task was congested: those who send there were held back. */
export const FULL_MS = 12
/** How many there are. */
export const COUNTERS = 13

export type Counters = Float64Array

export function makeCounters(): Counters {
  return new Float64Array(COUNTERS)
}

/** Roots in flight, by the counters of a spout. */
export function pendingRoots(counters: ArrayLike<number>): number {
  return counters[ROOTS]! - counters[ACKED]! - counters[FAILED]!
}
