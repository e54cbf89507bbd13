/**
 * Exponential back-off, for whatever is tried again after it has failed: `firstMs` after the first failure, doubled for
 * each further one, up to `longestMs`; no delay where nothing has failed yet.
 *
 * With `random` in [0, 1) it is at least a half and at most the whole of that, so that what failed together does not
 * come back together.
 * @returns ms
 */
export function backOff(failures: number, firstMs: number, longestMs: number, random = 1): number {
  if (failures < 1) return 0
  const whole = Math.min(longestMs, firstMs * 2 ** Math.min(MOST_DOUBLINGS, failures - 1))
  return whole * (0.5 + random / 2)
}

/** How long a spout rests whose nextTuple has thrown this many times in a row, ms. */
export function spoutBackOff(errorsInARow: number): number {
  return backOff(errorsInARow, 10, 1000)
}

/** The most doublings: with an infinite factor a delay of 0 would become NaN. */
const MOST_DOUBLINGS = 60
