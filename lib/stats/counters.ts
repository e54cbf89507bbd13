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

/** How many numbers the counters of a task are that has so many streams. */
export function countersLength(streams: number): number {
  return COUNTERS + PER_STREAM * Math.max(0, streams - 1)
}

/** Emitted and transferred, of a stream behind the first one. */
const PER_STREAM = 2

/**
 * The first stream of a task counts in the places `EMITTED` and `TRANSFERRED`, where most tasks have no other; each
 * further one has its own behind all others. So an emit counts in one place, and `countersReported` adds them up.
 */
export function makeCounters(streams = 1): Counters {
  return new Float64Array(countersLength(streams))
}

/** Where a stream counts, in the places `EMITTED` and `TRANSFERRED` of what is returned. */
export function countersOfStream(counters: Counters, stream: number): Counters {
  const at = COUNTERS + PER_STREAM * (stream - 1)
  return stream === 0 ? counters : counters.subarray(at, at + PER_STREAM)
}

/** The counters as they are reported: with all streams in the places of the first one. */
export function countersReported(counters: Counters): number[] {
  const sums = [...counters.subarray(0, COUNTERS)]
  for (let at = COUNTERS; at < counters.length; at += PER_STREAM) {
    sums[EMITTED]! += counters[at + EMITTED]!
    sums[TRANSFERRED]! += counters[at + TRANSFERRED]!
  }
  return sums
}

/** Roots in flight, by the counters of a spout. */
export function pendingRoots(counters: ArrayLike<number>): number {
  return counters[ROOTS]! - counters[ACKED]! - counters[FAILED]!
}
