/**
 * Whoever follows whole tuple trees, as the run floor sees it. Not to be confused with the trace of an anchor
 * (`acker/trace.ts`), which every root has.
 *
 * The law: a root is followed where its low half has all of the bits of the mask. Every worker applies it by itself,
 * so of a root that is followed all is kept, and nothing of that goes over the wire with a tuple.
 */
import type { FailReason } from '../../topology/component/failure/fail-reason.ts'
import type { TaskId } from '../../tuple/ids.ts'
import type { Tuple, TupleSource } from '../../tuple/tuple.ts'

/**
 * What it is told, of tuples and roots that are followed as far as `has` says. Where nobody has asked, of tuples that
 * have failed and of promises that have settled, it looks for itself.
 */
export interface Tracer {
  /** The lowest bits, all of which the low half of a root that is followed has. */
  readonly mask: number
  /** A spout must ask of each root that it emits whether it is wanted. */
  readonly seeks: boolean
  /** Whether the root with this low half is followed. Hot. Of a tuple of several trees, the first root says it. */
  has(rootLow: number): boolean
  /** Whether the root that a spout task emits now must be one that is followed. */
  wants(task: TaskId, messageId: unknown): boolean
  /** A root has left. */
  emitted(source: TupleSource, rootHigh: number, rootLow: number, messageId: unknown, values: readonly unknown[]): void
  /** A root has its verdict, whether it is followed or not. @param reason why it failed; undefined: it is acked */
  verdict(rootHigh: number, rootLow: number, messageId: unknown, reason: FailReason | undefined): void
  /** A tuple was handed over. @param anchors those that it was emitted with; none: it is the first one of its root */
  sent(target: TaskId, tuple: Tuple, anchors: readonly Tuple[]): void
  /** A tuple has come from another worker. */
  arrived(target: TaskId, tuple: Tuple): void
  /** Its execution begins; nothing was emitted yet with it as an anchor. */
  began(task: TaskId, tuple: Tuple): void
  /** `execute` has returned, or its promise is settled. */
  ended(tuple: Tuple): void
  /** It is acked, or has failed. @param reason why it failed */
  settled(tuple: Tuple, reason: FailReason | undefined): void
}
