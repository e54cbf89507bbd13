/**
 * What components emit with. A tuple is a list of values, in the order of the stream's fields, or an object with a
 * value for each field. Each `emit` returns the tasks that got the tuple; that list is shared, so copy what you keep.
 * Values must not be changed after they were emitted.
 */
import type { TaskId } from '../../tuple/ids.ts'
import type { Emitted } from '../../tuple/row.ts'
import type { Tuple } from '../../tuple/tuple.ts'
import type { FailReason } from './failure/fail-reason.ts'
import type { StreamsOf } from './outputs.ts'

type StreamName<Out> = keyof StreamsOf<Out> & string
type DefaultStream<Out> = 'default' extends StreamName<Out> ? 'default' : never
/** What goes to a stream; where none is named and there is no default one, a type that says so. */
type EmittedTo<Out, K extends StreamName<Out>> = 0 extends 1 & Out
  ? Emitted
  : [K] extends [never]
    ? { readonly 'there is no default stream; name one of': StreamName<Out> }
    : Emitted<StreamsOf<Out>[K]>

/** A tuple that a spout gives up without having emitted it. */
export interface Unemitted {
  readonly stream: string
  readonly messageId: unknown
  /** By the names of its fields. */
  readonly values: Readonly<Record<string, unknown>>
  readonly reason: FailReason
  readonly attempts: number
}

/** What a spout emits with; given to `open`. */
export interface SpoutOutputCollector<Out = any, MessageId = any> {
  /**
   * Emits a tuple. With a message id its tree is tracked, and `ack` or `fail` of the spout is called with that id;
   * without one (undefined) it is not.
   * @throws WRONG_VALUES, UNDECLARED_STREAM, NOT_DIRECT, CANNOT_ENCODE, TUPLE_TOO_LARGE
   */
  emit<K extends StreamName<Out> = DefaultStream<Out>>(
    values: EmittedTo<Out, K>,
    messageId?: MessageId,
    stream?: K,
  ): readonly TaskId[]
  /** Emits to one task of a direct stream. */
  emitDirect<K extends StreamName<Out> = DefaultStream<Out>>(
    task: TaskId,
    values: EmittedTo<Out, K>,
    messageId?: MessageId,
    stream?: K,
  ): void
  /** Shows an error without failing anything. */
  reportError(error: unknown): void
  /**
   * Gives a tuple up that is not emitted: its dead letter is written with the snapshot that has the position behind it.
   * Left out where a tuple is not atomic: there the spout writes it by itself.
   */
  readonly giveUp?: ((tuple: Unemitted) => void) | undefined
  /** How many roots of this task are in flight. */
  readonly pendingCount: number
  /**
   * Whoever gets what this task emits is full. `nextTuple` is not called meanwhile; emit no more than what was begun.
   */
  readonly isHeldBack: boolean
}

/** What a bolt emits, acks and fails with; given to `prepare`. */
export interface OutputCollector<Out = any> {
  /**
   * Emits a tuple into the trees of its anchors; with none (undefined) into no tree.
   * @throws ALREADY_SETTLED and as above
   */
  emit<K extends StreamName<Out> = DefaultStream<Out>>(
    anchors: Tuple | readonly Tuple[] | undefined,
    values: EmittedTo<Out, K>,
    stream?: K,
  ): readonly TaskId[]
  emitDirect<K extends StreamName<Out> = DefaultStream<Out>>(
    task: TaskId,
    anchors: Tuple | readonly Tuple[] | undefined,
    values: EmittedTo<Out, K>,
    stream?: K,
  ): void
  /** This tuple is done. The first ack or fail of a tuple counts, later ones are void. */
  ack(tuple: Tuple): void
  /** The roots of this tuple fail, now; `error` becomes their reason. */
  fail(tuple: Tuple, error?: unknown): void
  /**
   * A tuple that was acked ahead of its effect cannot have it: it becomes a dead letter. Only where tuples are atomic.
   * @internal
   */
  giveUp?(tuple: Tuple, attempts: number, error: unknown): void
  /** Gives the roots of this tuple their whole timeout again. */
  resetTimeout(tuple: Tuple): void
  /**
   * Tells something to each spout task whose trees this tuple is in, see `Spout.noted`. The tree is not complete before
   * the spout has heard it; a note that is lost on the way fails the tree. A note about a tuple in no tree reaches
   * nobody.
   * @throws ALREADY_SETTLED, CANNOT_ENCODE, TUPLE_TOO_LARGE
   */
  note(tuple: Tuple, value: unknown): void
  reportError(error: unknown): void
  /** Whoever gets what this task emits is full. `execute` is not called meanwhile; emit no more than what was begun. */
  readonly isHeldBack: boolean
}

/** What a basic bolt emits with; given to `execute`. */
export interface BasicOutputCollector<Out = any> {
  /** Emits a tuple that is anchored to the input. */
  emit<K extends StreamName<Out> = DefaultStream<Out>>(values: EmittedTo<Out, K>, stream?: K): readonly TaskId[]
  emitDirect<K extends StreamName<Out> = DefaultStream<Out>>(task: TaskId, values: EmittedTo<Out, K>, stream?: K): void
  /** Gives the roots of the input their whole timeout again. */
  resetTimeout(): void
  reportError(error: unknown): void
}
