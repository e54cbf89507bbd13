/**
 * What becomes of a root that has failed: a replay after a while, or a dead letter.
 *
 * What the tuple itself may be to blame for costs an attempt: a timeout, or a bolt that failed it. A lost worker costs
 * nothing: which tuple kills workers, if one does, is found out by the nimbus, and that one has no attempt left; nor
 * has one that its bolt gives up by a `PermanentError`. A lost child process of another language takes many tuples
 * down, of which one may be to blame, and costs a third: as children work in order, about a half of the others come
 * through each time.
 */

import type { ErrorCode, FailReason, TaskContext } from '../../index.ts'
import { backOff } from '../../util/time/back-off.ts'

/** What a failure costs, and how much an attempt is. */
const ATTEMPT = 30
const LOST_CHILD_COSTS = ATTEMPT / 3
/** The longest delay while the run ends. */
const LONGEST_WHILE_DRAINING_MS = 1000
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
  /** What this has cost, thirtieths of an attempt. */
  cost: number
  /** Message of the last error that a bolt failed it with, or of what ended its worker each time. */
  lastError: string | undefined
}

/** The record of a root that has just failed for the first time. */
export const noFailures = (): Failures => ({ emitted: 0, cost: 0, lastError: undefined })

export class ReplayPolicy {
  readonly #maxAttempts: number
  readonly #delayMs: number
  #maxDelayMs: number

  constructor(config: TaskContext['config']) {
    this.#maxAttempts = config['topology.replay.max.attempts']
    this.#delayMs = config['topology.replay.delay.ms']
    this.#maxDelayMs = config['topology.replay.max.delay.ms']
  }

  /** The run is to end: nothing waits for long any more. */
  drain(): void {
    this.#maxDelayMs = Math.min(this.#maxDelayMs, LONGEST_WHILE_DRAINING_MS)
  }

  /** Notes a failure; the delay in ms before the next attempt, or `undefined` where there is none left. */
  failed(failures: Failures, reason: FailReason, random: number): number | undefined {
    failures.emitted++
    failures.cost += costOf(reason)
    if (reason.kind !== 'timeout' && reason.error !== undefined) failures.lastError = reason.error
    if (isHopeless(reason) || failures.cost >= this.#maxAttempts * ATTEMPT) return undefined
    return backOff(failures.emitted, this.#delayMs, this.#maxDelayMs, random)
  }
}

function costOf(reason: FailReason): number {
  if (reason.kind === 'worker lost') return 0
  return reason.kind === 'explicit' && LOST_CHILD.includes(reason.code) ? LOST_CHILD_COSTS : ATTEMPT
}

/** Another attempt would end in the same way. */
function isHopeless(reason: FailReason): boolean {
  if (reason.kind === 'explicit') return reason.permanent === true
  return reason.kind === 'worker lost' && reason.poison === true
}
