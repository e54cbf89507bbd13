/**
 * What components emit with. Each `emit` returns the tasks that got the tuple; that list is shared, so copy what you
 * keep. Values must not be changed after they were emitted.
 */
import type { Values } from '../tuple/fields.ts'
import type { TaskId } from '../tuple/ids.ts'
import type { Tuple } from '../tuple/tuple.ts'
import type { StreamsOf } from './component.ts'

type StreamName<Out> = keyof StreamsOf<Out> & string
type ValuesOf<Out, K extends StreamName<Out>> = Values<StreamsOf<Out>[K]>
type DefaultStream<Out> = 'default' extends StreamName<Out> ? 'default' : StreamName<Out>

/** What a spout emits with; given to `open`. */
export interface SpoutOutputCollector<Out = any, MessageId = any> {
  /**
   * Emits a tuple. With a message id its tree is tracked, and `ack` or `fail` of the spout is called with that id;
   * without one (undefined) it is not.
   * @throws WRONG_VALUES, UNDECLARED_STREAM, NOT_DIRECT, CANNOT_ENCODE, TUPLE_TOO_LARGE
   */
  emit<K extends StreamName<Out> = DefaultStream<Out>>(
    values: ValuesOf<Out, K>,
    messageId?: MessageId,
    stream?: K,
  ): readonly TaskId[]
  /** Emits to one task of a direct stream. */
  emitDirect<K extends StreamName<Out> = DefaultStream<Out>>(
    task: TaskId,
    values: ValuesOf<Out, K>,
    messageId?: MessageId,
    stream?: K,
  ): void
  /** Shows an error without failing anything. */
  reportError(error: unknown): void
  /** How many roots of this task are in flight. */
  readonly pendingCount: number
  /** Whoever gets what this task emits is full. `nextTuple` is not called meanwhile; emit no more than what was begun. */
  readonly isHeldBack: boolean
}

/** What a bolt emits, acks and fails with; given to `prepare`. */
export interface OutputCollector<Out = any> {
  /** Emits a tuple into the trees of its anchors; with none (undefined) into no tree. @throws ALREADY_SETTLED and as above */
  emit<K extends StreamName<Out> = DefaultStream<Out>>(
    anchors: Tuple | readonly Tuple[] | undefined,
    values: ValuesOf<Out, K>,
    stream?: K,
  ): readonly TaskId[]
  emitDirect<K extends StreamName<Out> = DefaultStream<Out>>(
    task: TaskId,
    anchors: Tuple | readonly Tuple[] | undefined,
    values: ValuesOf<Out, K>,
    stream?: K,
  ): void
  /** This tuple is done. The first ack or fail of a tuple counts, later ones are void. */
  ack(tuple: Tuple): void
  /** The roots of this tuple fail, now; `error` becomes their reason. */
  fail(tuple: Tuple, error?: unknown): void
  /** Gives the roots of this tuple their whole timeout again. */
  resetTimeout(tuple: Tuple): void
  reportError(error: unknown): void
  /** Whoever gets what this task emits is full. `execute` is not called meanwhile; emit no more than what was begun. */
  readonly isHeldBack: boolean
}

/** What a basic bolt emits with; given to `execute`. */
export interface BasicOutputCollector<Out = any> {
  /** Emits a tuple that is anchored to the input. */
  emit<K extends StreamName<Out> = DefaultStream<Out>>(values: ValuesOf<Out, K>, stream?: K): readonly TaskId[]
  emitDirect<K extends StreamName<Out> = DefaultStream<Out>>(task: TaskId, values: ValuesOf<Out, K>, stream?: K): void
  /** Gives the roots of the input their whole timeout again. */
  resetTimeout(): void
  reportError(error: unknown): void
}
