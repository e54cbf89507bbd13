/** The collectors that bolts emit with: thin faces over the task's emitter. */
import type { BasicOutputCollector, OutputCollector } from '../topology/collectors.ts'
import type { StreamId, TaskId } from '../tuple/ids.ts'
import type { Emitted } from '../tuple/row.ts'
import { Tuple } from '../tuple/tuple.ts'
import type { Emitter, OutputStream } from './emitter.ts'

/** What a collector can say of its input tuples; the bolt executor. */
interface Settler {
  readonly heldBy: number
  ack(tuple: Tuple): void
  fail(tuple: Tuple, error: unknown): void
  resetTimeout(tuple: Tuple): void
  reportError(error: unknown): void
  /** What to throw at who emits after its execution was over. @param acked the tuple was acked by then, so what is emitted would be lost */
  lateEmit(acked: boolean): Error
}

type Anchors = Tuple | readonly Tuple[] | undefined
type AnyValues = readonly unknown[]

export class BoltCollector implements OutputCollector {
  readonly #emitter: Emitter
  readonly #settler: Settler

  constructor(emitter: Emitter, settler: Settler) {
    this.#emitter = emitter
    this.#settler = settler
  }

  emit(anchors: Anchors, emitted: Emitted, streamId?: StreamId): readonly TaskId[] {
    const stream = this.#emitter.stream(streamId)
    const values = this.#emitter.valuesOf(stream, emitted)
    const targets = this.#emitter.route(stream, values)
    this.#send(stream, values, targets, anchors)
    return targets
  }

  emitDirect(task: TaskId, anchors: Anchors, emitted: Emitted, streamId?: StreamId): void {
    const stream = this.#emitter.stream(streamId)
    const values = this.#emitter.valuesOf(stream, emitted)
    this.#send(stream, values, this.#emitter.routeDirect(stream, task), anchors)
  }

  ack(tuple: Tuple): void {
    this.#settler.ack(tuple)
  }

  fail(tuple: Tuple, error?: unknown): void {
    this.#settler.fail(tuple, error)
  }

  resetTimeout(tuple: Tuple): void {
    this.#settler.resetTimeout(tuple)
  }

  reportError(error: unknown): void {
    this.#settler.reportError(error)
  }

  get isHeldBack(): boolean {
    return this.#settler.heldBy > 0
  }

  #send(stream: OutputStream, values: AnyValues, targets: readonly TaskId[], anchors: Anchors): void {
    if (anchors === undefined) this.#emitter.sendUntracked(stream, values, targets)
    else if (anchors instanceof Tuple) this.#emitter.sendAnchored(stream, values, targets, anchors)
    else if (anchors.length === 1) this.#emitter.sendAnchored(stream, values, targets, anchors[0]!)
    else this.#emitter.sendMultiAnchored(stream, values, targets, anchors)
  }
}

/** How far an execution is; what it emits later than that is refused. */
export const RUNNING = 0
export const ACKED_LATE = 1
export const FAILED_LATE = 2

/**
 * What one execution of a basic bolt emits with: everything is anchored to its tuple. Each execution has a collector of its own, so that what is
 * emitted from a timer or a promise belongs to the execution that made it, or is refused.
 */
export class BasicCollector implements BasicOutputCollector {
  progress: typeof RUNNING | typeof ACKED_LATE | typeof FAILED_LATE = RUNNING
  readonly #emitter: Emitter
  readonly #settler: Settler
  /** undefined at the end of the input. */
  readonly #input: Tuple | undefined

  constructor(emitter: Emitter, settler: Settler, input: Tuple | undefined) {
    this.#emitter = emitter
    this.#settler = settler
    this.#input = input
  }

  /** Hot. */
  emit(emitted: Emitted, streamId?: StreamId): readonly TaskId[] {
    const stream = this.#emitter.stream(streamId)
    const values = this.#emitter.valuesOf(stream, emitted)
    const targets = this.#emitter.route(stream, values)
    this.#send(stream, values, targets)
    return targets
  }

  emitDirect(task: TaskId, emitted: Emitted, streamId?: StreamId): void {
    const stream = this.#emitter.stream(streamId)
    const values = this.#emitter.valuesOf(stream, emitted)
    this.#send(stream, values, this.#emitter.routeDirect(stream, task))
  }

  resetTimeout(): void {
    if (this.#input !== undefined) this.#settler.resetTimeout(this.#input)
  }

  reportError(error: unknown): void {
    this.#settler.reportError(error)
  }

  #send(stream: OutputStream, values: AnyValues, targets: readonly TaskId[]): void {
    if (this.progress !== RUNNING) throw this.#settler.lateEmit(this.progress === ACKED_LATE)
    if (this.#input === undefined) this.#emitter.sendUntracked(stream, values, targets)
    else this.#emitter.sendAnchored(stream, values, targets, this.#input)
  }
}
