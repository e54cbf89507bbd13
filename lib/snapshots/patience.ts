/** To write a large state, or to commit what was written, takes its time, however short an outage may be. */
const LEAST_MS = 600_000

/**
 * How long a snapshot waits for one worker, or for one call of a component, before it counts as stuck, milliseconds.
 * @param limitMs how long an outage may last
 */
export function patienceMs(limitMs: number): number {
  return Math.max(limitMs, LEAST_MS)
}
