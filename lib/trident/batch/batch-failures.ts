/**
 * What becomes of a batch that has failed: it is emitted again after a while, by the core's policy (`topology.replay.*`). One that fails for
 * ever stops the topology, or is left out as a dead letter where the user allows it.
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
} from '../../index.ts'
import type { Emission } from './metadata.ts'

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

  constructor(context: TaskContext, collector: SpoutOutputCollector) {
    this.#context = context
    this.#policy = new ReplayPolicy(context.config)
    this.#letters = new DeadLetterFile(context, (error) => collector.reportError(error))
  }

  /**
   * @param emissions what was emitted into the batch, for the dead letter
   * @param leftOut called when the dead letter is written
   */
  failed(failure: BatchFailure, emissions: readonly Emission[], leftOut: () => void): Verdict {
    const { txid } = failure
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

  /** Writes dead letters that wait. @throws DEAD_LETTER_FAILED */
  flush(): void {
    this.#letters.flush(this.#context.now())
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
  const where = reason.kind === 'explicit' ? { component: reason.component, task: reason.task } : {}
  return new TyphoonError('BATCH_FAILED', message, { where, hint })
}
