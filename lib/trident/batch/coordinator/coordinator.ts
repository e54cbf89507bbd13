/**
 * Begins the batches of a group, commits them in the order of their numbers, and begins those again that failed: the
 * only real spout of its batch group. Rules: apache/storm `MasterBatchCoordinator.java`,
 * `TridentSpoutCoordinator.java`.
 *
 * The promises: transaction n is committed only after n - 1; a failed one comes again with the same number and a higher
 * attempt, and with it all later ones in flight; where its worker dies, the next coordinator goes on where this one
 * was.
 */
import {
  type ConfigMap,
  type FailReason,
  LEFT_COUNTER,
  messageOf,
  Spout,
  type SpoutOutputCollector,
  type Streams,
  type TaskContext,
  TyphoonError,
  WAITING_COUNTER,
} from '../../../index.ts'
import {
  BATCH_FIELDS,
  BATCH_STREAM,
  COMMIT_FIELDS,
  COMMIT_STREAM,
  SUCCESS_FIELDS,
  SUCCESS_STREAM,
} from '../../plan/streams.ts'
import { BatchFailures } from '../failure/batch-failures.ts'
import type { SpoutOfLetters } from '../failure/batch-letters.ts'
import { LetterBox } from '../failure/letter-box.ts'
import { Outage, openPatiently } from '../failure/outage.ts'
import { Retries } from '../failure/retries.ts'
import type { Metadata } from '../metadata/metadata.ts'
import { openMetadata } from '../metadata/open-metadata.ts'
import { Durations } from './durations.ts'
import { Pace } from './pace.ts'
import { type ListedSpout, PartitionLists } from './partition-lists.ts'
import { Phase } from './phase.ts'
import { Transactions } from './transactions.ts'

/** Checkpoint of a coordinator that has begun. */
const BEGUN = 'begun'

type Out = Streams<{ batch: any; commit: any; success: any }>

/** A spout of the group, as far as the coordinator has to do with it. */
export interface CoordinatedSpout extends SpoutOfLetters {
  /** Undefined for a spout without partitions. */
  readonly listed: ListedSpout | undefined
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
  override readonly outputs = { batch: BATCH_FIELDS, commit: COMMIT_FIELDS, success: SUCCESS_FIELDS }
  readonly #parts: CoordinatorParts
  #context!: TaskContext
  #collector!: SpoutOutputCollector<Out, Phase>
  #metadata!: Metadata
  #closeMetadata!: () => Promise<void>
  #transactions!: Transactions
  #failures!: BatchFailures
  #retries!: Retries
  #letters!: LetterBox
  #outage!: Outage
  #pace!: Pace
  #lists!: PartitionLists
  #emitters = 0
  #maxPending = 1
  /** The date at the context's time 0. */
  #epochMs = 0
  /** The transactions that are not committed yet: when they began, and how many rows they turned out to have. */
  readonly #begun = new Map<number, { readonly startedAt: number; readonly at: number; rows: number }>()
  /**
   * The last transaction of which a commit may have begun, in this life or before: a part of it may stand in a state.
   */
  #touched: number | undefined
  /** As it stands in the metadata. */
  #uncommitted: number | undefined
  readonly #durations = new Durations()
  #exhausted = false
  /** The last transaction that was ever begun, in this life or before: all up to there are owed. */
  #lastBegun = 0
  /** Transactions behind this one take only what is owed: the run is to end. */
  #takesNewUpTo = Number.POSITIVE_INFINITY
  /** Batches that wait for their next attempt, as was counted last. */
  #waiting = 0
  /** The run ends, and what is owed is left for the next one. */
  #hasLeft = false
  #told = ''

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
    this.#lists = new PartitionLists(context, metadata, epoch, report)
    this.#uncommitted = metadata.uncommitted
    const { current } = metadata
    if (this.#uncommitted !== current && metadata.emissions(current).length > 0) this.#touched = current
    this.#lastBegun = current - 1
    while (metadata.emissions(this.#lastBegun + 1).length > 0) this.#lastBegun++
    this.#outage = new Outage(context)
    this.#failures = new BatchFailures(context, this.#outage, this.#parts)
    this.#retries = new Retries(context)
    this.#letters = new LetterBox(context, collector, metadata)
    this.#pace = new Pace(
      config['topology.trident.batch.emit.interval.millis'],
      config['topology.trident.batch.max.millis'],
    )
    this.#maxPending = config['topology.trident.max.batches.pending']
    this.#epochMs = context.date() - context.now()
    this.#emitters = spouts.reduce((sum, { component }) => sum + context.tasksOf(component).length, 0)
    for (const { listed } of spouts) if (listed !== undefined) await this.#lists.add(listed)
    this.#countWaiting()
    context.checkpoint(BEGUN)
  }

  nextTuple(): void | Promise<void> {
    if (this.#hasLeft || this.#leaves()) return
    if (!this.#letters.flush()) return
    if (!this.#mayBegin()) return
    const mayBegin = this.#lists.update()
    if (mayBegin === true) this.#begin()
    else if (mayBegin !== false) return mayBegin.then((may) => void (may && this.#mayBegin() && this.#begin()))
  }

  override ack(phase: Phase): void {
    const { txid, attempt } = phase
    const isPart = this.#failures.isPart(txid)
    if (!phase.committing) {
      if (!this.#transactions.processed(txid, attempt)) return
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
    this.#exhausted = false
    this.#context.count('batches failed')
    this.#pace.failed()
    const isTouched = this.#touched === txid
    const emissions = this.#metadata.emissions(txid)
    const isWhole = emissions.length === this.#emitters && emissions.some(({ rows }) => rows > 0)
    const failure = { txid, attempt, reason, committing, isNext, isTouched, isWhole }
    const verdict = this.#failures.failed(failure, emissions)
    this.#retries.failed(txid, typeof verdict === 'string' ? Number.POSITIVE_INFINITY : verdict.delayMs)
    if (isNext && !isTouched) this.#noteUncommitted(txid)
    this.#countWaiting()
  }

  /** The run is to end: what was begun is committed, and spouts without partitions are asked for what they owe. */
  override drain(): void {
    this.#takesNewUpTo = Math.min(this.#takesNewUpTo, this.#lastBegun)
    this.#failures.drain()
    this.#retries.drain()
  }

  override isExhausted(): boolean {
    if (this.#hasLeft) return true
    const isOver = this.#transactions.current > this.#lastBegun
    return isOver && !this.#mayFollow && this.#letters.size === 0
  }

  override async close(): Promise<void> {
    if (this.#durations.count > 0) this.#context.log('info', this.#durations.inWords())
    await this.#letters?.close() // there are none where `open` has failed
    await this.#lists?.close()
    await this.#closeMetadata?.()
  }

  /** Whether transactions may begin that were never begun. */
  get #mayFollow(): boolean {
    if (this.#exhausted) return false
    return this.#lastBegun < this.#takesNewUpTo || this.#parts.spouts.some(({ listed }) => listed === undefined)
  }

  #mayBegin(): boolean {
    const isTime = this.#failures.isHunting || this.#pace.isTime(this.#context.now())
    if (!isTime || !this.#lists.mayUpdate) return false
    const txid = this.#nextTxid()
    if (txid !== undefined) return this.#retries.mayBegin(txid)
    if (this.#mayFollow) this.#pace.late()
    return false
  }

  /** The transaction that may begin now: one that is owed, or a new one. */
  #nextTxid(): number | undefined {
    const txid = this.#transactions.nextToBegin(this.#failures.isHunting ? 1 : this.#maxPending)
    return txid === undefined || txid <= this.#lastBegun || this.#mayFollow ? txid : undefined
  }

  #begin(): void {
    const txid = this.#nextTxid()
    if (txid === undefined || !this.#lists.isReady(txid)) return
    const since = this.#context.now()
    const startedAt = Math.floor(this.#epochMs + since)
    const attempt = this.#transactions.begin(txid)
    this.#retries.began(txid)
    this.#pace.began(since)
    this.#begun.set(txid, { startedAt, at: since, rows: 0 })
    this.#lastBegun = Math.max(this.#lastBegun, txid)
    this.#countWaiting()
    const parts = this.#failures.partsOf(txid)
    const phase = new Phase(txid, attempt, false, parts, this.#seeksRows)
    const { budgetMs } = this.#pace
    const takesNew = txid <= this.#takesNewUpTo
    const { current } = this.#transactions
    const values = [txid, attempt, startedAt, budgetMs, this.#lists.version, takesNew, parts, current] as const
    this.#collector.emit(values, phase, BATCH_STREAM)
  }

  /** All tasks have taken their part of it. */
  #processed(txid: number): void {
    const emissions = this.#metadata.emissions(txid)
    const rows = emissions.reduce((sum, emission) => sum + emission.rows, 0)
    this.#begun.get(txid)!.rows = rows
    this.#pace.brought(rows)
    if (emissions.length === this.#emitters && emissions.every(({ exhausted }) => exhausted)) this.#exhausted = true
  }

  /** A part of a batch whose rows are sought: the transaction is begun again, with other rows. */
  #partPassed({ txid, attempt }: Phase): void {
    this.#failures.partPassed(txid, this.#metadata.emissions(txid))
    this.#transactions.failed(txid, attempt)
    this.#exhausted = false
    this.#countWaiting()
  }

  /**
   * The run is to end, and what is owed could not be committed in the time that there is. Spouts without partitions
   * could not emit it again in the next run.
   * @param isStuck the end of the next batch cannot be written @returns whether it is left
   */
  #leaves(isStuck = false): boolean {
    if (!this.#retries.isTimeUp || this.#parts.spouts.some(({ listed }) => listed === undefined)) return false
    const { current, size } = this.#transactions
    const owed = this.#lastBegun - current + 1
    const cannotBegin = this.#retries.isLeft(current) || !this.#lists.mayUpdate
    const hasFailed = owed > 0 && size === 0 && cannotBegin && !this.#failures.isHunting
    if (!hasFailed && !isStuck) return false
    this.#context.count(WAITING_COUNTER, -this.#waiting)
    this.#context.count(LEFT_COUNTER, owed)
    this.#hasLeft = true
    return true
  }

  /** Batches that were begun, and are neither in flight nor over: they are owed. */
  #countWaiting(): void {
    if (this.#hasLeft) return
    const { current, size } = this.#transactions
    const waiting = this.#lastBegun - (current - 1) - size
    if (waiting !== this.#waiting) this.#context.count(WAITING_COUNTER, waiting - this.#waiting)
    this.#waiting = waiting
  }

  /** The next life of the coordinator could not tell otherwise whether the batch may be left out. */
  #noteUncommitted(txid: number | undefined): void {
    if (this.#uncommitted === txid) return
    this.#metadata.uncommitted = txid
    this.#uncommitted = txid
  }

  /** What the metadata say of the next transaction must be true before its commit begins. */
  #noteTouched(): boolean {
    const { current } = this.#transactions
    try {
      if (this.#uncommitted === current) this.#noteUncommitted(undefined)
    } catch (error) {
      this.#retryWrite(error, () => this.#commitNext())
      return false
    }
    this.#touched = current
    return true
  }

  get #seeksRows(): boolean {
    return this.#context.config['topology.trident.dead.letters']
  }

  #commitNext(): void {
    if (this.#hasLeft || !this.#transactions.mayCommit || !this.#noteTouched()) return
    const next = this.#transactions.commitNext()
    if (next === undefined) return
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

  /** The next transaction is committed everywhere. */
  #over(): void {
    const txid = this.#transactions.current
    try {
      this.#letters.add(this.#metadata.succeed(txid, (emissions) => this.#failures.lettersOf(txid, emissions)))
    } catch (error) {
      this.#retryWrite(error, () => this.#over())
      return
    }
    this.#told = ''
    this.#outage.over()
    this.#begun.delete(txid)
    this.#failures.forget(txid)
    this.#retries.over(txid)
    this.#transactions.committed()
    this.#collector.emit([txid], undefined, SUCCESS_STREAM)
    this.#commitNext()
  }

  /**
   * That a transaction is committed must be written before the next one is. A full disk, most likely: it is waited for.
   */
  #retryWrite(error: unknown, again: () => void): void {
    const isPassing = error instanceof TyphoonError && error.code === 'STATE_UNAVAILABLE'
    const delayMs = isPassing ? this.#outage.goesOn() : undefined
    if (delayMs === undefined) {
      this.#context.fail(error)
      return
    }
    if (this.#leaves(true)) return
    const message = messageOf(error)
    if (this.#told !== message) this.#collector.reportError(error)
    this.#told = message
    this.#context.after(delayMs, again)
  }
}

function withoutAckers(): TyphoonError {
  return new TyphoonError(
    'BAD_CONFIG',
    'topology.acker.executors is 0, and Trident needs ackers: by them it knows when a batch is through',
  )
}
