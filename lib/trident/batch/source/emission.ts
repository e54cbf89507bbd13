/**
 * The source of a segment at work in one task: one batch after the other, each in pieces of a millisecond, so that the
 * other tasks of the worker have their turns. Between two pieces the task sends a tuple to itself, anchored to the
 * batch.
 *
 * The promises: what a batch has taken from its spout is noted in the batch's own tree, so the coordinator has heard it
 * before the batch is processed. A batch goes on where the one before has ended here, or where the brief before it
 * says; else it fails, and that costs no attempt.
 */
import { letterOf, toLine } from '../../../components/reliability/dead-letter.ts'
import {
  type Emitted,
  type Fields,
  failedBy,
  type OutputCollector,
  type TaskContext,
  type Tuple,
  TyphoonError,
} from '../../../index.ts'
import type { TransactionAttempt } from '../../model/spout.ts'
import { MORE_STREAM } from '../../plan/batch-streams.ts'
import { type Brief, BriefCase, type BriefValues } from '../exchange/brief.ts'
import type { KnownRow } from '../exchange/emission-record.ts'
import { recordNotes } from '../exchange/spout-notes.ts'
import type { Part, Parts } from '../failure/hunt.ts'
import { asUnavailable } from '../failure/outage.ts'
import type { SegmentTask } from '../segment/segment-task.ts'
import type { Track } from '../segment/track.ts'
import { Courtesy } from './courtesy.ts'
import { Piece } from './piece.ts'
import { RowSelection } from './row-selection.ts'
import type { BatchSource } from './sources.ts'

const PIECE_MS = 0.5
/** Rows of a piece at most: in simulated time no millisecond passes meanwhile. */
const PIECE_ROWS = 50_000

interface Job extends TransactionAttempt {
  readonly startedAt: number
  readonly budgetMs: number
  /** The number of the brief that it rests on, and that brief itself where it came for this batch. */
  readonly rests: number
  readonly brief: Brief | undefined
  readonly takesNew: boolean
  /** Which rows it takes; undefined: all. */
  readonly part: Part | undefined
  /** The tuple that began it, until its turn has come. */
  readonly tuple: Tuple
}

/** The values of a tuple of the stream `batch`. */
type BatchValues = [
  txid: number,
  attempt: number,
  startedAt: number,
  budgetMs: number,
  rests: number,
  takesNew: boolean,
  parts: Parts | null,
]

/** What an emission is made of. */
export interface EmissionParts {
  readonly spout: string
  readonly source: BatchSource
  readonly outputs: Fields
  readonly segment: SegmentTask
  readonly context: TaskContext
  readonly collector: OutputCollector
  readonly maxRows: number
  /** `topology.frame.max.bytes` */
  readonly frameBytes: number
}

export class Emission {
  readonly #parts: EmissionParts
  readonly #courtesy: Courtesy
  readonly #jobs: Job[] = []
  #track: Track | undefined
  #anchor!: Tuple
  #rows = 0
  #pieceRows = 0
  #selection = new RowSelection(undefined)
  #pieceEnd = 0
  #batchEnd = 0
  #piece: Piece | undefined
  /**
   * What a step threw at a row. The spout ends its piece all the same, so that it is known what the batch had that
   * failed.
   */
  #thrown: { readonly error: unknown; readonly suspect: KnownRow | undefined } | undefined
  /** Dead letters of what the spout could not emit. */
  #letters: string[] = []
  readonly #briefs = new BriefCase()
  /** The brief that was taken last. */
  #number = 0
  /** The batch that was emitted last; undefined while one is emitted, and after one that has failed. */
  #after: number | undefined

  constructor(parts: EmissionParts) {
    this.#parts = parts
    this.#courtesy = Courtesy.of(parts.context)
  }

  get hasRoom(): boolean {
    const { context, collector, maxRows } = this.#parts
    if (this.#thrown !== undefined || this.#rows >= maxRows || this.#pieceRows >= PIECE_ROWS || collector.isHeldBack)
      return false
    return context.now() < this.#pieceEnd
  }

  emit(emitted: Emitted, at: number | undefined): void {
    this.#pieceRows++
    const selection = this.#selection
    if (!selection.takes(emitted, at)) return
    this.#rows++
    if (this.#thrown !== undefined) return
    const { segment, outputs } = this.#parts
    try {
      const isPlain = Array.isArray(emitted) && outputs.schemas === undefined
      segment.feed(this.#track!, isPlain ? emitted : outputs.valuesOf(emitted), this.#anchor)
    } catch (error) {
      const suspect = segment.isRowToBlame
        ? selection.last(emitted, at, outputs.names, (...row) => this.#parts.source.placeOf(...row))
        : undefined
      this.#thrown = { error, suspect }
    }
  }

  giveUp(values: Readonly<Record<string, unknown>>, messageId: unknown, error: TyphoonError): void {
    const { context, spout } = this.#parts
    const reason = failedBy(context, error)
    const letter = letterOf(context, {
      stream: spout,
      messageId,
      values,
      reason,
      lastError: error.message,
      attempts: 0,
    })
    this.#letters.push(toLine(letter))
  }

  /** What is emitted from here on is of this partition. */
  from(partition: string): void {
    this.#selection.from(partition)
  }

  reportError(error: unknown): void {
    this.#parts.collector.reportError(error)
  }

  /** The coordinator tells what a batch to come rests on. */
  told(tuple: Tuple): void {
    this.#briefs.add(tuple.values as unknown as BriefValues)
    this.#parts.collector.ack(tuple)
  }

  /** The coordinator wants a batch. */
  begin(tuple: Tuple): void | Promise<void> {
    const [txid, attempt, startedAt, budgetMs, rests, takesNew, parts] = tuple.values as BatchValues
    // A new attempt means that this transaction and all later ones have failed: what is left of them here is void.
    const [running] = this.#jobs
    for (const stale of this.#jobs.filter((job) => job.txid >= txid)) this.#drop(stale)
    const part = parts?.[this.#parts.spout]
    const brief = this.#briefs.take(rests)
    this.#jobs.push({ txid, attempt, startedAt, budgetMs, rests, brief, takesNew, part, tuple })
    if (running === undefined || this.#jobs[0] !== running) return this.#start(this.#jobs[0]!)
  }

  /** The next piece. */
  more(tuple: Tuple): void | Promise<void> {
    const [txid, attempt] = tuple.values
    const [job] = this.#jobs
    if (job === undefined || job.txid !== txid || job.attempt !== attempt) {
      this.#parts.collector.ack(tuple)
      return
    }
    return this.#guard(job, tuple, () => this.#step(job, tuple))
  }

  committed(txid: number): void {
    this.#parts.source.committed(txid)
  }

  #start(job: Job): void | Promise<void> {
    const { source, segment, context } = this.#parts
    this.#track = segment.begin(job.txid, job.attempt, job.startedAt)
    if (this.#track === undefined || !this.#isKnown(job)) {
      if (this.#track === undefined) this.#drop(job)
      else this.#refuse(job)
      return this.#startNext()
    }
    this.#after = undefined
    this.#number = job.rests
    this.#rows = 0
    this.#selection = new RowSelection(job.part)
    this.#thrown = undefined
    this.#letters = []
    this.#batchEnd = context.now() + job.budgetMs
    return this.#guard(job, job.tuple, () => {
      source.begin(job, job.takesNew, job.brief)
      return this.#step(job, job.tuple)
    })
  }

  /** What throws fails the batch, and with it those that wait, which are later ones. All of them will come again. */
  #guard(job: Job, tuple: Tuple, call: () => void | Promise<void>): void | Promise<void> {
    const failed = (thrown: unknown): void => {
      const { collector, segment } = this.#parts
      const error = asUnavailable(thrown)
      this.#endPiece()
      segment.failed(job.txid, job.attempt)
      collector.reportError(error)
      collector.fail(tuple, error)
      this.#drop(job)
      for (const waiting of [...this.#jobs]) this.#refuse(waiting)
    }
    try {
      return call()?.catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  #step(job: Job, tuple: Tuple): void | Promise<void> {
    const { source, context } = this.#parts
    this.#anchor = tuple
    this.#pieceRows = 0
    this.#pieceEnd = context.now() + PIECE_MS
    this.#piece = new Piece(this)
    const more = source.step(job, this.#piece)
    if (more instanceof Promise) return more.then((settled) => this.#stepped(job, tuple, settled))
    return this.#stepped(job, tuple, more)
  }

  #stepped(job: Job, tuple: Tuple, more: boolean): void | Promise<void> {
    const { collector, context, maxRows, source } = this.#parts
    this.#endPiece()
    if (this.#thrown !== undefined) {
      const { error, suspect } = this.#thrown
      this.#noteThrown(job, tuple, suspect)
      throw error
    }
    const hasTime = (context.now() < this.#batchEnd && this.#rows < maxRows) || this.#selection.wantsMore
    if (more && (hasTime || source.isReplay)) {
      const goOn = (): void => {
        // After a gap it may have been dropped, and its tuple acked.
        if (this.#jobs.includes(job)) collector.emitDirect(context.task, tuple, [job.txid, job.attempt], MORE_STREAM)
        collector.ack(tuple)
      }
      if (this.#courtesy.isDue(context.now())) context.after(0, goOn)
      else goOn()
      return
    }
    return this.#end(job, tuple)
  }

  #end(job: Job, tuple: Tuple): void | Promise<void> {
    this.#record(job, tuple)
    const fed = this.#parts.segment.fed(this.#track!, tuple)
    if (fed !== undefined) return fed.then(() => this.#next(job, tuple))
    return this.#next(job, tuple)
  }

  #endPiece(): void {
    if (this.#piece !== undefined) this.#piece.isOver = true
    this.#piece = undefined
  }

  /** Whether this task is where the batch goes on. */
  #isKnown({ txid, rests, brief }: Job): boolean {
    if (brief?.whole === true) return true
    return this.#after === txid - 1 && this.#number === (brief === undefined ? rests : rests - 1)
  }

  /** The coordinator tells more before the next attempt. */
  #refuse(job: Job): void {
    const { segment, collector } = this.#parts
    segment.failed(job.txid, job.attempt)
    collector.fail(job.tuple, unknown(job.txid))
    this.#drop(job)
  }

  #record({ txid, attempt }: Job, tuple: Tuple): void {
    const { source, outputs, spout, context, frameBytes, collector } = this.#parts
    const { counts } = this.#selection
    const without = this.#selection.without(outputs.names, (partition, at) => source.placeOf(partition, at))
    const emission = { rows: this.#rows, counts, without, letters: this.#letters, ...source.emission() }
    const of = { spout, task: context.taskIndex, txid, attempt }
    for (const note of recordNotes(of, emission, frameBytes)) collector.note(tuple, note)
  }

  /** What a replay has is known, though it did not come to its end. */
  #noteThrown(job: Job, tuple: Tuple, suspect: KnownRow | undefined): void {
    const { source, spout, context, collector } = this.#parts
    const { txid, attempt } = job
    if (!source.isReplay) this.#record(job, tuple)
    if (suspect === undefined) return
    const of = { spout, task: context.taskIndex, txid, attempt }
    collector.note(tuple, { ...of, kind: 'suspect', suspect: { ...suspect, attempt } })
  }

  #next(job: Job, tuple: Tuple): void | Promise<void> {
    this.#after = job.txid
    this.#parts.collector.ack(tuple)
    this.#jobs.splice(this.#jobs.indexOf(job), 1)
    return this.#startNext()
  }

  #startNext(): void | Promise<void> {
    const [next] = this.#jobs
    if (next !== undefined) return this.#start(next)
  }

  /** Its root has failed, or a newer attempt is under way: the ack is void, and nothing waits for a turn for ever. */
  #drop(job: Job): void {
    this.#jobs.splice(this.#jobs.indexOf(job), 1)
    this.#parts.collector.ack(job.tuple)
  }
}

function unknown(txid: number): TyphoonError {
  return new TyphoonError('BATCH_UNKNOWN', `this task does not know where batch ${txid} begins`, {
    hint: 'its worker was restarted meanwhile; the batch is begun again',
  })
}
