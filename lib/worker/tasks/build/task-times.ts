/** What the tasks of a worker know of time, as the worker calls it. */
import type { SpoutTime } from '../../../executor/time/spout-time.ts'
import type { TimedInbox } from '../../../executor/time/timed-inbox.ts'
import type { TaskId } from '../../../tuple/ids.ts'

/** What one task knows of time. */
export type TaskTime = SpoutTime | TimedInbox

/** By task; those are left out that know nothing of it. */
export type TaskTimes = ReadonlyMap<TaskId, TaskTime>

/** All links stand: from now on watermarks are made. @param every calls back again and again */
export function startTimes(times: TaskTimes, every: (ms: number, call: () => void) => void): void {
  sendAgain(times)
  for (const time of times.values()) if (time.intervalMs !== undefined) every(time.intervalMs, () => time.look())
}

/** Whoever is linked anew has not heard how far event time is. */
export function sendAgain(times: TaskTimes): void {
  for (const time of times.values()) time.again()
}
