/**
 * A coordinator that is open: its metadata are there, and it is known where an earlier life has ended. What it promises
 * stands in `coordinator.ts`.
 *
 * The way of a batch: begun → all tasks have taken their part (processed) → it is the next one: what was taken is
 * written, and its commit begins → committed everywhere: that is written → over.
 */
import type { FailReason, SpoutOutputCollector, Streams, TaskContext } from '../../../index.ts'
import { BATCH_STREAM, COMMIT_STREAM, SUCCESS_STREAM } from '../../plan/batch-streams.ts'
import type { SpoutNote } from '../exchange/spout-notes.ts'
import { BatchFailures } from '../failure/batch-failures.ts'
import type { SpoutOfLetters } from '../failure/batch-letters.ts'
import { LetterBox } from '../failure/letter-box.ts'
import { Outage } from '../failure/outage.ts'
import { Retries } from '../failure/retries.ts'
import type { Letter, Metadata } from '../metadata/metadata.ts'
import { BegunBatches } from './begun-batches.ts'
import { NextBatch } from './next-batch.ts'
import { Owed } from './owed.ts'
import { Pace } from './pace.ts'
import { Phase } from './phase.ts'
import type { SpoutTasks, ToldSpout } from './spout-tasks.ts'
import type { Transactions } from './transactions.ts'

/** What it emits. */
export type CoordinatorStreams = Streams<{ batch: any; brief: any; commit: any; success: any }>

/** A spout of the group, as far as the coordinator has to do with it. */
export interface CoordinatedSpout extends SpoutOfLetters, ToldSpout {
  /** See `ComponentBase.checkFiles`. */
  readonly checkFiles: (codeDir: string) => void
}

/** What a coordinator is made with. */
export interface CoordinatorParts {
  /** Name of the batch group. */
  readonly group: string
  readonly spouts: readonly CoordinatedSpout[]
  /** Nothing of the group survives the end of a run, so each run begins anew. */
  readonly volatile: boolean
  /** The states of the group take back what an attempt has written. */
  readonly canTakeBack: boolean
}

/** What was opened for it. */
export interface Opened {
  readonly context: TaskContext
  readonly collector: SpoutOutputCollector<CoordinatorStreams, Phase>
  readonly metadata: Metadata
  readonly transactions: Transactions
  readonly tasks: SpoutTasks
  /** A commit of the next batch may have begun in an earlier life. */
  readonly hasBegun: boolean
}

export class OpenCoordinator {
  readonly #parts: CoordinatorParts
  readonly #context: TaskContext
  readonly #collector: SpoutOutputCollector<CoordinatorStreams, Phase>
  readonly #metadata: Metadata
  readonly #transactions: Transactions
  readonly #tasks: SpoutTasks
  readonly #owed: Owed
  readonly #outage: Outage
  readonly #failures: BatchFailures
  readonly #retries: Retries
  readonly #letters: LetterBox
  readonly #pace: Pace
  readonly #begun: BegunBatches
  readonly #next: NextBatch
  readonly #seeksRows: boolean
  /**
   * The last transaction of which a commit may have begun, in this life or before: a part of it may stand in a state.
   */
  #touched: number | undefined

  constructor(parts: CoordinatorParts, { context, collector, metadata, transactions, tasks, hasBegun }: Opened) {
    const { config } = context
    this.#parts = parts
    this.#context = context
    this.#collector = collector
    this.#metadata = metadata
    this.#transactions = transactions
    this.#tasks = tasks
    this.#touched = hasBegun ? metadata.current : undefined
    const maxPending = config['topology.trident.max.batches.pending']
    // How many were in flight in an earlier life of this run is not known: as many as may be.
    const inFlight = context.checkpointed === undefined ? Number(hasBegun) : maxPending
    const hasUnlisted = parts.spouts.some(({ listed }) => listed === undefined)
    this.#owed = new Owed(context, transactions, metadata.current - 1 + inFlight, hasUnlisted)
    this.#outage = new Outage(context)
    this.#failures = new BatchFailures(context, this.#outage, parts)
    this.#retries = new Retries(context)
    this.#letters = new LetterBox(context, collector, metadata)
    this.#pace = new Pace(
      config['topology.trident.batch.emit.interval.millis'],
      config['topology.trident.batch.max.millis'],
    )
    this.#begun = new BegunBatches(context)
    this.#seeksRows = config['topology.trident.dead.letters']
    this.#next = new NextBatch({
      context,
      transactions,
      tasks,
      failures: this.#failures,
      retries: this.#retries,
      owed: this.#owed,
      pace: this.#pace,
      maxPending,
    })
  }

  nextTuple(): void | Promise<void> {
    if (this.#owed.hasLeft || this.#next.leaves()) return
    if (!this.#letters.flush()) return
    if (!this.#next.mayBegin()) return
    const mayBegin = this.#tasks.lists.update()
    if (mayBegin === true) this.#begin()
    else if (mayBegin !== false) return mayBegin.then((may) => void (may && this.#next.mayBegin() && this.#begin()))
  }

  noted(note: SpoutNote): void {
    this.#tasks.heard(note)
  }

  ack(phase: Phase): void {
    const { txid, attempt } = phase
    const isPart = this.#failures.isPart(txid)
    if (!phase.committing) {
      if (!this.#transactions.processed(txid, attempt) || !this.#tasks.haveTold(txid)) return
      this.#processed(txid)
      if (isPart && !this.#parts.canTakeBack) this.#partPassed(phase)
    } else if (this.#transactions.is(txid, attempt, 'committing')) {
      if (isPart) this.#partPassed(phase)
      else this.#committed(txid)
    }
    this.#commitNext()
  }

  fail({ txid, attempt, committing }: Phase, reason: FailReason): void {
    const isNext = txid === this.#transactions.current
    if (!this.#transactions.failed(txid, attempt)) return
    this.#tasks.failed()
    this.#owed.isExhausted = false
    this.#begun.failed()
    this.#pace.failed()
    const isTouched = this.#touched === txid
    const emissions = this.#tasks.emissions(txid)
    const isWhole = this.#tasks.areAllIn(emissions) && emissions.some(({ rows }) => rows > 0)
    const failure = { txid, attempt, reason, committing, isNext, isTouched, isWhole }
    const decision = this.#failures.failed(failure, emissions)
    this.#retries.failed(txid, typeof decision === 'string' ? Number.POSITIVE_INFINITY : decision.delayMs)
    this.#owed.count()
  }

  drain(): void {
    this.#owed.drain()
    this.#failures.drain()
    this.#retries.drain()
  }

  get isExhausted(): boolean {
    if (this.#owed.hasLeft) return true
    return this.#owed.size === 0 && !this.#owed.mayFollow && this.#letters.size === 0
  }

  async close(): Promise<void> {
    this.#begun.close()
    await this.#letters.close()
  }

  #begin(): void {
    const { txid } = this.#next
    if (txid === undefined || !this.#tasks.lists.isReady(txid)) return
    const brief = this.#tasks.tell(txid)
    const attempt = this.#transactions.begin(txid)
    this.#tasks.begin(txid, attempt)
    this.#retries.began(txid)
    this.#pace.began(this.#context.now())
    const startedAt = this.#begun.began(txid)
    this.#owed.began(txid)
    const parts = this.#failures.partsOf(txid)
    const phase = new Phase(txid, attempt, false, parts, this.#seeksRows)
    const { budgetMs } = this.#pace
    const takesNew = this.#owed.takesNew(txid)
    const values = [txid, attempt, startedAt, budgetMs, brief, takesNew, parts] as const
    this.#collector.emit(values, phase, BATCH_STREAM)
  }

  /** All tasks have taken their part of it, and reported what that was. */
  #processed(txid: number): void {
    const emissions = this.#tasks.emissions(txid)
    const rows = emissions.reduce((sum, emission) => sum + emission.rows, 0)
    this.#begun.brought(txid, rows)
    this.#pace.brought(rows)
    if (this.#tasks.areAllIn(emissions) && emissions.every(({ exhausted }) => exhausted)) this.#owed.isExhausted = true
  }

  /** A part of a batch whose rows are sought: the transaction is begun again, with other rows. */
  #partPassed({ txid, attempt }: Phase): void {
    this.#failures.partPassed(txid, this.#tasks.emissions(txid))
    this.#transactions.failed(txid, attempt)
    this.#tasks.failed()
    this.#owed.isExhausted = false
    this.#owed.count()
  }

  /** What the next transaction has taken is written before its commit begins. */
  #commitNext(): void {
    if (this.#owed.hasLeft || !this.#transactions.mayCommit) return
    const { current } = this.#transactions
    try {
      this.#metadata.record(current, this.#tasks.emissions(current))
    } catch (error) {
      this.#retryWrite(error, () => this.#commitNext())
      return
    }
    this.#beginCommit()
  }

  #beginCommit(): void {
    const next = this.#transactions.commitNext()
    if (next === undefined) return
    const { txid, attempt } = next
    this.#touched = txid
    const phase = new Phase(txid, attempt, true, this.#failures.partsOf(txid), this.#seeksRows)
    this.#collector.emit([txid, attempt, this.#begun.startedAt(txid)], phase, COMMIT_STREAM)
  }

  #committed(txid: number): void {
    this.#begun.committed(txid)
    this.#over()
  }

  /**
   * The next transaction is committed everywhere. Where the one behind it is processed already, what that has taken is
   * written with the same write, so that a commit waits for the disk once.
   */
  #over(): void {
    const txid = this.#transactions.current
    const followsAtOnce = !this.#owed.hasLeft && this.#transactions.isProcessed(txid + 1)
    const lines = this.#failures.lettersOf(txid, this.#tasks.emissions(txid))
    let letters: readonly Letter[] = []
    try {
      this.#metadata.together(() => {
        letters = this.#metadata.succeed(txid, lines)
        if (followsAtOnce) this.#metadata.record(txid + 1, this.#tasks.emissions(txid + 1))
      })
    } catch (error) {
      this.#retryWrite(error, () => this.#over())
      return
    }
    this.#letters.add(letters)
    this.#outage.over()
    this.#begun.over(txid)
    this.#tasks.over(txid)
    this.#failures.forget(txid)
    this.#retries.over(txid)
    this.#transactions.committed()
    this.#collector.emit([txid], undefined, SUCCESS_STREAM)
    if (followsAtOnce) this.#beginCommit()
    else this.#commitNext()
  }

  /**
   * That a transaction is committed must be written before the next one is. A full disk, most likely: it is waited for.
   */
  #retryWrite(error: unknown, again: () => void): void {
    const delayMs = this.#outage.goesOnWith(error, (told) => this.#collector.reportError(told))
    if (delayMs === undefined) this.#context.fail(error)
    else if (!this.#next.leaves(true)) this.#context.after(delayMs, again)
  }
}
