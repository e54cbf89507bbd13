/**
 * What a user writes: spouts and bolts. The names and the life cycle are Storm's (`ISpout`, `IBolt`, `IBasicBolt` in
 * apache/storm `storm-client/src/jvm/org/apache/storm`); all calls to one instance come one after the other.
 */
import type { Tuple } from '../../tuple/tuple.ts'
import type { ConfigMap } from '../config/config.ts'
import type { BasicOutputCollector, OutputCollector, SpoutOutputCollector } from './collectors.ts'
import type { FailReason } from './failure/fail-reason.ts'
import type { BoltInputs, InputFinding } from './inputs.ts'
import type { Outputs } from './outputs.ts'
import type { TaskContext } from './task-context.ts'
import type { Timer } from './timers.ts'
import type { Timestamps } from './timestamps.ts'

declare const outMark: unique symbol
declare const inMark: unique symbol

/** Where a source stands, by partition: what `seek` needs to go on behind it. Names of partitions, and plain values. */
export type Positions = Readonly<Record<string, unknown>>

/** How much of the input of a task it has not emitted yet; what is not known is left out. */
export interface Backlog {
  readonly records?: number
  readonly bytes?: number
}

/** The part that spouts and bolts share. */
export interface ComponentBase<Out> {
  readonly [outMark]?: Out
  /** The streams that the component emits to; left out where it emits nothing. */
  readonly outputs?: Outputs<Out>
  /** Where event time comes from, where it comes from here; what the topology says for this component overrides it. */
  readonly timestamps?: Timestamps
  /** The component's own configuration; what the topology says for this component overrides it. */
  getComponentConfiguration?(): ConfigMap
  /**
   * Throws where a file is missing without which the component cannot begin: a script, an input. Asked of one instance
   * by `typhoon validate`, `plan` and `run`, before anything starts; never in a worker.
   * @param codeDir folder of the topology's file
   */
  checkFiles?(codeDir: string): void
  /**
   * What is allowed and probably not meant, a sentence each. Asked of one instance by `typhoon validate`, `plan` and
   * `run`, with the configuration that the topology has then.
   */
  warnings?(config: ConfigMap): readonly string[]
}

/**
 * A source of tuples. Return from `nextTuple` soon: acks and fails of this task wait as long as it runs.
 * It may return a promise; then it is not called again before that is settled.
 */
export abstract class Spout<Out = any, MessageId = any> implements ComponentBase<Out> {
  declare readonly [outMark]?: Out
  readonly kind = 'spout'
  declare readonly outputs?: Outputs<Out>
  declare readonly timestamps?: Timestamps
  getComponentConfiguration?(): ConfigMap
  checkFiles?(codeDir: string): void
  warnings?(config: ConfigMap): readonly string[]
  /** Called once, before everything else. */
  open?(context: TaskContext, collector: SpoutOutputCollector<Out, MessageId>): void | Promise<unknown>
  /** Emits the next tuple or tuples, or none. Called only while there is room downstream. */
  abstract nextTuple(): void | Promise<unknown>
  /**
   * The whole tree of the tuple that was emitted with this id is done. A run does not end before a promise is settled;
   * nothing else waits for it.
   */
  ack?(messageId: MessageId): void | Promise<unknown>
  /**
   * The tree has failed. Nothing is replayed by itself: emit it again, or see `ReliableSpout`. A promise is as that of
   * `ack`.
   */
  fail?(messageId: MessageId, reason: FailReason): void | Promise<unknown>
  /**
   * A bolt tells something of a tuple that came of this one, see `OutputCollector.note`; before `ack` of it, whatever
   * becomes of the tree later. What comes after a `fail`, or for an earlier life of the task, has no message id. An
   * exception fails the tree.
   */
  noted?(value: unknown, messageId: MessageId | undefined): void
  /**
   * Where this task stands: what it has emitted comes before, and all else after it. Asked when a snapshot is taken, at
   * any moment between two pieces of code: so a spout whose `nextTuple` returns a promise moves on in the same step in
   * which it emits, without an `await` in between. With it and `seek` a source is replayable: with `exactly-once` its
   * tuples have their effect once, and in every guarantee a later run can go on where this one was. Undefined: it
   * cannot be said now; not with `exactly-once`.
   */
  position?(): Positions | undefined
  /**
   * After `open`, before the first tuple, where a run goes on from a snapshot.
   * @param positions of all partitions of this component, whichever of its tasks has read them; those that are left out
   * begin at their beginning
   */
  seek?(positions: Positions): void | Promise<unknown>
  /**
   * Whether `seek` understands the positions of any number of tasks: each partition is read by one of those that there
   * are now, and its name does not depend on how many there were. Left out: a snapshot fits as many tasks as it was
   * taken of.
   */
  readonly canRescale?: boolean
  /**
   * What this spout reads, where that cannot be read again, and by no other component: `stdin`. What it has read is
   * lost with its worker, and `typhoon plan` says so.
   */
  readonly readsOnce?: string
  /**
   * Whether a tuple that has failed is still to be emitted again with its message id, or to be done with in another
   * way. As long as it is, a later run begins before it. Asked now and then of what has failed and is not acked. Left
   * out: true where there is a `fail`.
   */
  owes?(messageId: MessageId): boolean
  /**
   * These partitions are too far ahead of others in event time (`maxDriftMs`): emits nothing of them until it is called
   * again without them. Left out: a task waits as a whole, for other tasks.
   * @param partitions values of the field that `timestamps.partition` names
   */
  pausePartitions?(partitions: ReadonlySet<unknown>): void
  /**
   * How much there is in the input of this task that it has not emitted yet, as far as that is known without waiting
   * for anything. Asked once for each report of its worker, so that one can see whether a source keeps up.
   */
  backlog?(): Backlog | undefined
  activate?(): void | Promise<unknown>
  deactivate?(): void | Promise<unknown>
  /**
   * The run is to end: nothing new is wanted any more. `nextTuple` goes on being called for what is owed, replays for
   * example, until
   * `isExhausted` says that there is nothing. Left out: `nextTuple` is not called any more.
   */
  drain?(): void | Promise<unknown>
  close?(): void | Promise<unknown>
  /**
   * True when nothing will ever be emitted again unless something fails. When all spouts of a topology say so and
   * nothing is in flight, the input has ended. Left out: the spout is endless.
   */
  isExhausted?(): boolean
}

/** A bolt that anchors, acks and fails by itself. Every tuple must be acked or failed, or it times out. */
export abstract class Bolt<In = any, Out = any> implements ComponentBase<Out> {
  declare readonly [outMark]?: Out
  declare readonly [inMark]?: In
  readonly kind = 'bolt'
  declare readonly outputs?: Outputs<Out>
  declare readonly timestamps?: Timestamps
  /**
   * With `topology.guarantee: exactly-once`: an execution that returns a promise takes effect when that is fulfilled,
   * with all that was emitted and written until then, as one of a BasicBolt. Without it, what was emitted and written
   * by the time at which the promise is returned stays. The bolt needs a state: one execution is open at a time then.
   */
  readonly isAtomic?: boolean
  /**
   * That it emits when `execute` has returned and its tuple is not acked: with `topology.guarantee: exactly-once` that
   * comes again after a failure, and `typhoon plan` says so.
   */
  readonly emitsLate?: boolean
  /**
   * By how much what it emits may be older than its watermark, in the unit of the timestamps: the tasks behind hear of
   * its watermark less this, so that nothing is late there. Left out: 0.
   */
  readonly watermarkDelayMs?: number
  /**
   * What does not fit between the bolt and what comes to it: a field that it needs and no input has, for instance. One
   * instance is asked by `typhoon validate`, `plan` and `run`, before anything starts.
   */
  checkInputs?(inputs: BoltInputs): readonly InputFinding[]
  getComponentConfiguration?(): ConfigMap
  checkFiles?(codeDir: string): void
  /** Called once, before the first tuple. */
  prepare?(context: TaskContext, collector: OutputCollector<Out>): void | Promise<unknown>
  /**
   * One tuple. An exception fails it. A promise holds the next tuple back until it is settled, unless
   * `topology.bolt.concurrency` lets more be in flight.
   */
  abstract execute(tuple: Tuple<In>): void | Promise<unknown>
  /**
   * A tick (`topology.tick.tuple.freq.secs`). Left out: ticks come to `execute`, as in Storm, and `isTick` tells them.
   */
  tick?(tuple: Tuple): void | Promise<unknown>
  /** A timer of `context.timers` fires: an execution of its own, which is in no tree. */
  onTimer?(timer: Timer): void | Promise<unknown>
  /**
   * `onTimer` has thrown for this timer and is not called for it again: it is gone. The place for what has to go on all
   * the same: the next timer of a chain, or what is kept for this one. What it throws is reported.
   */
  onTimerGivenUp?(timer: Timer): void
  /** The watermark of the task has moved on, and all timers up to it have fired; the tasks behind hear of it next. */
  onWatermark?(watermark: number): void | Promise<unknown>
  /** The input has ended, no tuple is in flight; may still emit. */
  endOfInput?(): void | Promise<unknown>
  /**
   * With `topology.guarantee: exactly-once`: a snapshot is taken, between two executions. What is returned, or what its
   * promise resolves to, is part of it; the bolt of a run that goes on from there finds it as `context.prepared`. For
   * who writes to something outside: what was written by now must be there to stay by then, and what is written later
   * is to be taken back where the run goes back to this snapshot. Storm: `State.prepareCommit`.
   */
  prepareCommit?(snapshot: number): unknown
  /**
   * The snapshot is complete: no run will go back behind it. May be called again, also in a later run. Rejects where it
   * cannot be done now: then it is called again, with growing delays.
   */
  commit?(snapshot: number): void | Promise<unknown>
  cleanup?(): void | Promise<unknown>
}

/**
 * A `Bolt` to whose `execute` nothing comes but its input: ticks come to `tick`, which does nothing unless it is
 * overridden.
 */
export abstract class DataBolt<In = any, Out = any> extends Bolt<In, Out> {
  override tick(_tuple: Tuple): void | Promise<unknown> {}
}

/**
 * A bolt whose tuples are anchored to the input and which is acked when `execute` returns, or its promise resolves.
 * An exception fails the tuple, with that error as the reason.
 */
export abstract class BasicBolt<In = any, Out = any> implements ComponentBase<Out> {
  declare readonly [outMark]?: Out
  declare readonly [inMark]?: In
  readonly kind = 'basic-bolt'
  declare readonly outputs?: Outputs<Out>
  declare readonly timestamps?: Timestamps
  /** See `Bolt.watermarkDelayMs`. */
  readonly watermarkDelayMs?: number
  checkInputs?(inputs: BoltInputs): readonly InputFinding[]
  getComponentConfiguration?(): ConfigMap
  checkFiles?(codeDir: string): void
  prepare?(context: TaskContext): void | Promise<unknown>
  abstract execute(tuple: Tuple<In>, collector: BasicOutputCollector<Out>): void | Promise<unknown>
  /** A tick (`topology.tick.tuple.freq.secs`); what is emitted here is in no tree. Ticks do not come to `execute`. */
  tick?(collector: BasicOutputCollector<Out>): void | Promise<unknown>
  /** A timer of `context.timers` fires: an execution of its own; what is emitted here is in no tree. */
  onTimer?(timer: Timer, collector: BasicOutputCollector<Out>): void | Promise<unknown>
  /** See `Bolt.onTimerGivenUp`; emits nothing. */
  onTimerGivenUp?(timer: Timer): void
  /** The watermark of the task has moved on, and all timers up to it have fired; the tasks behind hear of it next. */
  onWatermark?(watermark: number, collector: BasicOutputCollector<Out>): void | Promise<unknown>
  /** The input has ended, no tuple is in flight; what is emitted here is in no tree. */
  endOfInput?(collector: BasicOutputCollector<Out>): void | Promise<unknown>
  /**
   * With `topology.guarantee: exactly-once`: a snapshot is taken, between two executions. What is returned, or what its
   * promise resolves to, is part of it; the bolt of a run that goes on from there finds it as `context.prepared`. For
   * who writes to something outside: what was written by now must be there to stay by then, and what is written later
   * is to be taken back where the run goes back to this snapshot. Storm: `State.prepareCommit`.
   */
  prepareCommit?(snapshot: number): unknown
  /**
   * The snapshot is complete: no run will go back behind it. May be called again, also in a later run. Rejects where it
   * cannot be done now: then it is called again, with growing delays.
   */
  commit?(snapshot: number): void | Promise<unknown>
  cleanup?(): void | Promise<unknown>
}

/** A bolt of either kind. */
export type AnyBolt = Bolt | BasicBolt
/** What a topology is made of. */
export type Component = Spout | AnyBolt

/** Output type of a spout or bolt. */
export type OutOf<C> = C extends ComponentBase<infer Out> ? Out : never
/** Input row of a bolt. */
export type InOf<B> = B extends BasicBolt<infer In, any> ? In : B extends Bolt<infer In, any> ? In : never
