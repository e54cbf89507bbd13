/**
 * Where event time comes from: the timestamps of a component's tuples, and the watermarks that are made of them.
 *
 * A spout's are those of the tuples that it emits, a bolt's those of the tuples that come to it. A watermark is the
 * newest timestamp less the lag, of that partition which is furthest behind. It says: what comes with an earlier
 * timestamp from now on is late.
 */
import type { Tuple } from '../../tuple/tuple.ts'

/** What can be said of timestamps that is plain data; the defaults stand in `TIMESTAMP_DEFAULTS`. */
export interface TimestampSettings {
  /** The field that holds the timestamp: a number or a date. Streams that do not have it have no time. */
  readonly field?: string
  /**
   * The field that says which partition a tuple is of, where partitions may be at different times. Left out: all that a
   * spout's task emits is one partition, and so is each stream that a bolt subscribes to.
   */
  readonly partition?: string
  /** By how much a tuple may be older than the newest one and not be late, in the unit of the timestamps. */
  readonly lagMs?: number
  /** How often a watermark is sent, milliseconds. */
  readonly intervalMs?: number
  /** A partition of which nothing has come for so long holds no watermark back, milliseconds; null: it does, always. */
  readonly idleMs?: number | null
}

/** Timestamps and watermarks of a component. Either `field` or `extractor` is there. */
export interface Timestamps extends TimestampSettings {
  /**
   * Makes the timestamp of a tuple, where no field holds it. Undefined for a tuple that has no time; it throws, or
   * returns something else than a number, for one that should have one: such a tuple fails.
   */
  readonly extractor?: (tuple: Tuple) => number | undefined
}

/** What holds where nothing else is said: nothing is out of order, five watermarks a second, nothing becomes idle. */
export const TIMESTAMP_DEFAULTS = { lagMs: 0, intervalMs: 200, idleMs: null } as const
