/**
 * How the spouts fill a batch, behind one face. What differs is what a replay emits: a transactional spout just what
 * its metas say, an opaque one whatever comes after the transaction before; those without partitions have a file of
 * their own (`whole-source.ts`).
 */
import { copyOf } from '../../../values/copy.ts'
import type { Awaitable } from '../../model/operation.ts'
import type { BatchCollector, PartitionEmitter, TransactionAttempt, TransactionalEmitter } from '../../model/spout.ts'
import type { Again, Brief } from '../exchange/brief.ts'
import type { Emission } from '../exchange/emission-record.ts'

/** What a source emits a piece of a batch with. */
export interface PieceCollector extends BatchCollector {
  /** What is emitted from here on is of this partition. */
  from?(partition: string): void
}

/** What fills the batches of one task. */
export interface BatchSource {
  /**
   * A batch begins.
   * @param takesNew false when the run is to end, and a batch that was never begun takes only what a spout owes
   * @param brief the brief before it; undefined: it goes on where the one before has ended
   */
  begin(attempt: TransactionAttempt, takesNew: boolean, brief: Brief | undefined): void
  /** The batch was emitted before: it must have all of that, whatever time or rows it takes. */
  readonly isReplay: boolean
  /** Emits a piece. @returns whether more may come now */
  step(attempt: TransactionAttempt, collector: PieceCollector): Awaitable<boolean>
  /** Where a row stands, for its dead letter. @param at as it was emitted */
  placeOf(partition: string, at: number): Readonly<Record<string, unknown>> | undefined
  /** What was emitted since `begin`, to be remembered. */
  emission(): SourceEmission
  /** The transaction is committed. */
  committed(txid: number): void
  close(): Awaitable<void>
}

/** What the source itself knows of what was emitted. */
export type SourceEmission = Pick<Emission, 'exhausted' | 'partitions'>

/** The partitions that belong to one task. */
export class PartitionedSource implements BatchSource {
  readonly #emitter: PartitionEmitter
  /** Where each partition is that was listed or emitted from. */
  readonly #positions = new Map<string, unknown>()
  /** Mine, as of the last batch that began. */
  #partitions: readonly string[] = []
  /** Those that may still have something for this batch. */
  #open: string[] = []
  #next = 0
  #takesNew = true
  /** What a replay is to emit again. */
  #again: Again[] | undefined
  /** The metas of each partition; a name may be anything, `constructor` too. */
  #metas = new Map<string, unknown[]>()

  constructor(emitter: PartitionEmitter) {
    this.#emitter = emitter
  }

  begin(_attempt: TransactionAttempt, takesNew: boolean, brief: Brief | undefined): void {
    if (brief !== undefined) this.#learn(brief)
    this.#metas = new Map()
    this.#again = brief?.again === undefined ? undefined : [...brief.again]
    this.#takesNew = takesNew
    this.#open = this.#again === undefined && takesNew ? [...this.#partitions] : []
  }

  get isReplay(): boolean {
    return this.#again !== undefined
  }

  step(attempt: TransactionAttempt, collector: PieceCollector): Awaitable<boolean> {
    return this.#again === undefined
      ? this.#emitNew(attempt, collector)
      : this.#emitAgain(attempt, collector, this.#again)
  }

  placeOf(partition: string, at: number): Readonly<Record<string, unknown>> | undefined {
    return this.#emitter.placeOf?.(partition, at)
  }

  emission(): SourceEmission {
    const emitter = this.#emitter
    const exhausted =
      !this.#takesNew ||
      (emitter.isExhausted !== undefined &&
        this.#partitions.every((name) => emitter.isExhausted!(name, copyOf(this.#positions.get(name)))))
    return { exhausted, partitions: Object.fromEntries(this.#metas) }
  }

  committed(): void {}

  #learn({ whole, partitions }: Brief): void {
    if (whole) this.#positions.clear()
    this.#partitions = partitions.map(([name]) => name)
    for (const [name, position] of partitions)
      if (position !== undefined && !this.#positions.has(name)) this.#positions.set(name, position)
  }

  close(): Awaitable<void> {
    return this.#emitter.close?.()
  }

  /** One partition after the other has its turn, also over the batches. */
  #emitNew(attempt: TransactionAttempt, collector: PieceCollector): Awaitable<boolean> {
    const open = this.#open
    while (collector.hasRoom && open.length > 0) {
      this.#next %= open.length
      const partition = open[this.#next]!
      collector.from?.(partition)
      const meta = this.#emitter.emitPartitionBatchNew(
        attempt,
        collector,
        partition,
        copyOf(this.#positions.get(partition)),
      )
      if (meta instanceof Promise) return meta.then((settled) => this.#emitted(partition, settled))
      this.#emitted(partition, meta)
    }
    return open.length > 0
  }

  #emitted(partition: string, meta: unknown): boolean {
    if (meta === undefined) this.#open.splice(this.#next, 1)
    else {
      this.#note(partition, meta)
      this.#next++
    }
    return this.#open.length > 0
  }

  async #emitAgain(attempt: TransactionAttempt, collector: PieceCollector, pieces: Again[]): Promise<boolean> {
    const emitter = this.#emitter as TransactionalEmitter
    while (pieces.length > 0) {
      const { partition, meta } = pieces.shift()!
      collector.from?.(partition)
      await emitter.emitPartitionBatch(attempt, collector, partition, copyOf(meta))
      this.#note(partition, meta)
      if (!collector.hasRoom) break
    }
    return pieces.length > 0
  }

  /** What a meta says must stay, though the emitter goes on with the object that it has returned. */
  #note(partition: string, returned: unknown): void {
    const meta = copyOf(returned, `the meta of the partition "${partition}"`)
    this.#positions.set(partition, meta)
    const metas = this.#metas.get(partition)
    if (metas === undefined) this.#metas.set(partition, [meta])
    else metas.push(meta)
  }
}
