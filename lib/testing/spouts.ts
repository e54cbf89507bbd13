/** Spouts for tests: fixed tuples, and tuples that the test feeds by hand. Storm's FixedTupleSpout, FeederSpout and trackers. */
import { type FailReason, Fields, Spout, type SpoutOutputCollector, type TaskContext } from '../index.ts'

/** A tuple of a mocked source: values for the default stream, or with the name of another one. */
export type FixedTuple = readonly unknown[] | { readonly stream: string; readonly values: readonly unknown[] }

/** Emits the given tuples once each, shared out over its tasks, and is exhausted when each was acked or has failed. */
export class FixedTupleSpout extends Spout {
  override readonly outputs
  readonly #tuples: readonly FixedTuple[]
  #mine: FixedTuple[] = []
  #next = 0
  #settled = 0
  #collector!: SpoutOutputCollector

  constructor(tuples: readonly FixedTuple[], outputs: Spout['outputs']) {
    super()
    this.#tuples = tuples
    this.outputs = outputs
  }

  override open(context: TaskContext, collector: SpoutOutputCollector): void {
    const tasks = context.tasksOf().length
    this.#mine = this.#tuples.filter((_, index) => index % tasks === context.taskIndex)
    this.#collector = collector
  }

  nextTuple(): void {
    const tuple = this.#mine[this.#next]
    if (tuple === undefined) return
    const id = this.#next++
    if (Array.isArray(tuple)) this.#collector.emit(tuple, id)
    else {
      const { stream, values } = tuple as { stream: string; values: readonly unknown[] }
      this.#collector.emit(values, id, stream)
    }
  }

  override ack(): void {
    this.#settled++
  }

  override fail(): void {
    this.#settled++
  }

  override isExhausted(): boolean {
    return this.#settled === this.#mine.length
  }
}

/** Hears what became of the tuples that were fed. */
export interface AckFailDelegate {
  ack(messageId: unknown): void
  fail(messageId: unknown, reason: FailReason): void
}

/**
 * Emits what the test feeds, one tuple for each call of nextTuple. Give the topology this very instance:
 * `builder.setSpout('words', () => feeder)`, with one task.
 */
export class FeederSpout<Row = any> extends Spout<Row> {
  override readonly outputs
  readonly #waiting: { values: readonly unknown[]; messageId: unknown }[] = []
  #delegate: AckFailDelegate | undefined
  #collector!: SpoutOutputCollector
  #fed = 0

  constructor(...fields: string[]) {
    super()
    this.outputs = new Fields<Row>(fields) as Spout<Row>['outputs'] & Fields<Row>
  }

  setAckFailDelegate(delegate: AckFailDelegate): this {
    this.#delegate = delegate
    return this
  }

  /** Queues a tuple; without a message id it gets one of its own. */
  feed(values: readonly unknown[], messageId: unknown = `fed-${++this.#fed}`): void {
    this.#waiting.push({ values, messageId })
  }

  override open(_context: TaskContext, collector: SpoutOutputCollector): void {
    this.#collector = collector
  }

  nextTuple(): void {
    const next = this.#waiting.shift()
    if (next !== undefined) this.#collector.emit(next.values as never, next.messageId)
  }

  override ack(messageId: unknown): void {
    this.#delegate?.ack(messageId)
  }

  override fail(messageId: unknown, reason: FailReason): void {
    this.#delegate?.fail(messageId, reason)
  }
}

/** Counts acks since it was asked last. */
export class AckTracker implements AckFailDelegate {
  acks = 0

  ack(): void {
    this.acks++
  }

  fail(): void {}

  /** How many acks have come since the last call. */
  takeAcks(): number {
    const { acks } = this
    this.acks = 0
    return acks
  }
}

/** Remembers what was acked and what failed, and why. */
export class AckFailMapTracker implements AckFailDelegate {
  readonly acked = new Set<unknown>()
  readonly failed = new Map<unknown, FailReason>()

  ack(messageId: unknown): void {
    this.acked.add(messageId)
  }

  fail(messageId: unknown, reason: FailReason): void {
    this.failed.set(messageId, reason)
  }
}
