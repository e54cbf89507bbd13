/**
 * The spouts of Trident. Names and rules: apache/storm `storm-client/src/jvm/org/apache/storm/trident/spout`.
 *
 * - non-transactional: a batch that is replayed may hold other tuples, or none, where the worker of the spout was lost;
 * - transactional: a batch that is replayed holds the same tuples;
 * - opaque: it may hold others, and each tuple is in just one batch that succeeds.
 */
import type { Emitted, Fields, TaskContext, TyphoonError } from '../../index.ts'
import type { Awaitable } from './operation.ts'

/** One attempt at one transaction. Of two attempts the later one has the greater number. */
export interface TransactionAttempt {
  readonly txid: number
  readonly attempt: number
}

/** What a spout emits a batch with. */
export interface BatchCollector<Out = any> {
  /**
   * @param at where the row stands in its partition, in whatever its spout counts; a row that fails permanently is
   * reported by it, see `placeOf`
   */
  emit(values: Emitted<Out>, at?: number): void
  /**
   * A part of the input that cannot be emitted at all, a line that is too long: it becomes a dead letter, which stands
   * firm before the batch is committed.
   * @param values of the letter, by field
   * @param messageId where it stands: `{ file, offset }`
   */
  giveUp(values: Readonly<Record<string, unknown>>, messageId: unknown, error: TyphoonError): void
  reportError(error: unknown): void
  /**
   * Whether this call may emit more. It gets false after half a millisecond or so, so that other tasks have their turn;
   * as long as the batch has room the spout is called again, with what it returned.
   */
  readonly hasRoom: boolean
}

/** A spout whose batches are its own affair: non-transactional. Storm's IBatchSpout. */
export interface BatchSpout<Out = any> {
  readonly kind: 'non-transactional'
  readonly outputs: Fields<Out>
  /** Like that of a component of the core. */
  checkFiles?(codeDir: string): void
  open?(context: TaskContext): Awaitable<void>
  /**
   * Emits into the batch. A replay has the same rows without a call; only where the worker was lost, or this has
   * thrown, the batch is asked for again.
   */
  emitBatch(attempt: TransactionAttempt, collector: BatchCollector<Out>): Awaitable<void>
  /** Where a row stands, for its dead letter. @param at as it was emitted */
  placeOf?(at: number): Readonly<Record<string, unknown>> | undefined
  /** The batch is committed. */
  ack?(txid: number): void
  /**
   * The run is to end: `emitBatch` goes on being called for what is owed, replays for example, until `isExhausted` says
   * that there is nothing. Left out: it is called no more.
   */
  drain?(): void
  close?(): Awaitable<void>
  /** True when nothing will ever come again, unless a batch fails. Left out: the spout is endless. */
  isExhausted?(): boolean
}

/** Lists the partitions; one instance, beside the coordinator of the batches. */
export interface PartitionCoordinator {
  /** Whether a new batch may begin; true unless given. */
  isReady?(txid: number): boolean
  /**
   * Names of the partitions. A partition stays with one task as long as it has the same name. One that was listed must
   * not vanish.
   */
  getPartitionsForBatch(): Awaitable<readonly string[]>
  close?(): Awaitable<void>
}

/**
 * Emits from the partitions of one task. `Meta` is any value that can be sent: it says what a call has emitted, and
 * where the next one goes on. A batch of a partition is made of one or more calls, and Typhoon remembers the meta of
 * each.
 */
export interface PartitionEmitter<Meta = any, Out = any> {
  /**
   * Emits what comes next.
   * @param last the meta of the call before this one in the order of the batches, undefined at the beginning of the
   * partition
   * @returns the meta of this call; undefined where there is nothing to emit now
   */
  emitPartitionBatchNew(
    attempt: TransactionAttempt,
    collector: BatchCollector<Out>,
    partition: string,
    last: Meta | undefined,
  ): Awaitable<Meta | undefined>
  /** True when nothing will ever follow what `last` says. Left out: the partition is endless. */
  isExhausted?(partition: string, last: Meta | undefined): boolean
  /** Where a row stands, for its dead letter: `{ file, offset }`. @param at as it was emitted */
  placeOf?(partition: string, at: number): Readonly<Record<string, unknown>>
  close?(): Awaitable<void>
}

/** The emitter of a transactional spout can emit again just what a meta says. */
export interface TransactionalEmitter<Meta = any, Out = any> extends PartitionEmitter<Meta, Out> {
  emitPartitionBatch(
    attempt: TransactionAttempt,
    collector: BatchCollector<Out>,
    partition: string,
    meta: Meta,
  ): Awaitable<void>
}

/** A spout that replays a batch as it was. Storm's IPartitionedTridentSpout. */
export interface PartitionedTridentSpout<Meta = any, Out = any> {
  readonly kind: 'transactional'
  readonly outputs: Fields<Out>
  /** Like that of a component of the core. */
  checkFiles?(codeDir: string): void
  getCoordinator(context: TaskContext): Awaitable<PartitionCoordinator>
  getEmitter(context: TaskContext): Awaitable<TransactionalEmitter<Meta, Out>>
}

/** A spout of which a replayed batch may hold other tuples. Storm's IOpaquePartitionedTridentSpout. */
export interface OpaquePartitionedTridentSpout<Meta = any, Out = any> {
  readonly kind: 'opaque'
  readonly outputs: Fields<Out>
  /** Like that of a component of the core. */
  checkFiles?(codeDir: string): void
  getCoordinator(context: TaskContext): Awaitable<PartitionCoordinator>
  getEmitter(context: TaskContext): Awaitable<PartitionEmitter<Meta, Out>>
}

/** What `newStream` takes; and any spout of the core. */
export type AnyTridentSpout<Out = any> =
  | BatchSpout<Out>
  | PartitionedTridentSpout<any, Out>
  | OpaquePartitionedTridentSpout<any, Out>
