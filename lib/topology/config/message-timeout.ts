/**
 * How the message timeout is counted. Spouts, ackers and workers look at their roots several times in each timeout, and
 * count the looks, not the clock: a process that stood still for a while has missed looks, and fails nothing for the
 * time in which it could hear nothing.
 */
import type { ResolvedConfig } from './config.ts'

/** Looks in one timeout. More of them make a lost root fail sooner after its timeout, by a part of it. */
export const TURNS_PER_TIMEOUT = 4

/** Seconds from one look to the next. */
export function turnSecs(config: ResolvedConfig): number {
  return config['topology.message.timeout.secs'] / TURNS_PER_TIMEOUT
}

const LOOKS_AT_WORKERS = 4
const MIN_LOOK_MS = 50

/**
 * Milliseconds from one look of the nimbus at its workers to the next, who speak twice as often: so short that a silent
 * one is known before anything times out for it, and as long as that allows, for an idle topology is to sleep.
 */
export function lookMs(config: ResolvedConfig): number {
  const secs = Math.min(config['topology.worker.timeout.secs'], config['topology.message.timeout.secs'])
  return Math.max(MIN_LOOK_MS, (secs * 1000) / LOOKS_AT_WORKERS)
}

const MAX_PULSE_MS = 1000

/** Looks of the nimbus without a word of a worker after which that is silent; as much of silence, and a link is. */
export const SILENT_LOOKS = 2

/** Milliseconds from one look of a worker at its links to the next. On those that are idle it speaks as it looks. */
export function pulseMs(config: ResolvedConfig): number {
  return Math.min(MAX_PULSE_MS, lookMs(config) / 2)
}

const MIN_STALL_LIMIT_SECS = 5

/**
 * Milliseconds for which an event loop may be blocked: longer than a tuple may take, so that a bolt that is merely slow
 * is not ended for it.
 */
export function stallLimitMs(config: ResolvedConfig): number {
  const byTimeout = Math.max(MIN_STALL_LIMIT_SECS, 2 * config['topology.message.timeout.secs'])
  return 1000 * (config['topology.worker.stall.limit.secs'] ?? byTimeout)
}

/**
 * Seconds after which a link that carries nothing counts as broken: a worker may be blocked for as long as it is let,
 * and says nothing then.
 */
export function linkTimeoutSecs(config: ResolvedConfig): number {
  return Math.max(config['topology.worker.timeout.secs'], stallLimitMs(config) / 1000)
}
