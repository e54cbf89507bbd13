/**
 * Waits before a worker ends for timers that its components have left running: they may still emit, and that must be
 * refused, not lost.
 */
import type { Clock } from '../util/time/clock.ts'

const LONGEST_MS = 1000
const LOOK_MS = 20

/** Waits until there are none, a second at most. */
export async function leftTimers(clock: Clock, hasForeignTimers: () => boolean): Promise<void> {
  const end = clock.now() + LONGEST_MS
  while (hasForeignTimers() && clock.now() < end) await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve))
}
