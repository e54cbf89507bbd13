/** The clock of a real process. */
import type { Clock } from './clock.ts'

export const realClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
  soon: (callback) => void setImmediate(callback),
}
