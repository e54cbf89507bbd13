/** What a timer of Node.js can hold, 24.8 days: with more it would call back at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Time as a port: the real one comes from the worker's process, the simulated one from `testing`. */
export interface Clock {
  /** Milliseconds, monotonic, with fractions. */
  now(): number
  /** Milliseconds since 1970, as the calendar has it; left out where that is `now`, as in simulated time. */
  date?(): number
  /** Calls back once after at least `ms`; returns what cancels it. */
  after(ms: number, callback: () => void): () => void
  /** Calls back once, soon, after waiting input and output had their turn. */
  soon(callback: () => void): void
}
