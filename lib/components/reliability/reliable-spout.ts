/**
 * A spout that keeps what it emitted until it is acked, and replays what failed: the base of the spouts that come with
 * Typhoon.
 *
 * The promise: every root is acked, or becomes a dead letter that stands in the file. Whatever has to wait is kept:
 * failed roots for their back-off, dead letters for a disk that is full. A root that is kept lives as the message id
 * that the runtime holds for it anyway, so there is no table here, and one small object per root is all that
 * reliability costs.
 *
 *     class Numbers extends ReliableSpout<{ n: number }, number> {
 *       readonly outputs = fields<{ n: number }>('n')
 *       #next = 0
 *       protected produce() { this.emit([this.#next], this.#next++) }
 *       protected isInputExhausted() { return this.#next >= 1000 }
 *     }
 *
 * What is kept is kept in memory: where the worker dies, a subclass begins anew, or goes on from
 * `context.checkpointed`. What it emits again then may be a tuple that was given up before: where message ids last
 * (`idsLast`) it gets no second dead letter.
 */
import { messageOf, TyphoonError } from '../../errors/typhoon-error.ts'
import {
  DEAD_LETTERED_COUNTER,
  DEFAULT_STREAM,
  emittedLists,
  type FailReason,
  failedBy,
  type ListOfEmitted,
  REPLAYED_COUNTER,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  type TaskId,
  type Values,
  WAITING_COUNTER,
} from '../../index.ts'
import { NO_TASKS } from '../../tuple/ids.ts'
import { copyOfEachThatCan } from '../../values/copy.ts'
import { byField, type DeadLetter, letterOf, toLine } from './dead-letter.ts'
import { DeadLetterFile } from './dead-letter-file.ts'
import { DelayQueue } from './delay-queue.ts'
import { type Failures, noFailures, ReplayPolicy } from './replay-policy.ts'

/** What a ReliableSpout hands to the runtime as the message id of a root: all that a replay needs. */
export class KeptRoot<MessageId = any> {
  readonly values: Values
  readonly messageId: MessageId | undefined
  readonly stream: string | undefined
  failures: Failures | undefined = undefined
  /** Its dead letter stands in the file. */
  isOver = false

  constructor(values: Values, messageId: MessageId | undefined, stream: string | undefined) {
    this.values = values
    this.messageId = messageId
    this.stream = stream
  }
}

/** Base of a spout that keeps what it emitted until it is acked, replays what failed, and writes dead letters. */
export abstract class ReliableSpout<Out = any, MessageId = any> extends Spout<Out, KeptRoot<MessageId>> {
  /** The context of the task, set by `open`. */
  protected context!: TaskContext
  /**
   * A message id names the same tuple when the task has begun anew: a place in a file, say, and not a count of what has
   * come from a queue.
   */
  protected readonly idsLast: boolean = false
  #collector!: SpoutOutputCollector<any, KeptRoot<MessageId>>
  #listOf!: ListOfEmitted
  #policy!: ReplayPolicy
  #letters!: DeadLetterFile
  #maxWaiting!: number
  readonly #replays = new DelayQueue<KeptRoot<MessageId>>()
  /** The run is to end: as if the input were exhausted. */
  #drains = false

  /**
   * Emits a tuple whose tree is tracked, keeps it, and replays it by itself. The message id is the subclass's own and
   * comes back in `onAcked` or `onDeadLettered`; it may be left out. A tuple that cannot be sent at all becomes a dead
   * letter at once.
   * @throws WRONG_VALUES, UNDECLARED_STREAM
   */
  protected readonly emit: SpoutOutputCollector<Out, MessageId>['emit'] = (values, messageId, stream) =>
    this.#keep(this.#listOf(values, stream), messageId, stream)

  /**
   * Emits the next tuple of the input with `emit` (or a few, or none). Called where nothing is due to be replayed, and
   * not while `topology.max.spout.pending` roots wait for their replay or their dead letter.
   */
  protected abstract produce(): void | Promise<void>

  /** True when `produce` will never emit again. */
  protected abstract isInputExhausted(): boolean

  /** The tree of the tuple is done. */
  protected onAcked?(messageId: MessageId | undefined): void

  /** The tuple was given up; its dead letter stands in the file. */
  protected onDeadLettered?(messageId: MessageId | undefined, letter: DeadLetter): void

  /** A subclass that has its own calls this one first. */
  override open(context: TaskContext, collector: SpoutOutputCollector<Out, KeptRoot<MessageId>>): void | Promise<void> {
    this.context = context
    this.#collector = collector
    this.#listOf = emittedLists(context)
    this.#policy = new ReplayPolicy(context.config)
    this.#letters = new DeadLetterFile(context, (error) => collector.reportError(error))
    this.#maxWaiting = context.config['topology.max.spout.pending']
  }

  /**
   * Dead letters first, then one replay that is due, then new input. Hot: the check is all that a run without failures
   * pays.
   */
  nextTuple(): void | Promise<void> {
    const waiting = this.#replays.size + this.#letters.size
    if (waiting > 0) {
      const now = this.context.now()
      this.#letters.flush(now)
      const root = this.#replays.takeDue(now)
      if (root !== undefined) {
        this.context.count(REPLAYED_COUNTER)
        this.context.count(WAITING_COUNTER, -1)
        this.#send(root, copyOfEachThatCan(root.values))
        return
      }
      if (waiting >= this.#maxWaiting) return
    }
    if (!this.#hasEnded) return this.produce()
  }

  /** The root with all that a dead letter needs. */
  #keep(values: Values, messageId: MessageId | undefined, stream: string | undefined): readonly TaskId[] {
    return this.#send(new KeptRoot<MessageId>(copyOfEachThatCan(values), messageId, stream), values)
  }

  override ack(root: KeptRoot<MessageId>): void {
    this.onAcked?.(root.messageId)
  }

  /** Plans the replay or the dead letter; `nextTuple` carries it out. */
  override fail(root: KeptRoot<MessageId>, reason: FailReason): void {
    root.failures ??= noFailures()
    const delay = this.#policy.failed(root.failures, reason, this.context.random())
    if (delay === undefined) this.#bury(root, reason)
    else {
      this.context.count(WAITING_COUNTER)
      this.#replays.add(this.context.now() + delay, root)
    }
  }

  override owes(root: KeptRoot<MessageId>): boolean {
    return !root.isOver
  }

  /** Dead letters wait that cannot be written now. */
  protected get hasLettersLeft(): boolean {
    return this.#letters.size > 0
  }

  /**
   * The run is to end: what has failed is replayed at once, or becomes a dead letter; nothing new is emitted, and what
   * fails again does not wait for long.
   */
  override drain(): void {
    this.#drains = true
    this.#policy.drain()
    this.#replays.releaseAll()
  }

  override isExhausted(): boolean {
    return this.#hasEnded && this.#replays.size === 0 && this.#letters.size === 0
  }

  /** Tries the dead letters a last time; the log gets what is left. A subclass that has its own calls this one too. */
  override async close(): Promise<void> {
    if (this.#replays.size > 0) {
      this.context.log('warn', `closed while ${this.#replays.size} failed tuples waited for their replay`)
    }
    await this.#letters?.close() // there are none where `open` has failed
  }

  /**
   * Writes a dead letter for a part of the input that cannot be emitted at all: a line that is too long, bytes that are
   * lost. Then `onDeadLettered` is called.
   */
  protected giveUp(values: Values<Out>, messageId: MessageId, error: TyphoonError): void {
    this.#collector.reportError(error)
    const root = new KeptRoot<MessageId>(values as Values, messageId, undefined)
    root.failures = { ...noFailures(), lastError: error.message }
    this.#bury(root, failedBy(this.context, error))
  }

  get #hasEnded(): boolean {
    return this.#drains || this.isInputExhausted()
  }

  /** What is emitted is never what is kept: a bolt of this worker may change in place what it gets. */
  #send(root: KeptRoot<MessageId>, values: Values): readonly TaskId[] {
    try {
      return this.#collector.emit(values, root, root.stream)
    } catch (error) {
      const reason = failedBy(this.context, error)
      if (!isUnsendable(error)) {
        this.fail(root, reason)
        throw error
      }
      root.failures ??= noFailures()
      root.failures.emitted++
      root.failures.lastError = messageOf(error)
      this.#bury(root, reason)
      return NO_TASKS
    }
  }

  #bury(root: KeptRoot<MessageId>, reason: FailReason): void {
    const letter = this.#letterOf(root, reason)
    if (this.#collector.giveUp !== undefined) {
      this.#collector.giveUp(letter)
      root.isOver = true
      this.onDeadLettered?.(root.messageId, letter)
      return
    }
    const isPoison = reason.kind === 'worker lost'
    if (this.idsLast && root.messageId !== undefined && this.#letters.hasOneOf(letter)) {
      // Its failure was counted another time, too; that of a lost worker is not counted.
      if (!isPoison) this.context.count(DEAD_LETTERED_COUNTER)
      root.isOver = true
      this.onDeadLettered?.(root.messageId, letter)
      return
    }
    this.context.count(WAITING_COUNTER)
    this.#letters.add(toLine(letter), () => {
      this.context.count(DEAD_LETTERED_COUNTER)
      this.context.count(WAITING_COUNTER, -1)
      root.isOver = true
      this.onDeadLettered?.(root.messageId, letter)
    })
    // Before the next root is let go: the worker may die of that one, too.
    if (isPoison) this.#letters.flush(this.context.now())
  }

  #letterOf(root: KeptRoot<MessageId>, reason: FailReason): DeadLetter {
    const stream = root.stream ?? DEFAULT_STREAM
    const names = this.context.streamsOf(this.context.component).get(stream)?.names ?? []
    return letterOf(this.context, {
      stream,
      messageId: root.messageId ?? null,
      values: byField(root.values, names),
      reason,
      lastError: root.failures?.lastError ?? null,
      attempts: root.failures?.emitted ?? 1,
    })
  }
}

/** Another attempt would end in the same way. */
function isUnsendable(error: unknown): boolean {
  return error instanceof TyphoonError && (error.code === 'CANNOT_ENCODE' || error.code === 'TUPLE_TOO_LARGE')
}
