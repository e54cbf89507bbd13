/**
 * Writes to a transactional sink, in every guarantee.
 *
 * With `exactly-once` what is written from one snapshot to the next is one transaction: prepared as a part of the
 * snapshot, committed when that is complete. A tuple is executed when it waits to be written; so none is half written
 * when a snapshot is taken. In the other guarantees a transaction lasts `topology.state.checkpoint.interval.ms`, and
 * its tuples are acked when it is committed.
 *
 * A tuple that the sink does not take, while it takes others, is given up (`TupleWriter`). With `exactly-once` its dead
 * letter is sent then. A snapshot that was captured before that does not have the letter: so it is given up, and the
 * next one has the letter and the transaction.
 */
import { messageOf, TyphoonError } from '../../errors/typhoon-error.ts'
import { DataBolt, leaseOf, type OutputCollector, type TaskContext, type Tuple } from '../../index.ts'
import type { TransactionalSink } from './transactional-sink.ts'
import { BATCH, TupleWriter } from './tuple-writer.ts'

/** So many tuples wait to be written; when there are more, the stream is held back. */
const MOST_WAITING = 10 * BATCH

/** A transaction, until it is committed. */
class Work {
  /** What the sink has begun; undefined where nothing was written. */
  transaction: unknown
  readonly waiting: Tuple[] = []
  /** Held until it is committed, where tuples are tracked. */
  readonly tuples: Tuple[] = []
  writing: Promise<void> | undefined
  prepared: { readonly value: unknown } | undefined
  /** A tuple of it was given up when this snapshot had been captured: its dead letter is in none of up to then. */
  shortIn = Number.NEGATIVE_INFINITY

  get isEmpty(): boolean {
    return this.transaction === undefined && this.waiting.length === 0 && this.prepared === undefined
  }
}

/** What is kept with a snapshot. */
interface Kept {
  readonly snapshot: number
  /** What was prepared, the oldest first. */
  readonly values: readonly unknown[]
}

/** Writes tuples to a sink that can commit. */
export class SinkBolt<In = any> extends DataBolt<In> {
  readonly #sink: TransactionalSink<In>
  #context!: TaskContext
  #collector!: OutputCollector
  #writer!: TupleWriter
  #isExact = false
  #open = new Work()
  /** Closed and not committed, the oldest first. */
  #closed: Work[] = []
  /** Those of the snapshot that was taken last. */
  #captured: readonly Work[] = []
  #preparing: Promise<unknown> = Promise.resolve()
  /** The number of the snapshot, or else the transaction, that was closed last. */
  #snapshot = 0
  #cancelTimer: (() => void) | undefined
  #isOver = false
  /** Who waits for what is being written. */
  readonly #onFailure = new Set<(error: unknown) => void>()

  /** @throws NO_METHOD where it is no sink */
  constructor(sink: TransactionalSink<In>) {
    super()
    this.#sink = checkSink(sink)
  }

  override async prepare(context: TaskContext, collector: OutputCollector): Promise<void> {
    this.#context = context
    this.#collector = collector
    this.#isExact = context.config['topology.guarantee'] === 'exactly-once'
    this.#writer = this.#makeWriter()
    await this.#sink.open?.(context)
    const kept = context.prepared as Kept | undefined
    if (kept !== undefined) await this.#checkCommitted(kept)
    const { values } = kept ?? { values: [] }
    await this.#sink.abort(values)
    this.#closed = values.map((value) => Object.assign(new Work(), { prepared: { value } }))
  }

  override execute(tuple: Tuple<In>): void | Promise<void> {
    if (this.#open.waiting.length < MOST_WAITING) this.#take(tuple)
    else return this.#open.writing!.then(() => this.#take(tuple))
  }

  override prepareCommit(snapshot: number): Promise<Kept> {
    this.#snapshot = snapshot
    this.#close()
    const captured = [...this.#closed]
    this.#captured = captured
    return this.#prepareAll(captured, snapshot).then((values) => ({ snapshot, values }))
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

  /** @throws OUTPUT_CHANGED where the run has gone back behind what the sink has committed (rejects) */
  async #checkCommitted({ snapshot }: Kept): Promise<void> {
    const committed = await this.#sink.committed?.()
    if (committed === undefined || committed <= snapshot) return
    const message = `the sink ${nameOf(this.#sink)} has committed up to snapshot ${committed}, and the run goes on from ${snapshot}: it would commit the same again`
    throw new TyphoonError('OUTPUT_CHANGED', message, {
      hint: 'take back what the sink has of later snapshots, so that its committed() says so, and run again',
    })
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
    await this.#writer.writeAll(work.waiting, {
      write: (tuples) => {
        work.transaction ??= this.#sink.begin()
        return this.#sink.write(work.transaction, tuples as Tuple<In>[])
      },
      giveUp: (tuple, attempts, error) => this.#giveUp(work, tuple, attempts, error),
    })
    work.writing = undefined
  }

  #makeWriter(): TupleWriter {
    const { config } = this.#context
    return new TupleWriter({
      report: (cause) => {
        const error = this.#cannotWrite(cause)
        this.#collector.reportError(error)
        for (const onFailure of this.#onFailure) onFailure(error)
      },
      now: () => this.#context.now(),
      random: () => this.#context.random(),
      after: (ms) => this.#after(ms),
      isOver: () => this.#isOver,
      // Where tuples are tracked the spout counts how often one has failed.
      attempts: this.#isExact ? config['topology.tuple.max.attempts'] : 1,
      // Ahead of what comes then: the run ends, or the root fails.
      limitMs: 500 * config[this.#isExact ? 'topology.state.unavailable.limit.secs' : 'topology.message.timeout.secs'],
      canFail: !this.#isExact,
    })
  }

  #giveUp(work: Work, tuple: Tuple, attempts: number, error: unknown): void {
    if (!this.#isExact) {
      work.tuples.splice(work.tuples.indexOf(tuple), 1)
      this.#collector.fail(tuple, error)
      return
    }
    if (work !== this.#open) work.shortIn = this.#snapshot
    this.#collector.giveUp?.(tuple, attempts, error)
  }

  #cannotWrite(cause: unknown): TyphoonError {
    const message = `what "${this.#context.component}" writes is not taken by its sink ${nameOf(this.#sink)}, and is tried again: ${messageOf(cause)}`
    return new TyphoonError('OUTPUT_FAILED', message, {
      cause,
      hint: 'a tuple that the sink does not take while it takes others is given up; until then nothing is committed',
    })
  }

  #prepareAll(all: readonly Work[], snapshot: number): Promise<unknown[]> {
    const values = this.#preparing
      .catch(() => {})
      .then(async () => {
        for (const work of all) {
          await this.#written(work)
          if (work.shortIn >= snapshot)
            throw new Error('a tuple was given up, and its dead letter comes with the next snapshot')
          work.prepared ??= { value: await this.#sink.prepare(work.transaction, snapshot) }
        }
        return all.map(({ prepared }) => prepared!.value)
      })
    this.#preparing = values
    return values
  }

  async #commit(work: Work): Promise<void> {
    leaseOf(this.#context).check()
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

  /** With `exactly-once` it rejects where a write fails meanwhile: the next snapshot has it, and no one need wait. */
  #written(work: Work): Promise<void> | undefined {
    const { writing } = work
    if (!this.#isExact || writing === undefined) return writing
    return new Promise<void>((resolve, reject) => {
      this.#onFailure.add(reject)
      void writing.then(resolve).finally(() => this.#onFailure.delete(reject))
    })
  }

  #after(ms: number): Promise<void> {
    return new Promise((resolve) => this.#context.after(ms, resolve))
  }
}

/** Those that every sink has. */
const METHODS = ['abort', 'begin', 'write', 'prepare', 'commit'] as const

function checkSink<Sink extends TransactionalSink>(sink: Sink): Sink {
  const given: unknown = sink
  const missing = METHODS.filter((name) => typeof (given as Record<string, unknown> | undefined)?.[name] !== 'function')
  if (missing.length === 0) return sink
  const isClass = typeof given === 'function'
  const what = isClass ? `the class ${given.name}, and not an object of it` : 'what is no TransactionalSink'
  throw new TyphoonError('NO_METHOD', `a SinkBolt was given ${what}: it has no ${missing.join(', ')}`, {
    hint: isClass
      ? `write new SinkBolt(new ${given.name}())`
      : 'see TransactionalSink for what a sink must be able to do',
  })
}

function nameOf(sink: object): string {
  return sink.constructor?.name ?? 'Object'
}
