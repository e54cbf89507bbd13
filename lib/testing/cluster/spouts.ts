/** Spouts for tests: fixed tuples, and tuples that the test feeds by hand. Storm's FixedTupleSpout and FeederSpout. */
import {
  type Emitted,
  type FailReason,
  Fields,
  type Outputs,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
} from '../../index.ts'
import { copyOfEachThatCan, copyOfRow } from '../../values/copy.ts'
import type { AckFailDelegate } from './trackers.ts'

/** A tuple of a mocked source: values for the default stream, or with the name of another one. */
export type FixedTuple = readonly unknown[] | { readonly stream: string; readonly values: readonly unknown[] }

/** Emits the given tuples once each, shared out over its tasks, and is exhausted when each was acked or has failed. */
export class FixedTupleSpout extends Spout {
  override readonly outputs
  readonly #tuples: readonly FixedTuple[]
  #mine: FixedTuple[] = []
  #next = 0
  #collector!: SpoutOutputCollector

  constructor(tuples: readonly FixedTuple[], outputs: Outputs) {
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
    if ('stream' in tuple) this.#collector.emit(copyOfEachThatCan(tuple.values), id, tuple.stream)
    else this.#collector.emit(copyOfEachThatCan(tuple), id)
  }

  override isExhausted(): boolean {
    return this.#next >= this.#mine.length
  }
}

/**
 * Emits what the test feeds, one tuple for each call of nextTuple; what is fed without a message id gets one of its
 * own, so that all is tracked. Give the topology this very instance, with one task: `builder.setSpout('words', () =>
 * feeder)`. It replays nothing, and lives on when its worker is killed.
 */
export class FeederSpout<Row = any> extends Spout<Row> {
  override readonly outputs
  readonly #waiting: { values: readonly unknown[]; messageId: unknown }[] = []
  #delegate: AckFailDelegate | undefined
  #collector!: SpoutOutputCollector
  #fed = 0
  #ended = false

  constructor(...fields: (keyof Row & string)[]) {
    super()
    this.outputs = new Fields<Row>(fields) as Spout<Row>['outputs'] & Fields<Row>
  }

  /** Who hears of acks and fails. */
  setAckFailDelegate(delegate: AckFailDelegate): this {
    this.#delegate = delegate
    return this
  }

  /** Queues a tuple, given as a list or by its fields. @throws WRONG_VALUES, CANNOT_ENCODE */
  feed(tuple: Emitted, messageId: unknown = `fed-${++this.#fed}`): void {
    const values = copyOfRow(this.outputs.valuesOf(tuple))
    this.#waiting.push({ values, messageId })
  }

  /** Nothing more will be fed: when all is settled, the topology completes. */
  end(): void {
    this.#ended = true
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

  override isExhausted(): boolean {
    return this.#ended && this.#waiting.length === 0
  }
}
