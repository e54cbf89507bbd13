/**
 * What becomes of a batch that has failed: it is emitted again after a while, by the core's policy
 * (`topology.replay.*`). One that fails for ever stops the topology; or, where the user allows dead letters, the rows
 * that it fails for are sought (`hunt.ts`), and it is committed without them. What is merely away is waited for, at no
 * cost to the batch.
 *
 * Other rows under the same number are right only where the states take back what they have written. Where they do not,
 * a batch of which a commit has begun stays as it is, whatever became of that: a part of it may stand in a state
 * already.
 */
import { byField } from '../../../components/reliability/dead-letter.ts'
import { type Failures, noFailures, ReplayPolicy } from '../../../components/reliability/replay-policy.ts'
import {
  describeReason,
  type ErrorCode,
  type FailReason,
  type TaskContext,
  TyphoonError,
  type Where,
} from '../../../index.ts'
import { show } from '../../../values/show.ts'
import { times } from '../../../words/plural.ts'
import type { EmissionOf } from '../exchange/emission-record.ts'
import { type Cause, idOf, rowLetters, type SpoutOfLetters } from './batch-letters.ts'
import { type Extent, Hunt, type Parts, type RowPlace } from './hunt.ts'
import { isAway, type Outage } from './outage.ts'

/** A batch that has failed. */
export interface BatchFailure {
  readonly txid: number
  readonly attempt: number
  readonly reason: FailReason
  /** It failed while it was committed. */
  readonly committing: boolean
  /** This or an earlier attempt of it may have been committed in part. */
  readonly isTouched: boolean
  /** Nothing is before it any more. */
  readonly isNext: boolean
  /** Every task of the spouts has noted what it had emitted: else it is not known which rows there are. */
  readonly isWhole: boolean
}

/** What is to be done: wait this many ms, or until it is the next to be committed, and emit it again. */
export type RetryDecision = { readonly delayMs: number } | 'when it is next' | 'topology failed'

/** What a hunt has to do with. */
interface Hunted {
  readonly txid: number
  readonly hunt: Hunt
  /** The cause of the failure of each row that was found. */
  readonly causes: Map<string, Cause>
}

/** What the batches of a group are made of, as far as it matters when they fail. */
export interface FailingGroup {
  readonly spouts: readonly SpoutOfLetters[]
  /** A batch may be committed again with other rows. */
  readonly canTakeBack: boolean
}

export class BatchFailures {
  readonly #group: FailingGroup
  #hunted: Hunted | undefined
  readonly #context: TaskContext
  readonly #policy: ReplayPolicy
  readonly #failures = new Map<number, Failures>()
  readonly #outage: Outage

  constructor(context: TaskContext, outage: Outage, group: FailingGroup) {
    this.#group = group
    this.#context = context
    this.#outage = outage
    this.#policy = new ReplayPolicy(context.config)
  }

  /** Rows of a batch are sought; no other one is begun meanwhile. */
  get isHunting(): boolean {
    return this.#hunted !== undefined
  }

  /** Which rows the next attempt of a batch takes; null: all. */
  partsOf(txid: number): Parts | null {
    const hunted = this.#huntOf(txid)
    return hunted === undefined ? null : hunted.hunt.parts(this.#group.spouts.map(({ txId }) => txId))
  }

  /** An attempt takes a part only: when it has passed the batch is not over. */
  isPart(txid: number): boolean {
    return this.#huntOf(txid)?.hunt.takesAll === false
  }

  /** An attempt that takes a part has passed as far as it can without writing what cannot be taken back. */
  partPassed(txid: number, emissions: readonly EmissionOf[]): void {
    this.#huntOf(txid)?.hunt.passed(extentsOf(emissions))
  }

  /** @param emissions what was emitted into the batch */
  failed(failure: BatchFailure, emissions: readonly EmissionOf[]): RetryDecision {
    const { txid } = failure
    if (isAway(failure.reason)) return this.#wait(failure)
    const reason = blameless(failure.reason)
    const failures = this.#failures.get(txid) ?? noFailures()
    this.#failures.set(txid, failures)
    const hunted = this.#huntOf(txid)
    // What a hunt tries does not count as an attempt: those were used up before.
    const isOver = isHopeless(reason) || hunted !== undefined
    const delayMs = isOver ? undefined : this.#policy.failed(failures, reason, this.#context.random())
    if (hunted !== undefined && this.#mayHunt(failure, reason)) return this.#goOn(hunted, failure, failures, emissions)
    const description = describeReason(failure.reason)
    // That a worker was lost says nothing of the rows.
    if (hunted !== undefined && isLostByChance(reason))
      return { delayMs: this.#context.config['topology.replay.delay.ms'] }
    if (delayMs !== undefined) {
      this.#context.log('warn', `batch ${txid} failed, ${description}; again in ${Math.round(delayMs)} ms`)
      return { delayMs }
    }
    if (!failure.isNext && !isHopeless(reason)) {
      this.#context.log('warn', `batch ${txid} failed, ${description}; again when those before it are committed`)
      return 'when it is next'
    }
    if (this.#mayHunt(failure, reason)) {
      this.#context.log(
        'warn',
        `batch ${txid} fails for ever, ${description}; searching for the rows that it fails for`,
      )
      this.#hunted = { txid, hunt: new Hunt(suspectOf(failure, emissions)), causes: new Map() }
      return AT_ONCE
    }
    return this.#fail(failure, failures, emissions)
  }

  /**
   * The dead letters of a batch that is over: of what its spouts could not emit, and of the rows that it was committed
   * without.
   */
  lettersOf(txid: number, emissions: readonly EmissionOf[]): string[] {
    const letters = emissions.flatMap(({ letters = [] }) => letters)
    const hunted = this.#huntOf(txid)
    if (hunted === undefined) return letters
    const causeOf = (row: RowPlace): Cause => hunted.causes.get(keyOf(row))!
    return [...letters, ...rowLetters(this.#context, txid, emissions, this.#group.spouts, causeOf)]
  }

  /** The run is to end: no batch waits for long any more. */
  drain(): void {
    this.#policy.drain()
  }

  /** The batch is over. */
  forget(txid: number): void {
    this.#failures.delete(txid)
    if (this.#huntOf(txid) !== undefined) this.#hunted = undefined
  }

  #huntOf(txid: number): Hunted | undefined {
    return this.#hunted?.txid === txid ? this.#hunted : undefined
  }

  #mayHunt({ isNext, isWhole, isTouched, txid }: BatchFailure, reason: FailReason): boolean {
    if (!this.#context.config['topology.trident.dead.letters'] || !isNext) return false
    if (isHopeless(reason) || isLostByChance(reason) || (isTouched && !this.#group.canTakeBack)) return false
    return isWhole || this.#huntOf(txid) !== undefined
  }

  #goOn(hunted: Hunted, failure: BatchFailure, failures: Failures, emissions: readonly EmissionOf[]): RetryDecision {
    const { hunt, causes } = hunted
    const known = hunt.found.length
    if (!hunt.failed(extentsOf(emissions), suspectOf(failure, emissions)))
      return this.#fail(failure, failures, emissions)
    const { reason } = failure
    const lastError = (reason.kind === 'timeout' ? undefined : reason.error) ?? failures.lastError
    for (const row of hunt.found.slice(known)) causes.set(keyOf(row), { reason, lastError, attempts: failures.emitted })
    return AT_ONCE
  }

  #fail(failure: BatchFailure, { emitted }: Failures, emissions: readonly EmissionOf[]): RetryDecision {
    const mayLeaveOut = this.#context.config['topology.trident.dead.letters']
    const row = this.#describeRow(failure, emissions)
    this.#context.fail(lastFailure(failure, emitted, describeReason(failure.reason) + row, mayLeaveOut))
    return 'topology failed'
  }

  /** The row that a step has thrown at, if it is known: where it stands, and its values. */
  #describeRow({ txid, attempt }: BatchFailure, emissions: readonly EmissionOf[]): string {
    for (const { spout, suspect } of emissions) {
      if (suspect?.attempt !== attempt) continue
      const { fields } = this.#group.spouts.find(({ txId }) => txId === spout)!
      return `; the row is ${show(byField(suspect.values, fields))} of "${spout}", at ${show(idOf(txid, suspect))}`
    }
    return ''
  }

  /** The batch is not to blame. */
  #wait({ txid, reason }: BatchFailure): RetryDecision {
    const description = describeReason(reason)
    const delayMs = this.#outage.goesOn()
    const seconds = Math.round((this.#outage.lastsMs ?? 0) / 1000)
    if (delayMs === undefined) {
      this.#context.fail(
        new TyphoonError('BATCH_FAILED', `batch ${txid} has waited ${seconds} s for what is away: ${description}`, {
          where: { ...placeOf(reason), batch: txid },
          hint: 'bring it back, or raise topology.state.unavailable.limit.secs, and start the topology again, which goes on with this batch',
        }),
      )
      return 'topology failed'
    }
    const since = seconds === 0 ? '' : `, away for ${seconds} s`
    this.#context.log('warn', `batch ${txid} waits, ${description}${since}; again in ${Math.round(delayMs)} ms`)
    return { delayMs }
  }
}

const AT_ONCE: RetryDecision = { delayMs: 0 }

/** The extents, in an order that is the same for each attempt. */
function extentsOf(emissions: readonly EmissionOf[]): Extent[] {
  const extents = emissions.flatMap(({ spout, counts = {} }) =>
    Object.entries(counts).map(([partition, rows]) => ({ spout, partition, rows })),
  )
  return extents.sort((a, b) => (keyOf({ ...a, index: 0 }) < keyOf({ ...b, index: 0 }) ? -1 : 1))
}

/** The row that a step has thrown at in this attempt. */
function suspectOf({ attempt }: BatchFailure, emissions: readonly EmissionOf[]): RowPlace | undefined {
  for (const { spout, suspect } of emissions)
    if (suspect?.attempt === attempt) return { spout, partition: suspect.partition, index: suspect.index }
  return undefined
}

function keyOf({ spout, partition, index }: RowPlace): string {
  return JSON.stringify([spout, partition, index])
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

/** A worker was lost, and it is not known that the batch has ended it. */
function isLostByChance(reason: FailReason): boolean {
  return reason.kind === 'worker lost' && reason.poison !== true
}

/** That a task does not know a batch comes of a lost worker, and costs as little. */
function blameless(reason: FailReason): FailReason {
  return reason.kind === 'explicit' && reason.code === 'BATCH_UNKNOWN' ? { kind: 'worker lost' } : reason
}

function lastFailure(failure: BatchFailure, attempts: number, description: string, mayLeaveOut: boolean): TyphoonError {
  const { txid, reason, committing } = failure
  const what = isHopeless(reason)
    ? `batch ${txid} cannot be ${committing ? 'committed' : 'processed'}, and was not tried again`
    : `batch ${txid} failed ${times(attempts)}${committing ? ', the last time while it was committed' : ''}`
  const hint = hintOf(failure, mayLeaveOut)
  return new TyphoonError('BATCH_FAILED', `${what}: ${description}`, {
    where: { ...placeOf(reason), batch: txid },
    hint,
  })
}

function hintOf({ reason, isTouched }: BatchFailure, mayLeaveOut: boolean): string {
  if (isHopeless(reason))
    return 'what a state holds does not fit to where its spouts are, see the error before this one; nothing more was written'
  if (isTouched)
    return 'a part of it may stand in a state, so it cannot be left out: mend what refuses it, and start the topology again, which goes on with this batch'
  return mayLeaveOut
    ? 'no row was found that it fails for: mend its cause and start again, which goes on with this batch'
    : 'mend its cause and start again; or set topology.trident.dead.letters, and the rows that it fails for become dead letters'
}

function placeOf(reason: FailReason): Where {
  return reason.kind === 'explicit' ? { component: reason.component, task: reason.task } : {}
}
