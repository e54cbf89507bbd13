/**
 * Timers of a task, by key, in event time and by the clock. They are state: in `exactly-once` what an execution sets or
 * deletes takes effect with what it emits, or not at all, and they survive a restart.
 */

/** Which time a timer waits for: that of the tuples, as the watermark tells it, or that of the clock. */
export type TimeDomain = 'event' | 'processing'

/** A timer that fires; given to `onTimer`. */
export interface Timer<K = any> {
  /** What `context.timers` was asked for. */
  readonly name: string
  readonly key: K
  readonly time: number
  readonly domain: TimeDomain
}

/**
 * Event time is in whatever unit the timestamps have, as a rule milliseconds since 1970. A timer is there once for each
 * key and time, however often it is set. A time that has come already fires at once, when the execution is over. Keys
 * are the same where the wire makes the same of them.
 */
export interface Timers<K = any> {
  /**
   * The task's watermark: what comes with an earlier timestamp is late. -Infinity before the first, +Infinity when the
   * input has ended. Within `onTimer` it is the one that lets the timer fire.
   */
  readonly watermark: number
  /**
   * Fires once, in order of time, when the watermark reaches `time`; +Infinity waits for the end of the input.
   * @throws BAD_TIMER where the time is not a number
   */
  atEventTime(key: K, time: number): void
  /** The same when the clock reaches `time`, milliseconds since 1970 as `context.date()` has them. @throws BAD_TIMER */
  atProcessingTime(key: K, time: number): void
  /** Changes nothing where there is no such timer. */
  deleteEventTime(key: K, time: number): void
  deleteProcessingTime(key: K, time: number): void
}
