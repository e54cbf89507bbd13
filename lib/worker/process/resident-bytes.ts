/**
 * How much memory this process takes, as long as it can find out: the system tells it in a file, and there may be no
 * descriptor left to open that.
 */
import { formatProblem } from '../../errors/format.ts'
import { ofOneKind, type Problem } from '../../errors/typhoon-error.ts'
import { outOfDescriptors } from '../../identity/descriptors.ts'
import { Throttle } from '../../util/time/throttle.ts'

/** What cannot be read is reported once in this time. */
const throttle = new Throttle<Problem>({ most: 1, intervalMs: 10_000, mostKinds: 1 })

let latest = 0

/** Bytes; those of the last time where they cannot be read now. */
export function residentBytes(): number {
  try {
    latest = process.memoryUsage.rss()
  } catch {
    const problem = outOfDescriptors('the memory of this worker cannot be read')
    const told = throttle.add(problem.code, problem, performance.now())
    if (told !== undefined) console.error(formatProblem(ofOneKind(told.latest, told.times)))
  }
  return latest
}
