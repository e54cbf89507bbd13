/**
 * How much memory this process takes, as long as it can find out: the system tells it in a file, and there may be no
 * descriptor left to open that.
 */
import { formatProblem } from '../../errors/format.ts'
import { outOfDescriptors } from '../../net/descriptors.ts'

/** What cannot be read is said once in so long. */
const TELL_EVERY_MS = 10_000

let latest = 0
let toldAt = Number.NEGATIVE_INFINITY

/** Bytes; those of the last time where they cannot be read now. */
export function residentBytes(): number {
  try {
    latest = process.memoryUsage.rss()
  } catch {
    const now = performance.now()
    if (now - toldAt >= TELL_EVERY_MS) {
      toldAt = now
      console.error(formatProblem(outOfDescriptors('the memory of this worker cannot be read')))
    }
  }
  return latest
}
