/**
 * What is away for a while: a disk or a sink that is full, a Redis that does not answer or has no room, a file of a
 * spout that is not there. It is waited for, longer and longer from try to try, up to
 * `topology.state.unavailable.limit.secs`; no batch is to blame for it, and none loses an attempt by it.
 */

import { type ErrorCode, type FailReason, messageOf, type TaskContext, TyphoonError } from '../../../index.ts'
import { backOff } from '../../../util/time/back-off.ts'

/** Codes of errors that go away by themselves, or by what somebody mends outside of the topology. */
const AWAY: ReadonlySet<ErrorCode | undefined> = new Set<ErrorCode>([
  'STATE_UNAVAILABLE',
  'DEAD_LETTER_FAILED',
  'PARTITION_GONE',
])

/** What the system says where a disk is full, descriptors have run out, or a server cannot be reached. */
const AWAY_OF_SYSTEM: ReadonlySet<unknown> = new Set([
  'ENOSPC',
  'EDQUOT',
  'EMFILE',
  'ENFILE',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
])
const DEEPEST_CAUSE = 8
/** What is back should not wait for long. */
const LONGEST_MS = 5000

/** Whether a batch has failed since something was away. */
export function isAway(reason: FailReason): boolean {
  return reason.kind === 'explicit' && AWAY.has(reason.code)
}

/** An error that the user's code was given by the system, as one of a state that is away; any other as it is. */
export function asUnavailable(error: unknown): unknown {
  if (error instanceof TyphoonError) return error
  let cause: unknown = error
  for (let depth = 0; depth < DEEPEST_CAUSE && cause instanceof Error; depth++, cause = cause.cause) {
    if (!AWAY_OF_SYSTEM.has((cause as { code?: unknown }).code)) continue
    return new TyphoonError('STATE_UNAVAILABLE', messageOf(error), { hint: 'the batch is tried again', cause: error })
  }
  return error
}

export class Outage {
  readonly #context: Pick<TaskContext, 'config' | 'now' | 'random'>
  readonly #limitMs: number
  #tries = 0
  #since: number | undefined
  #told = ''

  constructor(context: Pick<TaskContext, 'config' | 'now' | 'random'>) {
    this.#context = context
    this.#limitMs = context.config['topology.state.unavailable.limit.secs'] * 1000
  }

  /** How long it has lasted, ms; undefined where there is none. */
  get lastsMs(): number | undefined {
    return this.#since === undefined ? undefined : this.#context.now() - this.#since
  }

  /**
   * It is still away, or now.
   * @returns how long to wait until the next try, ms; undefined where it was waited for as long as may be
   */
  goesOn(): number | undefined {
    const { config } = this.#context
    const now = this.#context.now()
    this.#since ??= now
    if (now - this.#since >= this.#limitMs) return undefined
    const longestMs = Math.min(LONGEST_MS, config['topology.replay.max.delay.ms'])
    return backOff(++this.#tries, config['topology.replay.delay.ms'], longestMs, this.#context.random())
  }

  /**
   * What an error says that may be of something which is away. It is reported once, however often it comes.
   * @returns as `goesOn`; undefined for any other error, too
   */
  goesOnWith(error: unknown, report: (error: unknown) => void): number | undefined {
    const isPassing = error instanceof TyphoonError && error.code === 'STATE_UNAVAILABLE'
    const delayMs = isPassing ? this.goesOn() : undefined
    if (delayMs === undefined) return undefined
    const message = messageOf(error)
    if (this.#told !== message) report(error)
    this.#told = message
    return delayMs
  }

  over(): void {
    this.#told = ''
    this.#tries = 0
    this.#since = undefined
  }
}

/**
 * Opens something in a task that has worked before: what is away now is waited for. At the start of a run it is an
 * error at once, for that is a mistake more often.
 * @throws what `open` throws
 */
export async function openPatiently<T>(
  context: TaskContext,
  report: (error: unknown) => void,
  open: () => T | Promise<T>,
): Promise<T> {
  return context.checkpointed === undefined ? open() : patiently(context, report, open)
}

/**
 * Calls until it is not away any more.
 * @throws what `call` throws otherwise, or when it was waited for as long as may be
 */
export async function patiently<T>(
  context: TaskContext,
  report: (error: unknown) => void,
  call: () => T | Promise<T>,
): Promise<T> {
  const outage = new Outage(context)
  for (;;) {
    try {
      return await call()
    } catch (error) {
      const delayMs = outage.goesOnWith(error, report)
      if (delayMs === undefined) throw error
      await new Promise<void>((resolve) => void context.after(delayMs, resolve))
    }
  }
}
