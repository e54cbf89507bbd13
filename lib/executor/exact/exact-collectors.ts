/**
 * What bolts emit with where a tuple is atomic: what an execution emits is staged, and leaves when the execution takes
 * effect. Anchors mean nothing here, for nothing is tracked: what is lost with a worker is rolled back for all.
 */
import type { BasicOutputCollector, OutputCollector } from '../../topology/component/collectors.ts'
import type { Over } from '../../topology/component/hosting/refused-emits.ts'
import type { StreamId, TaskId } from '../../tuple/ids.ts'
import type { Emitted } from '../../tuple/row.ts'
import type { Tuple } from '../../tuple/tuple.ts'
import { checkTuple } from '../bolt/bolt-collectors.ts'
import type { Emitter, OutputStream } from '../task/emitter.ts'
import type { ExecutorPorts } from '../task/ports.ts'
import { checkSendable, type Staged } from './staged.ts'

/** What a collector needs of the executor of its task. */
export interface ExactSide {
  readonly emitter: Emitter
  readonly ports: ExecutorPorts
  readonly heldBy: number
  /** Where what is emitted now is staged; undefined: it leaves at once, for it belongs to no execution. */
  readonly open: Staged | undefined
  ack(tuple: Tuple): void
  fail(tuple: Tuple, error: unknown): void
  giveUp(tuple: Tuple, attempts: number, error: unknown): void
  reportError(error: unknown): void
  lateEmit(over: Over): Error
}

/** What one execution of a basic bolt emits with. */
export class ExactBasicCollector implements BasicOutputCollector {
  readonly #side: ExactSide
  /** What it has emitted, from the moment on that its execution has returned a promise. */
  staged: Staged | undefined
  over: Over | undefined

  constructor(side: ExactSide) {
    this.#side = side
  }

  /** Hot. */
  emit(emitted: Emitted, streamId?: StreamId): readonly TaskId[] {
    const { emitter } = this.#side
    const stream = emitter.stream(streamId)
    const values = emitter.valuesOf(stream, emitted)
    const targets = emitter.route(stream, values)
    this.#stage(stream, values, targets)
    return targets
  }

  emitDirect(task: TaskId, emitted: Emitted, streamId?: StreamId): void {
    const { emitter } = this.#side
    const stream = emitter.stream(streamId)
    const values = emitter.valuesOf(stream, emitted)
    this.#stage(stream, values, emitter.routeDirect(stream, task))
  }

  /** Nothing times out. */
  resetTimeout(): void {}

  reportError(error: unknown): void {
    this.#side.reportError(error)
  }

  #stage(stream: OutputStream, values: readonly unknown[], targets: readonly TaskId[]): void {
    if (this.over !== undefined) throw this.#side.lateEmit(this.over)
    checkSendable(stream, values, targets, this.#side.ports)
    const staged = this.staged ?? this.#side.open!
    staged.add(stream, values, targets)
  }
}

/** What a bolt emits with that acks by itself. What it emits within `execute` leaves when that returns. */
export class ExactCollector implements OutputCollector {
  readonly #side: ExactSide

  constructor(side: ExactSide) {
    this.#side = side
  }

  emit(_anchors: unknown, emitted: Emitted, streamId?: StreamId): readonly TaskId[] {
    const { emitter } = this.#side
    const stream = emitter.stream(streamId)
    const values = emitter.valuesOf(stream, emitted)
    const targets = emitter.route(stream, values)
    this.#send(stream, values, targets)
    return targets
  }

  emitDirect(task: TaskId, _anchors: unknown, emitted: Emitted, streamId?: StreamId): void {
    const { emitter } = this.#side
    const stream = emitter.stream(streamId)
    const values = emitter.valuesOf(stream, emitted)
    this.#send(stream, values, emitter.routeDirect(stream, task))
  }

  ack(tuple: Tuple): void {
    checkTuple('ack', tuple)
    this.#side.ack(tuple)
  }

  fail(tuple: Tuple, error?: unknown): void {
    checkTuple('fail', tuple)
    this.#side.fail(tuple, error)
  }

  giveUp(tuple: Tuple, attempts: number, error: unknown): void {
    this.#side.giveUp(tuple, attempts, error)
  }

  resetTimeout(): void {}

  /** There are no trees, and no spout that could be told of one. */
  note(): void {}

  reportError(error: unknown): void {
    this.#side.reportError(error)
  }

  get isHeldBack(): boolean {
    return this.#side.heldBy > 0
  }

  #send(stream: OutputStream, values: readonly unknown[], targets: readonly TaskId[]): void {
    checkSendable(stream, values, targets, this.#side.ports)
    const { open, emitter } = this.#side
    if (open === undefined) emitter.sendUntracked(stream, values, targets)
    else open.add(stream, values, targets)
  }
}
