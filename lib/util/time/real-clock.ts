/** The clock of a real process. A wait that is too long for one timer is made of several. */
import { type Clock, LONGEST_TIMER_MS } from './clock.ts'

const timers = new Set<NodeJS.Timeout>()

/** How many timers of this clock have neither called back nor been cancelled. */
export function runningTimers(): number {
  return timers.size
}

export const realClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(ms, callback) {
    if (!(ms > LONGEST_TIMER_MS)) {
      const timer = setTimeout(() => {
        timers.delete(timer)
        callback()
      }, ms)
      timers.add(timer)
      return () => {
        timers.delete(timer)
        clearTimeout(timer)
      }
    }
    let cancel = realClock.after(LONGEST_TIMER_MS, () => {
      cancel = realClock.after(ms - LONGEST_TIMER_MS, callback)
    })
    return () => cancel()
  },
  soon: (callback) => void setImmediate(callback),
}
