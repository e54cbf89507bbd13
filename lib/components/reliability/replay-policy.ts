/**
 * What becomes of a root that has failed: a replay after a while, or a dead letter.
 *
 * Only what the tuple itself may be to blame for counts as an attempt: a timeout, or a bolt that failed it. A lost worker, or a
 * lost child process of another language, takes many down that are not to blame, and a root must not die of three restarts. It is bounded all
 * the same, since the tuple may be what kills the process: a root is emitted ten times the attempts at most.
 */
import type { ErrorCode, FailReason, TaskContext } from '../../index.ts'

/** A root is emitted so many times its attempts at most, lost processes included. */
const LOSSES_PER_ATTEMPT = 10
/** The child process that had the tuple is gone. */
const LOST_CHILD: readonly (ErrorCode | undefined)[] = [
  'CHILD_EXITED',
  'CHILD_HUNG',
  'CHILD_PROTOCOL',
  'CHILD_NOT_STARTED',
]

/** How a root has failed until now; made at its first failure, so that a root that is acked at once needs none. */
export interface Failures {
  /** How often it was emitted. */
  emitted: number
  /** How many of these count against the limit. */
  attempts: number
  /** Message of the last error that a bolt failed it with. */
  lastError: string | undefined
}

/** The record of a root that has just failed for the first time. */
export const noFailures = (): Failures => ({ emitted: 0, attempts: 0, lastError: undefined })

export class ReplayPolicy {
  readonly #maxAttempts: number
  readonly #delayMs: number
  readonly #maxDelayMs: number

  constructor(config: TaskContext['config']) {
    this.#maxAttempts = config['topology.replay.max.attempts']
    this.#delayMs = config['topology.replay.delay.ms']
    this.#maxDelayMs = config['topology.replay.max.delay.ms']
  }

  /** Notes a failure; the delay in ms before the next attempt, or `undefined` where there is none left. */
  failed(failures: Failures, reason: FailReason, random: number): number | undefined {
    failures.emitted++
    if (!isLoss(reason)) failures.attempts++
    if (reason.kind === 'explicit' && reason.error !== undefined) failures.lastError = reason.error
    if (failures.attempts >= this.#maxAttempts) return undefined
    if (failures.emitted >= this.#maxAttempts * LOSSES_PER_ATTEMPT) return undefined
    return backOff(failures.emitted, this.#delayMs, this.#maxDelayMs, random)
  }
}

function isLoss(reason: FailReason): boolean {
  return reason.kind === 'worker lost' || (reason.kind === 'explicit' && LOST_CHILD.includes(reason.code))
}

/**
 * Exponential back-off in ms: `delayMs` after the first failure, doubled for each further one up to `maxDelayMs`. Of that at least
 * a half and at most the whole, as `random` in [0, 1) says, so that what failed together does not come back together.
 */
export function backOff(failures: number, delayMs: number, maxDelayMs: number, random: number): number {
  const whole = Math.min(maxDelayMs, delayMs * 2 ** (failures - 1))
  return whole * (0.5 + random / 2)
}
