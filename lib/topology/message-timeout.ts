/**
 * How the message timeout is counted. Spouts, ackers and workers look at their roots several times in each timeout, and count the looks,
 * not the clock: a process that stood still for a while has missed looks, and fails nothing for the time in which it could hear nothing.
 */
import type { ResolvedConfig } from './config.ts'

/** Looks in one timeout. More of them make a lost root fail sooner after its timeout, by a part of it. */
export const TURNS_PER_TIMEOUT = 4

/** Seconds from one look to the next. */
export function turnSecs(config: ResolvedConfig): number {
  return config['topology.message.timeout.secs'] / TURNS_PER_TIMEOUT
}
