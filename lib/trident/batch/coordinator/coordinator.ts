/**
 * Begins the batches of a group, commits them in the order of their numbers, and begins those again that failed: the
 * only real spout of its batch group. Rules: apache/storm `MasterBatchCoordinator.java`,
 * `TridentSpoutCoordinator.java`.
 *
 * The promises: transaction n is committed only after n - 1; a failed one comes again with the same number and a higher
 * attempt, and with it all later ones in flight; where its worker dies, the next coordinator goes on where this one
 * was. It alone has the metadata of its group: it tells the spouts' tasks what they must know (`briefing.ts`), and
 * hears by notes what they have emitted, which it writes before a commit begins.
 */
import {
  type ConfigMap,
  type FailReason,
  Spout,
  type SpoutOutputCollector,
  type Streams,
  type TaskContext,
  TyphoonError,
} from '../../../index.ts'
import {
  BATCH_FIELDS,
  BATCH_STREAM,
  BRIEF,
  COMMIT_FIELDS,
  COMMIT_STREAM,
  SUCCESS_FIELDS,
  SUCCESS_STREAM,
} from '../../plan/streams.ts'
import type { SpoutNote } from '../exchange/spout-notes.ts'
import { BatchFailures } from '../failure/batch-failures.ts'
import type { SpoutOfLetters } from '../failure/batch-letters.ts'
import { LetterBox } from '../failure/letter-box.ts'
import { Outage, openPatiently } from '../failure/outage.ts'
import { Retries } from '../failure/retries.ts'
import type { Letter, Metadata } from '../metadata/metadata.ts'
import { openMetadata } from '../metadata/open-metadata.ts'
import { Durations } from './durations.ts'
import { Owed } from './owed.ts'
import { Pace } from './pace.ts'
import { Phase } from './phase.ts'
import { SpoutTasks, type ToldSpout } from './spout-tasks.ts'
import { Transactions } from './transactions.ts'

/** Checkpoint of a coordinator that has begun. */
const BEGUN = 'begun'

type Out = Streams<{ batch: any; brief: any; commit: any; success: any }>

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

export class Coordinator extends Spout<Out, Phase> {
  override readonly outputs = { batch: BATCH_FIELDS, brief: BRIEF, commit: COMMIT_FIELDS, success: SUCCESS_FIELDS }
  readonly #parts: CoordinatorParts
  #context!: TaskContext
  #collector!: SpoutOutputCollector<Out, Phase>
  #metadata!: Metadata
  #closeMetadata!: () => Promise<void>
  #transactions!: Transactions
  #tasks!: SpoutTasks
  #failures!: BatchFailures
  #retries!: Retries
  #letters!: LetterBox
  #outage!: Outage
  #pace!: Pace
  #owed!: Owed
  #maxPending = 1
  /** The date at the context's time 0. */
  #epochMs = 0
  /** The transactions that are not committed yet: when they began, and how many rows they turned out to have. */
  readonly #begun = new Map<number, { readonly startedAt: number; readonly at: number; rows: number }>()
  /**
   * The last transaction of which a commit may have begun, in this life or before: a part of it may stand in a state.
   */
  #touched: number | undefined
  readonly #durations = new Durations()

  constructor(parts: CoordinatorParts) {
    super()
    this.#parts = parts
  }

  override getComponentConfiguration(): ConfigMap {
    return { 'topology.max.spout.pending': null }
  }

  override checkFiles(codeDir: string): void {
    for (const { checkFiles } of this.#parts.spouts) checkFiles(codeDir)
  }

  override async open(context: TaskContext, collector: SpoutOutputCollector<Out, Phase>): Promise<void> {
    const { group, spouts, volatile } = this.#parts
    const { config } = context
    this.#context = context
    this.#collector = collector
    if (config['topology.acker.executors'] === 0) throw withoutAckers()
    const report = (error: unknown): void => collector.reportError(error)
    const { metadata, close } = await openPatiently(context, report, () => openMetadata(context, group, volatile))
    this.#metadata = metadata
    this.#closeMetadata = close
    const epoch = await openPatiently(context, report, () => {
      if (volatile) metadata.forgetUnlessOf(context.run)
      return metadata.beginEpoch()
    })
    this.#transactions = new Transactions(metadata.current, epoch)
    this.#tasks = new SpoutTasks(spouts, context, collector, metadata, epoch)
    const hasBegun = await this.#tasks.open()
    const { current } = metadata
    this.#touched = hasBegun ? current : undefined
    this.#maxPending = config['topology.trident.max.batches.pending']
    // How many were in flight in an earlier life of this run is not known: as many as may be.
    const inFlight = context.checkpointed === undefined ? Number(hasBegun) : this.#maxPending
    const hasUnlisted = spouts.some(({ listed }) => listed === undefined)
    this.#owed = new Owed(context, this.#transactions, current - 1 + inFlight, hasUnlisted)
    this.#outage = new Outage(context)
    this.#failures = new BatchFailures(context, this.#outage, this.#parts)
    this.#retries = new Retries(context)
    this.#letters = new LetterBox(context, collector, metadata)
    this.#pace = new Pace(
      config['topology.trident.batch.emit.interval.millis'],
      config['topology.trident.batch.max.millis'],
    )
    this.#epochMs = context.date() - context.now()
    context.checkpoint(BEGUN)
  }

  nextTuple(): void | Promise<void> {
    if (this.#owed.hasLeft || this.#leaves()) return
    if (!this.#letters.flush()) return
    if (!this.#mayBegin()) return
    const mayBegin = this.#tasks.lists.update()
    if (mayBegin === true) this.#begin()
    else if (mayBegin !== false) return mayBegin.then((may) => void (may && this.#mayBegin() && this.#begin()))
  }

  override noted(note: SpoutNote): void {
    this.#tasks.heard(note)
  }

  override ack(phase: Phase): void {
    const { txid, attempt } = phase
    const isPart = this.#failures.isPart(txid)
    if (!phase.committing) {
      if (!this.#transactions.processed(txid, attempt) || !this.#tasks.haveTold(txid)) return
      this.#processed(txid)
      if (isPart && !this.#parts.canTakeBack) this.#partPassed(phase)
    } else if (this.#transactions.is(txid, attempt, 'committing')) {
      if (isPart) this.#partPassed(phase)
      else this.#committed(phase)
    }
    this.#commitNext()
  }

  override fail({ txid, attempt, committing }: Phase, reason: FailReason): void {
    const isNext = txid === this.#transactions.current
    if (!this.#transactions.failed(txid, attempt)) return
    this.#tasks.failed()
    this.#owed.isExhausted = false
    this.#context.count('batches failed')
    this.#pace.failed()
    const isTouched = this.#touched === txid
    const emissions = this.#tasks.emissions(txid)
    const isWhole = this.#tasks.areAllIn(emissions) && emissions.some(({ rows }) => rows > 0)
    const failure = { txid, attempt, reason, committing, isNext, isTouched, isWhole }
    const verdict = this.#failures.failed(failure, emissions)
    this.#retries.failed(txid, typeof verdict === 'string' ? Number.POSITIVE_INFINITY : verdict.delayMs)
    this.#owed.count()
  }

  /** The run is to end: what was begun is committed, and spouts without partitions are asked for what they owe. */
  override drain(): void {
    this.#owed.drain()
    this.#failures.drain()
    this.#retries.drain()
  }

  override isExhausted(): boolean {
    if (this.#owed.hasLeft) return true
    return this.#owed.size === 0 && !this.#owed.mayFollow && this.#letters.size === 0
  }

  override async close(): Promise<void> {
    if (this.#durations.count > 0) this.#context.log('info', this.#durations.inWords())
    await this.#letters?.close() // there are none where `open` has failed
    await this.#tasks?.lists.close()
    await this.#closeMetadata?.()
  }

  #mayBegin(): boolean {
    const isTime = this.#failures.isHunting || this.#pace.isTime(this.#context.now())
    if (!isTime || !this.#tasks.lists.mayUpdate) return false
    const txid = this.#nextTxid()
    if (txid !== undefined) return this.#retries.mayBegin(txid) && this.#canTell(txid)
    if (this.#owed.mayFollow) this.#pace.late()
    return false
  }

  /** The spouts' tasks know where the batch begins, or can be briefed. */
  #canTell(txid: number): boolean {
    return this.#tasks.know(txid) || this.#transactions.areKnownBefore(txid)
  }

  /** The transaction that may begin now: one that is owed, or a new one. */
  #nextTxid(): number | undefined {
    const txid = this.#transactions.nextToBegin(this.#failures.isHunting ? 1 : this.#maxPending)
    return txid !== undefined && this.#owed.allows(txid) ? txid : undefined
  }

  #begin(): void {
    const txid = this.#nextTxid()
    if (txid === undefined || !this.#tasks.lists.isReady(txid)) return
    const since = this.#context.now()
    const startedAt = Math.floor(this.#epochMs + since)
    const brief = this.#tasks.tell(txid)
    const attempt = this.#transactions.begin(txid)
    this.#tasks.begin(txid, attempt)
    this.#retries.began(txid)
    this.#pace.began(since)
    this.#begun.set(txid, { startedAt, at: since, rows: 0 })
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
    this.#begun.get(txid)!.rows = rows
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

  /**
   * The run is to end, and what is owed could not be committed in the time that there is. Spouts without partitions
   * could not emit it again in the next run.
   * @param isStuck the end of the next batch cannot be written
   * @returns whether it is left
   */
  #leaves(isStuck = false): boolean {
    if (!this.#retries.isTimeUp || !this.#owed.mayBeLeft) return false
    const { current, size } = this.#transactions
    const cannotBegin = this.#retries.isLeft(current) || !this.#tasks.lists.mayUpdate
    const hasFailed = this.#owed.size > 0 && size === 0 && cannotBegin && !this.#failures.isHunting
    if (!hasFailed && !isStuck) return false
    this.#owed.leave()
    return true
  }

  get #seeksRows(): boolean {
    return this.#context.config['topology.trident.dead.letters']
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
    this.#touched = next.txid
    this.#collector.emit(
      [next.txid, next.attempt, this.#begun.get(next.txid)!.startedAt],
      new Phase(next.txid, next.attempt, true, this.#failures.partsOf(next.txid), this.#seeksRows),
      COMMIT_STREAM,
    )
  }

  #committed({ txid }: Phase): void {
    const now = this.#context.now()
    const { rows, at } = this.#begun.get(txid)!
    this.#context.count('batches committed')
    this.#context.count('rows committed', rows)
    if (rows > 0) this.#durations.add(now - at)
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
    this.#begun.delete(txid)
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
    else if (!this.#leaves(true)) this.#context.after(delayMs, again)
  }
}

function withoutAckers(): TyphoonError {
  return new TyphoonError(
    'BAD_CONFIG',
    'topology.acker.executors is 0, and Trident needs ackers: they say when a batch is complete',
  )
}
