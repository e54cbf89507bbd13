/**
 * Where event time comes from: the timestamps of a component's tuples, and the watermarks that are made of them.
 *
 * A spout's are those of the tuples that it emits, a bolt's those of the tuples that come to it. A watermark is the
 * newest timestamp less the lag, of that partition which is furthest behind. It says: what comes with an earlier
 * timestamp from now on is late.
 */
import type { Tuple } from '../../tuple/tuple.ts'
import type { TimestampSettings } from '../topology.ts'

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
