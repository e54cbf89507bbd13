/**
 * What a sink must be able to do so that each tuple has its effect there exactly once: the contract, which `SinkBolt`
 * runs. A table that is written in transactions fits it, a file that is renamed, or an upload that ends with a commit.
 *
 *     begin ─▶ write … write ─▶ prepare ─▶ commit
 *        └────────┴──────────────┴──▶ abort, after a failure
 *
 * The law: what is prepared can be committed, whatever dies; a commit that comes again changes nothing; and what is
 * neither prepared nor committed when it is aborted leaves no trace.
 */
import type { TaskContext, Tuple } from '../../index.ts'

/** A sink with transactions, of one task. */
export interface TransactionalSink<In = any, Transaction = any, Prepared = any> {
  /** Called once, before everything else. */
  open?(context: TaskContext): void | Promise<void>
  /**
   * What this task has begun and is not among these is void; called before the first transaction begins.
   * @param prepared of the snapshot that the run goes on from; they are committed later, though they may have been
   */
  abort(prepared: readonly Prepared[]): void | Promise<void>
  /** A transaction for what is written next. One may still be prepared or committed while the next is written. */
  begin(): Transaction
  /**
   * Writes some tuples, in their order. Where it throws, nothing of them may be there, for the same ones come again.
   */
  write(transaction: Transaction, tuples: readonly Tuple<In>[]): void | Promise<void>
  /**
   * All of the transaction is written. From now on it can be committed, also by another process.
   * @returns what that takes: plain values
   */
  prepare(transaction: Transaction, snapshot: number): Prepared | Promise<Prepared>
  /** Makes it visible; may be called again for the same. Where it throws it is called again later. */
  commit(prepared: Prepared): void | Promise<void>
  /**
   * The newest snapshot for which something was prepared that this task has committed; undefined: none. A sink that has
   * it is never written to by a run that has gone back behind that, and would commit the same again.
   */
  committed?(): number | undefined | Promise<number | undefined>
  close?(): void | Promise<void>
}
