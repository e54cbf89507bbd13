/**
 * What becomes of a batch that has failed: it is emitted again after a while, by the core's policy (`topology.replay.*`). One that fails for
 * ever stops the topology, or is left out as a dead letter where the user allows it. What is merely away is waited for, at no cost to the batch.
 *
 * A batch of which a commit has begun is never left out, whatever became of that: a part of it may stand in a state already, so what is right is
 * one and the same batch, sometime.
 */
import { type DeadLetter, toLine } from '../../components/reliability/dead-letter.ts'
import { DeadLetterFile } from '../../components/reliability/dead-letter-file.ts'
import { type Failures, noFailures, ReplayPolicy } from '../../components/reliability/replay-policy.ts'
import {
  describeReason,
  type ErrorCode,
  type FailReason,
  type SpoutOutputCollector,
  type TaskContext,
  TyphoonError,
  type Where,
} from '../../index.ts'
import type { Emission } from './metadata.ts'
import { isAway, type Outage } from './outage.ts'

/** A batch that has failed. */
export interface BatchFailure {
  readonly txid: number
  readonly reason: FailReason
  /** It failed while it was committed. */
  readonly committing: boolean
  /** This or an earlier attempt of it may have been committed in part. */
  readonly isTouched: boolean
  /** Nothing is before it any more. */
  readonly isNext: boolean
  /** Every task of the spouts has noted what it had emitted: else a batch that is left out would take rows along that are still to come. */
  readonly isWhole: boolean
}

/** What is to be done: wait so many ms and emit it again, or nothing until the dead letter is written. */
export type Verdict = { readonly delayMs: number } | 'left out' | 'topology failed'

export class BatchFailures {
  readonly #context: TaskContext
  readonly #policy: ReplayPolicy
  readonly #letters: DeadLetterFile
  readonly #failures = new Map<number, Failures>()
  readonly #outage: Outage

  constructor(context: TaskContext, collector: SpoutOutputCollector, outage: Outage) {
    this.#context = context
    this.#outage = outage
    this.#policy = new ReplayPolicy(context.config)
    this.#letters = new DeadLetterFile(context, (error) => collector.reportError(error))
  }

  /**
   * @param emissions what was emitted into the batch, for the dead letter
   * @param leftOut called when the dead letter is written
   */
  failed(failure: BatchFailure, emissions: readonly Emission[], leftOut: () => void): Verdict {
    const { txid } = failure
    if (isAway(failure.reason)) return this.#wait(failure)
    const reason = blameless(failure.reason)
    const failures = this.#failures.get(txid) ?? noFailures()
    this.#failures.set(txid, failures)
    const delayMs = isHopeless(reason) ? undefined : this.#policy.failed(failures, reason, this.#context.random())
    const description = describeReason(failure.reason)
    if (delayMs !== undefined || (!failure.isNext && !isHopeless(reason))) {
      const wait = delayMs ?? this.#context.config['topology.replay.max.delay.ms']
      this.#context.log('warn', `batch ${txid} failed, ${description}; again in ${Math.round(wait)} ms`)
      return { delayMs: wait }
    }
    const mayLeaveOut = failure.isNext && failure.isWhole && !failure.isTouched && !isHopeless(reason)
    if (this.#context.config['topology.trident.dead.letters'] && mayLeaveOut) {
      this.#letters.add(toLine(this.#letterOf(failure, failures, emissions)), leftOut)
      return 'left out'
    }
    this.#context.fail(lastFailure(failure, failures.emitted, description))
    return 'topology failed'
  }

  /** The batch is over. */
  forget(txid: number): void {
    this.#failures.delete(txid)
  }

  /** Dead letters that do not stand in the file yet. */
  get letters(): number {
    return this.#letters.size
  }

  /** Writes dead letters that wait. @throws DEAD_LETTER_FAILED */
  flush(): void {
    this.#letters.flush(this.#context.now())
  }

  /** The batch is not to blame. */
  #wait({ txid, reason }: BatchFailure): Verdict {
    const description = describeReason(reason)
    const delayMs = this.#outage.goesOn()
    const seconds = Math.round((this.#outage.lastsMs ?? 0) / 1000)
    if (delayMs === undefined) {
      this.#context.fail(
        new TyphoonError('BATCH_FAILED', `batch ${txid} has waited ${seconds} s for what is away: ${description}`, {
          where: placeOf(reason),
          hint: 'bring it back, or raise topology.state.unavailable.limit.secs, and start the topology again, which goes on with this batch',
        }),
      )
      return 'topology failed'
    }
    const since = seconds === 0 ? '' : `, away for ${seconds} s`
    this.#context.log('warn', `batch ${txid} waits, ${description}${since}; again in ${Math.round(delayMs)} ms`)
    return { delayMs }
  }

  #letterOf({ txid, reason }: BatchFailure, failures: Failures, emissions: readonly Emission[]): DeadLetter {
    const { topology, component, task } = this.#context
    return {
      topology,
      component,
      task,
      stream: 'batch',
      messageId: txid,
      values: { txid, emitted: emissions.map(({ rows, partitions }) => ({ rows, partitions })) },
      reason,
      description: describeReason(reason),
      lastError: failures.lastError ?? null,
      attempts: failures.emitted,
      time: new Date().toISOString(),
    }
  }
}

/** What stands in a state does not fit, and will not at the next attempt either. */
const HOPELESS: readonly (ErrorCode | undefined)[] = [
  'STATE_LOST',
  'STATE_CORRUPT',
  'STATE_FOREIGN',
  'STATE_FORMAT',
  'TXID_BEHIND',
]

function isHopeless(reason: FailReason): boolean {
  return reason.kind === 'explicit' && HOPELESS.includes(reason.code)
}

/** That a task does not know a batch comes of a lost worker, and costs as little. */
function blameless(reason: FailReason): FailReason {
  return reason.kind === 'explicit' && reason.code === 'BATCH_UNKNOWN' ? { kind: 'worker lost' } : reason
}

function lastFailure(
  { txid, reason, committing, isTouched }: BatchFailure,
  attempts: number,
  description: string,
): TyphoonError {
  const message = `batch ${txid} failed ${attempts} times${committing ? ', the last time while it was committed' : ''}: ${description}`
  const hint = isHopeless(reason)
    ? 'what a state holds does not fit to where its spouts are, see the error before this one; nothing more was written'
    : isTouched
      ? 'a part of it may stand in a state, so it cannot be left out: mend what refuses it, and start the topology again, which goes on with this batch'
      : 'mend its cause and start again; or set topology.trident.dead.letters, and it is left out and becomes a dead letter'
  return new TyphoonError('BATCH_FAILED', message, { where: placeOf(reason), hint })
}

function placeOf(reason: FailReason): Where {
  return reason.kind === 'explicit' ? { component: reason.component, task: reason.task } : {}
}
