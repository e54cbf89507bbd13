/** What the bolts of a child process emit, ack and fail with. */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import {
  AnchoredCollector,
  alreadySettled,
  type ComponentId,
  type Emitted,
  type OutputCollector,
  type TaskContext,
  type TaskId,
  Tuple,
  type TupleSource,
} from '../../index.ts'
import type { EmitOrigin } from '../wire/serializer.ts'
import type { ChildEmitter } from './child-emitter.ts'
import type { AsksForTaskIds } from './task-ids.ts'

type Values = readonly unknown[]

const NO_ANCHORS: EmitOrigin = {}

/** A tuple with the id by which the parent knows it. */
export class ChildTuple extends Tuple {
  readonly id: string
  /** What is emitted with it as the only anchor. */
  readonly origin: EmitOrigin

  constructor(id: string, values: Values, source: TupleSource) {
    super(values, source, 0, 0, 0, 0, 0, undefined)
    this.id = id
    this.origin = { anchors: [id] }
  }
}

/** What a collector can say of its input tuples, and of its task; the host of the bolt. */
export interface Settler {
  readonly isHeldBack: boolean
  ack(tuple: Tuple): void
  fail(tuple: Tuple, error?: unknown): void
  reportError(error: unknown): void
}

/** The collector of a bolt that anchors, acks and fails by itself. */
export class ChildBoltCollector implements OutputCollector, AsksForTaskIds {
  readonly #component: ComponentId
  readonly #emitter: ChildEmitter
  readonly #settler: Settler

  constructor(component: ComponentId, emitter: ChildEmitter, settler: Settler) {
    this.#component = component
    this.#emitter = emitter
    this.#settler = settler
  }

  emit(anchors: Tuple | readonly Tuple[] | undefined, values: Emitted, stream?: string): readonly TaskId[] {
    return this.#emitter.emit(values, this.#originOf(anchors), stream)
  }

  emitDirect(task: TaskId, anchors: Tuple | readonly Tuple[] | undefined, values: Emitted, stream?: string): void {
    this.#emitter.emitDirect(task, values, this.#originOf(anchors), stream)
  }

  askForTaskIds(emit: () => readonly TaskId[]): Promise<readonly TaskId[]> {
    return this.#emitter.askForTaskIds(emit)
  }

  ack(tuple: Tuple): void {
    this.#settler.ack(tuple)
  }

  fail(tuple: Tuple, error?: unknown): void {
    this.#settler.fail(tuple, error)
  }

  /** The protocol has no word for it: a child's tuples have the timeout that they have. */
  resetTimeout(): void {}

  /** The protocol has no word for this either; what would be lost is refused. @throws CHILD_PROTOCOL */
  note(): never {
    throw new TyphoonError('CHILD_PROTOCOL', 'a bolt in a child process cannot send a note to its spout', {
      hint: 'emit the value to a bolt that does',
    })
  }

  reportError(error: unknown): void {
    this.#settler.reportError(error)
  }

  get isHeldBack(): boolean {
    return this.#settler.isHeldBack
  }

  /** @throws ALREADY_SETTLED: to a parent it would be a broken protocol */
  #originOf(anchors: Tuple | readonly Tuple[] | undefined): EmitOrigin {
    if (anchors === undefined) return NO_ANCHORS
    if (anchors instanceof ChildTuple) {
      if (anchors.settled) throw alreadySettled(this.#component)
      return anchors.origin
    }
    const ids: string[] = []
    for (const anchor of Array.isArray(anchors) ? (anchors as readonly Tuple[]) : []) {
      if (anchor.settled) throw alreadySettled(this.#component)
      // A tuple that the component has made by itself is in no tree.
      if (anchor instanceof ChildTuple) ids.push(anchor.id)
    }
    return ids.length === 0 ? NO_ANCHORS : { anchors: ids }
  }
}

/** What one execution of a basic bolt emits with. */
export class ChildBasicCollector extends AnchoredCollector implements AsksForTaskIds {
  readonly #collector: ChildBoltCollector

  /** @param input undefined at the end of the input */
  constructor(collector: ChildBoltCollector, task: TaskContext, input: Tuple | undefined) {
    super(collector, task, input)
    this.#collector = collector
  }

  askForTaskIds(emit: () => readonly TaskId[]): Promise<readonly TaskId[]> {
    return this.#collector.askForTaskIds(emit)
  }
}
