/**
 * What a supervisor does in the time of its lease. The law: two beats may go unanswered before it doubts its nimbus,
 * and it doubts it long before it ends its workers; so it is with every lease that a nimbus may give.
 */

/** No more often is needed, however long a lease is. */
const LONGEST_BEAT_MS = 1000
const BEATS = 10
const DOUBT = 0.3

/** It sends a beat so often. */
export function beatMs(leaseMs: number): number {
  return Math.min(LONGEST_BEAT_MS, leaseMs / BEATS)
}

/** Of several nimbuses one that has not answered for so long may lead no more: all are dialed again. */
export function doubtMs(leaseMs: number): number {
  return leaseMs * DOUBT
}
