/** Tells the ackers that what waits in a worker still lives. */
import type { Executors } from './build/build-executors.ts'

/** What waits here for its turn, or for its output to be written, is not lost. */
export function renewWaiting({ acks, bolts }: Executors): void {
  acks.renewHeld()
  for (const bolt of bolts) bolt.renewWaiting()
}
