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
 * What it is told. All but `wants` and `verdict` are told it of more tuples than are followed, and look for themselves:
 * of those in no tree where every root is followed, and of those that were under way when the mask changed.
 */
export interface Tracer {
  /** Whether the root that a spout task emits now must be one that is followed. */
  wants(task: TaskId, messageId: unknown): boolean
  /** A root has left. */
  emitted(source: TupleSource, rootHigh: number, rootLow: number, messageId: unknown): void
  /** A root has its verdict. @param reason why it failed; undefined: it is acked */
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

/** Which roots the executors of a worker follow. Asking costs the same whether any are followed or none. */
export class Following {
  /** A spout must ask the tracer of each root that it emits whether it is wanted. */
  seeks = false
  #tracer: Tracer | undefined
  #mask = 0
  /** Those of the mask; while nothing is followed, a bit that no low half has under a mask of none. */
  #bits = 1

  /** Undefined while nothing is followed. */
  get tracer(): Tracer | undefined {
    return this.#tracer
  }

  /** The lowest bits, all of which a root that is followed has. */
  get mask(): number {
    return this.#mask
  }

  begin(mask: number, tracer: Tracer): void {
    this.#tracer = tracer
    this.#mask = mask
    this.#bits = mask
    this.seeks = false
  }

  end(): void {
    this.#tracer = undefined
    this.#mask = 0
    this.#bits = 1
    this.seeks = false
  }

  /** Whether the root with this low half is followed. Hot. Of a tuple of several trees, the first root says it. */
  has(rootLow: number): boolean {
    return (rootLow & this.#mask) === this.#bits
  }
}
