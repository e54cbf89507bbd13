/**
 * One operation at work in one task: what a segment is made of. Batches interleave: while one waits for its last rows,
 * the next one begins; so what belongs to a batch is kept in `batch.slots[slot]` and nowhere else.
 *
 * A batch that is replayed comes as a new Batch object; the old one is dropped without `finish`.
 */
import type { Fields } from '../../index.ts'
import type { Awaitable, BatchId, TridentOperationContext } from '../model/operation.ts'
import type { State } from '../model/state.ts'
import type { DeclaredAt } from './named-operation.ts'

/** The values of one tuple, in the order of the fields at that point of the stream. Never changed once passed on. */
export type Row = readonly unknown[]

/** One attempt of one batch, in one segment of one task. */
export interface Batch {
  readonly id: BatchId
  /** Number of the transaction, from 1 up; null for a DRPC request, which changes no state. */
  readonly txid: number | null
  readonly attempt: number
  /** When the attempt began, ms since 1970, the same in all tasks. */
  readonly startedAt: number
  /** The state of each processor, by its slot. */
  readonly slots: unknown[]
}

/** An operation at work. The calls for one batch: `start`, any number of `execute`, `finish`. */
export interface Processor {
  start?(batch: Batch): void
  /** One row; `input` is the number of the stream that it came by, 0 unless the operation has several inputs. Hot. */
  execute(batch: Batch, row: Row, input: number): void
  /** All rows of the batch have come. May emit. While its promise is unsettled the task does nothing else. */
  finish?(batch: Batch): Awaitable<void>
}

/** What a processor is made with. */
export interface ProcessorContext {
  readonly operation: TridentOperationContext
  /** The fields of each input. */
  readonly inputs: readonly Fields[]
  /** The state that the operation reads or writes, where it does. */
  readonly state?: State
  /** Its own place in `batch.slots`. */
  readonly slot: number
  /** Where the user has declared it. */
  readonly declaredAt: DeclaredAt
  /** Whether anything comes next. */
  readonly isHeard: boolean
  /** Hands a row to what comes next. */
  emit(batch: Batch, row: Row): void
  /** Shows an error without failing the batch. */
  reportError(error: unknown): void
  /** Which partition speaks for a batch of which none has got a row: see `SingleEmit` of Storm. */
  isChosenFor(batch: Batch): boolean
}

/** Makes the processor of a task. */
export type ProcessorFactory = (context: ProcessorContext) => Awaitable<Processor>
