/** The collectors that bolts emit with: thin faces over the task's emitter. */
import type { BasicOutputCollector, OutputCollector } from '../../topology/component/collectors.ts'
import type { Over } from '../../topology/component/hosting/refused-emits.ts'
import type { StreamId, TaskId } from '../../tuple/ids.ts'
import type { Emitted } from '../../tuple/row.ts'
import { Tuple } from '../../tuple/tuple.ts'
import { show } from '../../values/show.ts'
import type { Emitter, OutputStream } from '../task/emitter.ts'

/** Characters of a wrong argument in a message. */
const LONGEST_SHOWN = 100

/** What a collector can say of its input tuples; the bolt executor. */
interface Settler {
  readonly emitter: Emitter
  readonly heldBy: number
  ack(tuple: Tuple): void
  fail(tuple: Tuple, error: unknown): void
  resetTimeout(tuple: Tuple): void
  reportError(error: unknown): void
  /**
   * What to throw at who emits after its execution was over. Of a tuple that was acked by then, what is emitted would
   * be lost.
   */
  lateEmit(over: Over): Error
}

type Anchors = Tuple | readonly Tuple[] | undefined
type AnyValues = readonly unknown[]

export class BoltCollector implements OutputCollector {
  readonly #settler: Settler

  constructor(settler: Settler) {
    this.#settler = settler
  }

  emit(anchors: Anchors, emitted: Emitted, streamId?: StreamId): readonly TaskId[] {
    const stream = this.#settler.emitter.stream(streamId)
    const values = this.#settler.emitter.valuesOf(stream, emitted)
    const targets = this.#settler.emitter.route(stream, values)
    this.#send(stream, values, targets, anchors)
    return targets
  }

  emitDirect(task: TaskId, anchors: Anchors, emitted: Emitted, streamId?: StreamId): void {
    const stream = this.#settler.emitter.stream(streamId)
    const values = this.#settler.emitter.valuesOf(stream, emitted)
    this.#send(stream, values, this.#settler.emitter.routeDirect(stream, task), anchors)
  }

  ack(tuple: Tuple): void {
    checkTuple('ack', tuple)
    this.#settler.ack(tuple)
  }

  fail(tuple: Tuple, error?: unknown): void {
    checkTuple('fail', tuple)
    this.#settler.fail(tuple, error)
  }

  resetTimeout(tuple: Tuple): void {
    checkTuple('resetTimeout', tuple)
    this.#settler.resetTimeout(tuple)
  }

  note(tuple: Tuple, value: unknown): void {
    checkTuple('note', tuple)
    this.#settler.emitter.note(tuple, value)
  }

  reportError(error: unknown): void {
    this.#settler.reportError(error)
  }

  get isHeldBack(): boolean {
    return this.#settler.heldBy > 0
  }

  #send(stream: OutputStream, values: AnyValues, targets: readonly TaskId[], anchors: Anchors): void {
    if (anchors === undefined) this.#settler.emitter.sendUntracked(stream, values, targets)
    else if (anchors instanceof Tuple) this.#settler.emitter.sendAnchored(stream, values, targets, anchors)
    else if (!Array.isArray(anchors) || !anchors.every((anchor) => anchor instanceof Tuple))
      throw new TypeError(`the anchors of emit must be a tuple, a list of tuples, or undefined, not ${shown(anchors)}`)
    else if (anchors.length === 1) this.#settler.emitter.sendAnchored(stream, values, targets, anchors[0]!)
    else this.#settler.emitter.sendMultiAnchored(stream, values, targets, anchors)
  }
}

/** Hot. @throws TypeError where a method of a collector was given something else than a tuple */
export function checkTuple(method: string, tuple: unknown): void {
  if (!(tuple instanceof Tuple)) throw new TypeError(`${method} takes the tuple that was executed, not ${shown(tuple)}`)
}

function shown(value: unknown): string {
  return show(value, LONGEST_SHOWN)
}

/**
 * What one execution of a basic bolt emits with: everything is anchored to its tuple. Each execution has a collector of
 * its own, so that what is emitted from a timer or a promise belongs to the execution that made it, or is refused.
 * There is one for every tuple, so it is small.
 */
export class BasicCollector implements BasicOutputCollector {
  readonly #settler: Settler
  /** The tuple; undefined for one of the runtime's own and at the end of the input. */
  readonly #input: Tuple | undefined
  /** What became of the execution, where its tuple does not say so: one that was settled was acked as a rule. */
  #over: Over | undefined

  constructor(settler: Settler, input: Tuple | undefined) {
    this.#settler = settler
    this.#input = input
    this.#over = undefined
  }

  /** The execution is over in another way than that its tuple was acked. */
  end(over: Over): void {
    this.#over = over
  }

  /** Hot. */
  emit(emitted: Emitted, streamId?: StreamId): readonly TaskId[] {
    const { emitter } = this.#settler
    const stream = emitter.stream(streamId)
    const values = emitter.valuesOf(stream, emitted)
    const targets = emitter.route(stream, values)
    this.#send(stream, values, targets)
    return targets
  }

  emitDirect(task: TaskId, emitted: Emitted, streamId?: StreamId): void {
    const { emitter } = this.#settler
    const stream = emitter.stream(streamId)
    const values = emitter.valuesOf(stream, emitted)
    this.#send(stream, values, emitter.routeDirect(stream, task))
  }

  resetTimeout(): void {
    if (this.#input !== undefined) this.#settler.resetTimeout(this.#input)
  }

  reportError(error: unknown): void {
    this.#settler.reportError(error)
  }

  #send(stream: OutputStream, values: AnyValues, targets: readonly TaskId[]): void {
    const input = this.#input
    if (this.#over !== undefined) throw this.#settler.lateEmit(this.#over)
    if (input?.settled === true) throw this.#settler.lateEmit('acked')
    const { emitter } = this.#settler
    if (input === undefined) emitter.sendUntracked(stream, values, targets)
    else emitter.sendAnchored(stream, values, targets, input)
  }
}
