/**
 * A spout without partitions fills batches. What it emits into one is its own affair, also when it is asked again; so
 * it is asked once, and its rows are kept until the batch is committed. A replay has the same rows, and a row that a
 * batch fails for ever for can be found among them.
 *
 * The rows live with the task. Where its worker is lost the spout is asked anew, and the partition has another name:
 * what was known of the rows is void.
 */
import { copyOfEachThatCan } from '../../../values/copy.ts'
import { humanAttempt } from '../../model/batch-ids.ts'
import type { Awaitable } from '../../model/operation.ts'
import type { BatchSpout, TransactionAttempt } from '../../model/spout.ts'
import type { BatchSource, PieceCollector, SourceEmission } from './sources.ts'

/** What a spout has emitted into a batch. */
interface Kept {
  /** The name by which its rows are known. */
  readonly partition: string
  readonly rows: { readonly values: any; readonly at: number | undefined }[]
}

/** What a source without partitions is made of. */
export interface WholeParts {
  readonly spout: BatchSpout
  readonly taskIndex: number
  /** Batches in flight at most: one so far behind is over. */
  readonly maxPending: number
}

export class WholeSource implements BatchSource {
  readonly #parts: WholeParts
  /** The rows that are kept, by txid. */
  readonly #kept = new Map<number, Kept>()
  #partition = ''
  #takesNew = true
  #drains = false
  isReplay = false

  constructor(parts: WholeParts) {
    this.#parts = parts
  }

  begin({ txid, attempt }: TransactionAttempt, takesNew: boolean): void {
    const { taskIndex, maxPending } = this.#parts
    this.#forget(txid - maxPending)
    this.isReplay = this.#kept.has(txid)
    this.#partition = this.#kept.get(txid)?.partition ?? `task ${taskIndex}, attempt ${humanAttempt(attempt)}`
    this.#takesNew = takesNew
    if (!takesNew && !this.#drains) {
      this.#drains = true
      this.#parts.spout.drain?.()
    }
  }

  async step(attempt: TransactionAttempt, collector: PieceCollector): Promise<boolean> {
    collector.from?.(this.#partition)
    const kept = this.#kept.get(attempt.txid)
    if (kept !== undefined) for (const { values, at } of kept.rows) collector.emit(copyOf(values), at)
    else if (this.#takesNew || this.#parts.spout.drain !== undefined) await this.#ask(attempt, collector)
    return false
  }

  placeOf(_partition: string, at: number): Readonly<Record<string, unknown>> | undefined {
    return this.#parts.spout.placeOf?.(at)
  }

  emission(): SourceEmission {
    const { spout } = this.#parts
    const owesNothing = !this.#takesNew && spout.drain === undefined
    return { exhausted: owesNothing || (spout.isExhausted?.() ?? false), partitions: {} }
  }

  committed(txid: number): void {
    this.#forget(txid)
    this.#parts.spout.ack?.(txid)
  }

  close(): Awaitable<void> {
    return this.#parts.spout.close?.()
  }

  /** Where the spout throws nothing is kept: it is asked again. */
  async #ask(attempt: TransactionAttempt, collector: PieceCollector): Promise<void> {
    const kept: Kept = { partition: this.#partition, rows: [] }
    await this.#parts.spout.emitBatch(attempt, {
      emit(values, at) {
        // A step may change in place what it gets.
        const row = { values: copyOf(values), at }
        collector.emit(values, at)
        kept.rows.push(row)
      },
      giveUp: (values, messageId, error) => collector.giveUp(values, messageId, error),
      reportError: (error) => collector.reportError(error),
      get hasRoom() {
        return collector.hasRoom
      },
    })
    this.#kept.set(attempt.txid, kept)
  }

  /** Transactions up to this one are over. */
  #forget(txid: number): void {
    for (const known of this.#kept.keys()) if (known <= txid) this.#kept.delete(known)
  }
}

/** A copy of a row by position, or by name. */
function copyOf(values: any): any {
  if (Array.isArray(values)) return copyOfEachThatCan(values)
  const names = Object.keys(values)
  const copies = copyOfEachThatCan(Object.values(values))
  return Object.fromEntries(names.map((name, index) => [name, copies[index]]))
}
