/**
 * Rates, capacity and latencies: what counts say of the time between two moments. Pure, counts in, numbers out.
 *
 * Capacity is Storm's (apache/storm `storm-server/.../stats/StatsUtil.java`), with what was measured in the
 * place of executed tuples times their latency: the share of the time that a task was at work. All tasks of a worker
 * share its one thread, so that the capacities of one worker add up to 1 at most.
 */
import { Histogram, type HistogramData } from './histogram.ts'

/** What a bolt has executed until a moment, and how long that took. */
export interface Executions {
  readonly executed: number
  /** Time in `execute`, and from its return until its promise settles, milliseconds. */
  readonly busyMs: number
  readonly waitingMs: number
}

/** How much a count grew, per second; 0 where no time has passed, and where it has begun anew. */
export function perSecond(before: number, now: number, elapsedMs: number): number {
  return elapsedMs > 0 ? (Math.max(0, now - before) * 1000) / elapsedMs : 0
}

/**
 * The share of the time that one task was at work, 0 to 1. A worker that was started again counts from 0; reports that
 * come a little late or early do not make it more than all the time.
 */
export function busyShare(busyMsBefore: number, busyMsNow: number, elapsedMs: number): number {
  const busyMs = busyMsNow >= busyMsBefore ? busyMsNow - busyMsBefore : busyMsNow
  return elapsedMs > 0 ? Math.min(1, busyMs / elapsedMs) : 0
}

/** Mean time of a tuple in `execute` of a bolt and in its promise; undefined where none was executed. */
export function executeLatencyMs(before: Executions, now: Executions): number | undefined {
  const executed = now.executed - before.executed
  return executed > 0 ? (now.busyMs - before.busyMs + now.waitingMs - before.waitingMs) / executed : undefined
}

/** Median time of a root of a spout from its emit to its ack; undefined where none was acked. */
export function completeLatencyMs(before: HistogramData, now: HistogramData): number | undefined {
  const between = new Histogram()
  between.add(now)
  between.add(before.map((value, index) => (index % 2 === 0 ? value : -value)))
  return between.total > 0 ? between.percentile(0.5) / 1000 : undefined
}
