/**
 * A bolt with an instance for each batch, which for linear DRPC is a request: it gets the tuples of that request alone,
 * and is called when it has had them all. Storm's IBatchBolt and its BatchBoltExecutor.
 */
import {
  type ConfigMap,
  DataBolt,
  type Emitted,
  type OutputCollector,
  type Outputs,
  type TaskContext,
  type TaskId,
  type Tuple,
  TyphoonError,
} from '../../index.ts'

/** What a BatchBolt emits with; whatever it emits begins with the id of its batch. */
export interface BatchOutputCollector<Out = any> {
  emit(values: Emitted<Out>, stream?: string): readonly TaskId[]
  emitDirect(task: TaskId, values: Emitted<Out>, stream?: string): void
  /** Shows an error without failing anything. */
  reportError(error: unknown): void
}

/** A bolt for one batch: it begins empty, and is thrown away after `finishBatch`. */
export abstract class BatchBolt<In = any, Out = any, Id = any> {
  readonly kind = 'batch-bolt'
  declare readonly outputs?: Outputs<Out>
  getComponentConfiguration?(): ConfigMap
  /** Called once, before the first tuple of the batch, or before `finishBatch` where there is none. */
  prepare?(context: TaskContext, collector: BatchOutputCollector<Out>, id: Id): void
  /** One tuple of the batch, acked when this returns, or its promise resolves. An exception fails the batch. */
  abstract execute(tuple: Tuple<In>): void | Promise<void>
  /** All tuples of the batch that come to this task have come. An exception fails the batch. */
  abstract finishBatch(): void | Promise<void>
}

/** What wants to know when all tuples with an id have come; Storm's FinishedCallback. */
export interface FinishedCallback {
  /** Emits at most; what it throws fails all that belongs to the id. */
  finishedId(id: unknown): void | Promise<void>
  /** The id has failed or was given up: forget it. */
  forgetId?(id: unknown): void
}

interface Running {
  readonly bolt: BatchBolt
  readonly collector: BatchCollector
}

/** Runs a BatchBolt: one instance for each id, which is the first value of a tuple. */
export class BatchBoltExecutor extends DataBolt implements FinishedCallback {
  readonly #create: () => BatchBolt
  readonly #batches = new Map<unknown, Running>()
  readonly #configuration: ConfigMap
  #context!: TaskContext
  #collector!: OutputCollector

  /** @param create one fresh instance per call; the first one is asked for what it declares */
  constructor(create: () => BatchBolt) {
    super()
    this.#create = create
    const { outputs, ...sample } = declarationsOf(create())
    if (outputs !== undefined) this.outputs = outputs
    this.#configuration = sample.configuration
  }

  declare outputs?: Outputs

  override getComponentConfiguration(): ConfigMap {
    return this.#configuration
  }

  override prepare(context: TaskContext, collector: OutputCollector): void {
    this.#context = context
    this.#collector = collector
  }

  override execute(tuple: Tuple): void | Promise<void> {
    const { bolt, collector } = this.#batch(tuple.values[0])
    collector.executing.add(tuple)
    const over = (): void => void collector.executing.delete(tuple)
    let promise: void | Promise<void>
    try {
      promise = bolt.execute(tuple)
    } catch (error) {
      over()
      throw error
    }
    if (promise !== undefined) return promise.finally(over).then(() => this.#collector.ack(tuple))
    over()
    this.#collector.ack(tuple)
  }

  finishedId(id: unknown): void | Promise<void> {
    const { bolt, collector } = this.#batch(id)
    this.#batches.delete(id)
    const promise = bolt.finishBatch()
    if (promise === undefined) collector.isOver = true
    else
      return promise.then(() => {
        collector.isOver = true
      })
  }

  forgetId(id: unknown): void {
    this.#batches.delete(id)
  }

  #batch(id: unknown): Running {
    let running = this.#batches.get(id)
    if (running === undefined) {
      running = { bolt: this.#create(), collector: new BatchCollector(this.#collector) }
      this.#batches.set(id, running)
      running.bolt.prepare?.(this.#context, running.collector, id)
    }
    return running
  }
}

/**
 * Anchors to every tuple of the batch that is being executed: which of them emits after an await cannot be known, and
 * they are of one request. What is emitted after the batch is finished is refused.
 */
class BatchCollector implements BatchOutputCollector {
  readonly executing = new Set<Tuple>()
  isOver = false
  readonly #collector: OutputCollector

  constructor(collector: OutputCollector) {
    this.#collector = collector
  }

  emit(values: Emitted, stream?: string): readonly TaskId[] {
    this.#refuseLate()
    return this.#collector.emit(this.#anchors(), values, stream)
  }

  emitDirect(task: TaskId, values: Emitted, stream?: string): void {
    this.#refuseLate()
    this.#collector.emitDirect(task, this.#anchors(), values, stream)
  }

  reportError(error: unknown): void {
    this.#collector.reportError(error)
  }

  /** None while the batch is finished: the request is the anchor then. */
  #anchors(): readonly Tuple[] | undefined {
    return this.executing.size === 0 ? undefined : [...this.executing]
  }

  #refuseLate(): void {
    if (!this.isOver) return
    const error = new TyphoonError('LATE_EMIT', 'a batch bolt emitted after its finishBatch was over', {
      hint: 'return the promise: a batch is over when what finishBatch returns is done',
    })
    this.#collector.reportError(error)
    throw error
  }
}

function declarationsOf(bolt: BatchBolt): { outputs: Outputs | undefined; configuration: ConfigMap } {
  return { outputs: bolt.outputs, configuration: bolt.getComponentConfiguration?.() ?? {} }
}
