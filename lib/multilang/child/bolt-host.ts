/**
 * Runs a bolt for a parent process. The semantics are those of a worker: an exception, or a promise that rejects, is
 * reported and fails the tuple; a basic bolt's tuple is acked when `execute` is done; promises of `execute` hold the
 * next tuple back as `topology.bolt.concurrency` says.
 *
 * A heartbeat is answered in its turn, behind the tuples before it. Where a promise holds those up it is answered at
 * once: it asks whether this process lives and reads, and it does. A bolt that blocks the process answers nothing, and
 * shows as hung.
 */
import {
  type AnyBolt,
  END_OF_INPUT_STREAM,
  Fields,
  HEARTBEAT_STREAM,
  HostedBolt,
  isTick,
  type Tuple,
  type TupleSource,
  untrackedTuple,
} from '../../index.ts'
import { RingBuffer } from '../../util/collections/ring-buffer.ts'
import { isThenable } from '../../util/thenable.ts'
import type { FromChild, TupleJson } from '../wire/messages.ts'
import { ChildBasicCollector, ChildBoltCollector, ChildTuple, type Settler } from './bolt-collectors.ts'
import type { Host, HostPorts } from './host.ts'

/** Tuples in one turn of the event loop, after which timers and signals have theirs. */
const TURN = 256
const NO_FIELDS = new Fields([])
const TICK_FIELDS = new Fields(['seconds'])

export class BoltHost implements Host, Settler {
  readonly #bolt: HostedBolt
  readonly #ports: HostPorts
  readonly #collector: ChildBoltCollector
  readonly #concurrency: number
  /** The sources that messages name: one object for all tuples of a stream of a task. */
  readonly #sources = new Map<string, Map<number, TupleSource>>()
  readonly #queue = new RingBuffer<TupleJson>()
  /** Promises of the bolt: `prepare`, `execute`, `endOfInput`. */
  #unsettled = 0
  /** `prepare` or `endOfInput` is not done: nothing else may run. */
  #alone = true
  #scheduled = false

  constructor(bolt: AnyBolt, ports: HostPorts) {
    this.#bolt = new HostedBolt(bolt)
    this.#ports = ports
    this.#collector = new ChildBoltCollector(ports.context.component, ports.emitter, this)
    this.#concurrency = ports.context.config['topology.bolt.concurrency']
  }

  get waiting(): number {
    return this.#queue.size
  }

  get isIdle(): boolean {
    return this.#queue.size === 0 && this.#unsettled === 0 && !this.#alone
  }

  get isHeldBack(): boolean {
    return this.#ports.output.isFull
  }

  async start(): Promise<void> {
    const { context } = this.#ports
    await this.#bolt.prepare(context, this.#collector)
    context.observe((hook) => hook.prepare?.(context))
    this.#alone = false
    this.work()
  }

  receive(message: FromChild): void {
    const tuple = message as unknown as TupleJson
    const isHeldUp = this.#alone || this.#unsettled > 0
    if (isHeldUp && tuple.stream === HEARTBEAT_STREAM) this.#ports.output.sync()
    else this.#queue.push(tuple)
  }

  work(): void {
    for (let left = TURN; left > 0 && !this.#alone && this.#unsettled < this.#concurrency; left--) {
      if (this.isHeldBack) return
      const message = this.#queue.peek()
      if (message?.stream === END_OF_INPUT_STREAM && this.#unsettled > 0) return
      if (message === undefined) {
        this.#ports.worked()
        return
      }
      this.#queue.shift()
      this.#take(message)
    }
    this.#ports.worked()
    if (!this.#alone && this.#unsettled < this.#concurrency) this.#workOn()
  }

  async close(): Promise<void> {
    await this.#bolt.cleanup()
    this.#ports.context.observe((hook) => hook.cleanup?.())
  }

  /** The first ack or fail of a tuple counts. Hot. */
  ack(tuple: Tuple): void {
    if (tuple.settled || !(tuple instanceof ChildTuple)) return
    tuple.settled = true
    this.#ports.output.settle('ack', tuple.id)
    this.#ports.context.observe((hook) => hook.boltAck?.({ tuple }))
  }

  /** The error goes ahead: a parent that is Typhoon takes it for the reason. */
  fail(tuple: Tuple, error?: unknown): void {
    if (tuple.settled || !(tuple instanceof ChildTuple)) return
    tuple.settled = true
    if (error !== undefined) this.reportError(error)
    this.#ports.output.settle('fail', tuple.id)
    this.#ports.context.observe((hook) => hook.boltFail?.({ tuple, error }))
  }

  reportError(error: unknown): void {
    this.#ports.output.error(error)
  }

  #workOn(): void {
    if (this.#scheduled || this.#queue.size === 0) return
    this.#scheduled = true
    this.#ports.soon(() => {
      this.#scheduled = false
      this.work()
    })
  }

  /** Hot. */
  #take(message: TupleJson): void {
    if (message.stream === HEARTBEAT_STREAM) this.#ports.output.sync()
    else if (message.stream === END_OF_INPUT_STREAM) void this.#endInput(message.id)
    else this.#execute(new ChildTuple(message.id, message.tuple, this.#sourceOf(message)))
  }

  #execute(tuple: ChildTuple): void {
    const { context } = this.#ports
    const began = context.now()
    const collector = this.#collectorOf(tuple)
    const over = (error?: { readonly thrown: unknown }): void => {
      context.observe((hook) => hook.boltExecute?.({ tuple, latencyMs: context.now() - began }))
      if (error !== undefined) this.#threw(tuple, error.thrown)
      else if (collector !== undefined) this.ack(tuple)
      collector?.end(error === undefined ? 'acked' : 'failed')
    }
    let promise: void | Promise<unknown>
    try {
      promise = isTick(tuple) ? this.#bolt.tick(tuple, collector) : this.#bolt.execute(tuple, collector)
    } catch (error) {
      over({ thrown: error })
      return
    }
    if (isThenable(promise)) this.#await(promise, over)
    else over()
  }

  #await(promise: PromiseLike<unknown>, over: (error?: { readonly thrown: unknown }) => void): void {
    this.#unsettled++
    const settle = (): void => {
      this.#unsettled--
      this.work()
    }
    Promise.resolve(promise).then(
      () => {
        over()
        settle()
      },
      (error: unknown) => {
        over({ thrown: error })
        settle()
      },
    )
  }

  /**
   * Where the bolt has settled the tuple before it threw, the error is shown all the same. Directly before the fail it
   * becomes its reason.
   */
  #threw(tuple: ChildTuple, error: unknown): void {
    this.reportError(error)
    this.fail(tuple)
  }

  /** @param input what is emitted is anchored to */
  #collectorOf(input: ChildTuple | undefined): ChildBasicCollector | undefined {
    return this.#bolt.isBasic ? new ChildBasicCollector(this.#collector, this.#ports.context, input) : undefined
  }

  async #endInput(id: string): Promise<void> {
    const { output } = this.#ports
    const collector = this.#collectorOf(undefined)
    this.#alone = true
    try {
      await this.#bolt.endOfInput(collector)
      collector?.end('acked')
    } catch (error) {
      this.reportError(error)
    }
    output.settle('ack', id)
    this.#alone = false
    this.work()
  }

  /** Hot. */
  #sourceOf(message: TupleJson): TupleSource {
    const { stream, task } = message
    let ofStream = this.#sources.get(stream)
    if (ofStream === undefined) {
      ofStream = new Map()
      this.#sources.set(stream, ofStream)
    }
    let source = ofStream.get(task)
    if (source === undefined || source.component !== message.comp) {
      source = this.#makeSource(message)
      ofStream.set(task, source)
    }
    return source
  }

  #makeSource({ comp, stream, task, tuple }: TupleJson): TupleSource {
    const component = comp ?? ''
    const declared = this.#ports.context.streamsOf(component)
    const streamIndex = [...declared.keys()].indexOf(stream)
    const source = { component, stream, task, streamIndex, fields: declared.get(stream) ?? NO_FIELDS }
    return isTick(untrackedTuple(tuple, source)) ? { ...source, fields: TICK_FIELDS } : source
  }
}
