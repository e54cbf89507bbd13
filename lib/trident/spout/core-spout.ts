/**
 * Any spout of the core as a spout of Trident, non-transactional. Storm's RichSpoutBatchExecutor.
 *
 * The promise: a tuple with a message id is acked when a batch that has it is committed. A replay of a batch has the
 * same tuples, which Trident keeps; where it has not got them, the ids are failed, and what the spout emits then is its
 * own affair. So a ReliableSpout loses nothing, and a tuple may be counted twice: where a worker is lost.
 *
 * Batches are committed in order. So an ack of one is an ack of those before it: they were committed too, or are among
 * the dead letters.
 */
import {
  DEFAULT_STREAM,
  declaredStreams,
  type Emitted,
  type Fields,
  failedBy,
  HostedSpout,
  messageOf,
  type Outputs,
  type Spout,
  SpoutErrors,
  type SpoutOutputCollector,
  type TaskContext,
  type TaskId,
  TyphoonError,
  type Values,
} from '../../index.ts'
import { NO_TASKS } from '../../tuple/ids.ts'
import type { BatchCollector, BatchSpout, TransactionAttempt } from '../model/spout.ts'

/** What a spout emits while no batch is open waits for the next one; from this many rows on, the spout is held back. */
const MOST_WAITING = 1000
/** How many times the batches that may be in flight have their ids kept, before the oldest are failed. */
const BATCHES_KEPT = 4

/**
 * A spout of the core, for one task of Trident: `() => coreSpout(new FileSpout('words.txt'))`. Only its default stream
 * is read.
 * @throws NO_FIELDS where it has none
 */
export function coreSpout<Out = any>(spout: Spout<Out>): CoreSpout<Out> {
  return new CoreSpout(spout)
}

/** See `coreSpout`. */
export class CoreSpout<Out = any> implements BatchSpout<Out> {
  readonly kind = 'non-transactional'
  readonly outputs: Fields<Out>
  readonly #spout: Spout
  readonly #hosted: HostedSpout
  #context!: TaskContext
  #errors!: SpoutErrors
  /** Those of `isExhausted`, and that it is given up for them. */
  #exhaustedErrors!: SpoutErrors
  #givenUp: TyphoonError | undefined
  #isOpen = false
  /** Message ids by txid. */
  readonly #batches = new Map<number, unknown[]>()
  #pending = 0
  /** The batch that is being emitted. */
  #batch: OpenBatch<Out> | undefined
  /** The run is to end, and the spout owes nothing that it knows of. */
  #hasEnded = false
  /** How many rows the spout has emitted, ever. */
  #emitted = 0
  #waiting: { values: Values<Out>; id: unknown }[] = []

  constructor(spout: Spout<Out>) {
    this.#spout = spout
    this.#hosted = new HostedSpout(spout, (error, method) => this.#log(error, method))
    this.outputs = defaultFields<Out>(spout.outputs as Outputs | undefined)
  }

  checkFiles(codeDir: string): void {
    this.#spout.checkFiles?.(codeDir)
  }

  /** @throws INTERNAL where the same object is opened for another task */
  async open(context: TaskContext): Promise<void> {
    if (this.#isOpen) throw new TyphoonError('INTERNAL', 'a spout of the core was given to two tasks')
    this.#isOpen = true
    this.#context = context
    this.#errors = new SpoutErrors(context.config['topology.spout.error.limit'])
    this.#exhaustedErrors = new SpoutErrors(context.config['topology.spout.error.limit'])
    await this.#hosted.open(context, this.#collector())
    this.#hosted.activate()
  }

  /** @throws COMPONENT_FAILED where the spout is given up (rejects) */
  async emitBatch({ txid }: TransactionAttempt, collector: BatchCollector<Out>): Promise<void> {
    if (this.#givenUp !== undefined) throw this.#givenUp
    this.#failBatch(txid)
    this.#dropOldest()
    const ids: unknown[] = []
    this.#batches.set(txid, ids)
    const batch: OpenBatch<Out> = { collector, ids, streamError: undefined }
    this.#batch = batch
    try {
      for (const { values, id } of this.#waiting.splice(0)) emitInto(batch, values, id)
      await this.#emitSome(batch)
    } finally {
      this.#batch = undefined
      if (ids.length === 0) this.#batches.delete(txid)
    }
    if (batch.streamError !== undefined) throw batch.streamError
  }

  ack(txid: number): void {
    for (const [id, ids] of this.#batches) {
      if (id > txid) continue
      this.#forget(id, ids)
      for (const messageId of ids) this.#hosted.ack(messageId)
    }
  }

  /** What the spout owes it emits; one that cannot tell is not asked any more. */
  drain(): void {
    if (!this.#hosted.drain()) this.#hasEnded = true
  }

  isExhausted(): boolean {
    return this.#waiting.length === 0 && (this.#hasEnded || this.#saysExhausted())
  }

  #saysExhausted(): boolean {
    try {
      const exhausted = this.#hosted.isExhausted()
      this.#exhaustedErrors.inARow = 0
      return exhausted
    } catch (cause) {
      const givenUp = this.#exhaustedErrors.threw(messageOf(cause), this.#context.now(), 'isExhausted')
      const where = { component: this.#context.component }
      if (givenUp !== undefined) this.#givenUp = new TyphoonError('COMPONENT_FAILED', givenUp, { where, cause })
      this.#log(cause, 'isExhausted')
      return false
    }
  }

  async close(): Promise<void> {
    this.#hosted.deactivate()
    await this.#hosted.close()
  }

  /** Calls nextTuple until the batch is full, or nothing comes. Hot. */
  async #emitSome(batch: OpenBatch<Out>): Promise<void> {
    const { collector } = batch
    const calls = this.#hasEnded ? 0 : this.#context.config['topology.spout.max.batch.size']
    for (let call = 0; call < calls && hasRoom(batch) && !this.#errors.waits(this.#context); call++) {
      const before = this.#emitted
      try {
        const promise = this.#spout.nextTuple()
        if (promise !== undefined) await promise
      } catch (error) {
        // What it has emitted before stays in the batch.
        this.#threw(error, collector)
        return
      }
      this.#errors.inARow = 0
      if (this.#emitted === before) return
    }
  }

  /** @throws COMPONENT_FAILED where the spout is given up */
  #threw(cause: unknown, collector: BatchCollector<Out>): void {
    const { component } = this.#context
    const givenUp = this.#errors.threw(messageOf(cause), this.#context.now())
    if (givenUp !== undefined) throw new TyphoonError('COMPONENT_FAILED', givenUp, { where: { component }, cause })
    collector.reportError(cause)
  }

  /** The batch is replayed, so this attempt is over. */
  #failBatch(txid: number): void {
    const ids = this.#batches.get(txid)
    if (ids !== undefined) this.#fail(txid, ids, `batch ${txid} is replayed`)
  }

  /**
   * Drops the oldest batches: of more than could be in flight, or be committed a moment ago, they will not come back.
   */
  #dropOldest(): void {
    const most = BATCHES_KEPT * this.#context.config['topology.trident.max.batches.pending']
    for (const [txid, ids] of this.#batches) {
      if (this.#batches.size < most) return
      this.#fail(txid, ids, `batch ${txid} has not come back`)
    }
  }

  #fail(txid: number, ids: readonly unknown[], error: string): void {
    this.#forget(txid, ids)
    const reason = failedBy(this.#context, new Error(error))
    for (const id of ids) this.#hosted.fail(id, reason)
  }

  #forget(txid: number, ids: readonly unknown[]): void {
    this.#batches.delete(txid)
    this.#pending -= ids.length
  }

  #collector(): SpoutOutputCollector<any> {
    const adapter = this
    return {
      emit: (emitted: Emitted, id?: unknown, stream?: string) => this.#emit(emitted, id, stream),
      emitDirect() {
        throw new TyphoonError('NOT_DIRECT', 'a spout that feeds Trident must not have direct streams')
      },
      reportError: (error) => this.#report(error),
      get pendingCount() {
        return adapter.#pending
      },
      get isHeldBack() {
        return adapter.#waiting.length >= MOST_WAITING
      },
    }
  }

  /** Hot. */
  #emit(emitted: Emitted, id: unknown, stream: string | undefined): readonly TaskId[] {
    if (stream !== undefined && stream !== DEFAULT_STREAM) {
      throw new TyphoonError('UNDECLARED_STREAM', `Trident reads only the default stream of a spout, not "${stream}"`)
    }
    const values = this.outputs.valuesOf(emitted) as Values<Out>
    this.#emitted++
    if (id !== undefined) this.#pending++
    if (this.#batch === undefined) this.#waiting.push({ values, id })
    else emitInto(this.#batch, values, id)
    return NO_TASKS
  }

  #report(error: unknown): void {
    if (this.#batch === undefined) this.#log(error)
    else this.#batch.collector.reportError(error)
  }

  #log(error: unknown, method?: string): void {
    const { component } = this.#context
    this.#context.log('error', `${component}: ${method === undefined ? '' : `${method} threw: `}${messageOf(error)}`)
  }
}

/** A batch that is being emitted. */
interface OpenBatch<Out> {
  readonly collector: BatchCollector<Out>
  /** The message ids of its rows. */
  readonly ids: unknown[]
  /** What the stream threw at a row; the batch fails with it, and so do all of its rows. */
  streamError: unknown
}

/**
 * Does not throw: an error of the stream is not one of the spout, which would think that the row was not taken. Hot.
 */
function emitInto<Out>(batch: OpenBatch<Out>, values: Values<Out>, id: unknown): void {
  if (id !== undefined) batch.ids.push(id)
  if (batch.streamError !== undefined) return
  try {
    batch.collector.emit(values as never)
  } catch (error) {
    batch.streamError = error ?? new TyphoonError('OPERATION_FAILED', 'an operation threw nothing')
  }
}

function hasRoom({ collector, streamError }: OpenBatch<any>): boolean {
  return streamError === undefined && collector.hasRoom
}

function defaultFields<Out>(outputs: Outputs | undefined): Fields<Out> {
  const stream = declaredStreams(outputs === undefined ? {} : { outputs }).get(DEFAULT_STREAM)
  if (stream?.direct === false) return stream.fields as Fields<Out>
  throw new TyphoonError('NO_FIELDS', 'a spout that feeds Trident needs the fields of its default stream', {
    hint: {
      code: "declare them: readonly outputs = fields('…'); a ShellSpout takes { outputs: ['…'] }",
      yaml: 'a ShellSpout takes { outputs: [name] } among its constructorArgs; a class of your own has readonly outputs',
    },
  })
}
