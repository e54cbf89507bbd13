/**
 * Writes to a transactional sink, in every guarantee.
 *
 * With `exactly-once` what is written from one snapshot to the next is one transaction: prepared as a part of the
 * snapshot, committed when that is complete. A tuple is executed when it waits to be written; so none is half written
 * when a snapshot is taken. In the other guarantees a transaction lasts `topology.state.checkpoint.interval.ms`, and
 * its tuples are acked when it is committed.
 */
import { DataBolt, type OutputCollector, type TaskContext, type Tuple } from '../../index.ts'
import { backOff } from '../../util/time/back-off.ts'
import type { TransactionalSink } from './transactional-sink.ts'

/** So many tuples are written at once, and so many wait to be; when there are more, the stream is held back. */
const BATCH = 1000
const MOST_WAITING = 10 * BATCH
const RETRY_MS = 100
const MAX_RETRY_MS = 5000

/** A transaction, until it is committed. */
class Work {
  /** What the sink has begun; undefined where nothing was written. */
  transaction: unknown
  readonly waiting: Tuple[] = []
  /** Held until it is committed, where tuples are tracked. */
  readonly tuples: Tuple[] = []
  writing: Promise<void> | undefined
  prepared: { readonly value: unknown } | undefined

  get isEmpty(): boolean {
    return this.transaction === undefined && this.waiting.length === 0 && this.prepared === undefined
  }
}

/** Writes tuples to a sink that can commit. */
export class SinkBolt<In = any> extends DataBolt<In> {
  readonly #sink: TransactionalSink<In>
  #context!: TaskContext
  #collector!: OutputCollector
  #isExact = false
  #open = new Work()
  /** Closed and not committed, the oldest first. */
  #closed: Work[] = []
  /** Those of the snapshot that was taken last. */
  #captured: readonly Work[] = []
  #preparing: Promise<unknown> = Promise.resolve()
  #snapshot = 0
  #cancelTimer: (() => void) | undefined
  #isOver = false

  constructor(sink: TransactionalSink<In>) {
    super()
    this.#sink = sink
  }

  override async prepare(context: TaskContext, collector: OutputCollector): Promise<void> {
    this.#context = context
    this.#collector = collector
    this.#isExact = context.config['topology.guarantee'] === 'exactly-once'
    await this.#sink.open?.(context)
    const prepared = (context.prepared as readonly unknown[] | undefined) ?? []
    await this.#sink.abort(prepared)
    this.#closed = prepared.map((value) => Object.assign(new Work(), { prepared: { value } }))
  }

  override execute(tuple: Tuple<In>): void | Promise<void> {
    if (this.#open.waiting.length < MOST_WAITING) this.#take(tuple)
    else return this.#open.writing!.then(() => this.#take(tuple))
  }

  override prepareCommit(snapshot: number): Promise<unknown> {
    this.#close()
    const captured = [...this.#closed]
    this.#captured = captured
    return this.#prepareAll(captured, snapshot).then((values) => (values.length === 0 ? undefined : values))
  }

  override async commit(): Promise<void> {
    for (const work of this.#captured.filter((one) => this.#closed.includes(one))) await this.#commit(work)
  }

  override async endOfInput(): Promise<void> {
    if (!this.#isExact) await this.#endTransaction()
  }

  override async cleanup(): Promise<void> {
    this.#isOver = true
    this.#cancelTimer?.()
    await this.#sink.close?.()
  }

  #take(tuple: Tuple): void {
    const work = this.#open
    work.waiting.push(tuple)
    work.writing ??= this.#write(work)
    if (this.#isExact) {
      this.#collector.ack(tuple)
      return
    }
    work.tuples.push(tuple)
    const ms = this.#context.config['topology.state.checkpoint.interval.ms']
    this.#cancelTimer ??= this.#context.after(ms, () => void this.#endTransaction())
  }

  #close(): void {
    if (!this.#open.isEmpty) this.#closed.push(this.#open)
    this.#open = new Work()
  }

  /** Writes what waits, until nothing does; what cannot be written is tried again. */
  async #write(work: Work): Promise<void> {
    // What comes in one turn is written together.
    await Promise.resolve()
    for (let failures = 0; work.waiting.length > 0 && !this.#isOver; ) {
      const batch = work.waiting.slice(0, BATCH)
      try {
        work.transaction ??= this.#sink.begin()
        await this.#sink.write(work.transaction, batch as Tuple<In>[])
        work.waiting.splice(0, batch.length)
        failures = 0
      } catch (error) {
        this.#collector.reportError(error)
        await this.#after(backOff(++failures, RETRY_MS, MAX_RETRY_MS, this.#context.random()))
      }
    }
    work.writing = undefined
  }

  #prepareAll(all: readonly Work[], snapshot: number): Promise<unknown[]> {
    const values = this.#preparing
      .catch(() => {})
      .then(async () => {
        for (const work of all) {
          await work.writing
          work.prepared ??= { value: await this.#sink.prepare(work.transaction, snapshot) }
        }
        return all.map(({ prepared }) => prepared!.value)
      })
    this.#preparing = values
    return values
  }

  async #commit(work: Work): Promise<void> {
    await this.#sink.commit(work.prepared!.value)
    this.#closed = this.#closed.filter((one) => one !== work)
  }

  /** Where tuples are tracked: those of a transaction that fails fail. */
  async #endTransaction(): Promise<void> {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#close()
    const all = [...this.#closed]
    try {
      await this.#prepareAll(all, ++this.#snapshot)
      for (const work of all) await this.#commit(work)
      for (const { tuples } of all) for (const tuple of tuples) this.#collector.ack(tuple)
    } catch (error) {
      this.#closed = this.#closed.filter((one) => !all.includes(one))
      for (const { tuples } of all) for (const tuple of tuples) this.#collector.fail(tuple, error)
    }
  }

  #after(ms: number): Promise<void> {
    return new Promise((resolve) => this.#context.after(ms, resolve))
  }
}
