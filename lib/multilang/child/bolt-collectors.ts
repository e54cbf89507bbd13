/** What the bolts of a child process emit, ack and fail with. */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import {
  type BasicOutputCollector,
  type Emitted,
  type OutputCollector,
  type TaskId,
  Tuple,
  type TupleSource,
} from '../../index.ts'
import type { EmitOrigin } from '../wire/serializer.ts'
import type { Emitter } from './emitter.ts'
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
  readonly #emitter: Emitter
  readonly #settler: Settler

  constructor(emitter: Emitter, settler: Settler) {
    this.#emitter = emitter
    this.#settler = settler
  }

  emit(anchors: Tuple | readonly Tuple[] | undefined, values: Emitted, stream?: string): readonly TaskId[] {
    return this.#emitter.emit(values, originOf(anchors), stream)
  }

  emitDirect(task: TaskId, anchors: Tuple | readonly Tuple[] | undefined, values: Emitted, stream?: string): void {
    this.#emitter.emitDirect(task, values, originOf(anchors), stream)
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
}

/**
 * What one execution of a basic bolt emits with: everything is anchored to `input`, which is undefined at the end of
 * the input.
 */
export class ChildBasicCollector implements BasicOutputCollector, AsksForTaskIds {
  /** The execution is over: what is emitted later is refused. */
  isOver = false
  readonly #input: Tuple | undefined
  readonly #emitter: Emitter
  readonly #settler: Settler

  constructor(emitter: Emitter, settler: Settler, input?: Tuple) {
    this.#emitter = emitter
    this.#settler = settler
    this.#input = input
  }

  /** Hot. */
  emit(values: Emitted, stream?: string): readonly TaskId[] {
    return this.#emitter.emit(values, this.#origin(), stream)
  }

  emitDirect(task: TaskId, values: Emitted, stream?: string): void {
    this.#emitter.emitDirect(task, values, this.#origin(), stream)
  }

  askForTaskIds(emit: () => readonly TaskId[]): Promise<readonly TaskId[]> {
    return this.#emitter.askForTaskIds(emit)
  }

  /** Does nothing, like `ChildBoltCollector.resetTimeout`. */
  resetTimeout(): void {}

  reportError(error: unknown): void {
    this.#settler.reportError(error)
  }

  /** Whoever makes such a mistake may catch the error as well, so it is shown besides. @throws LATE_EMIT */
  #origin(): EmitOrigin {
    if (!this.isOver) return originOf(this.#input)
    const error = new TyphoonError(
      'LATE_EMIT',
      'the bolt emitted after its execute was over, when its tuple was settled',
      {
        hint: 'return the promise: a tuple is acked when what execute returns is done',
      },
    )
    this.#settler.reportError(error)
    throw error
  }
}

/** @throws ALREADY_SETTLED: to a parent it would be a broken protocol */
function originOf(anchors: Tuple | readonly Tuple[] | undefined): EmitOrigin {
  if (anchors === undefined) return NO_ANCHORS
  if (anchors instanceof ChildTuple) {
    if (anchors.settled) throw alreadySettled(anchors)
    return anchors.origin
  }
  const ids: string[] = []
  for (const anchor of Array.isArray(anchors) ? (anchors as readonly Tuple[]) : []) {
    if (anchor.settled) throw alreadySettled(anchor)
    // A tuple that the component has made by itself is in no tree.
    if (anchor instanceof ChildTuple) ids.push(anchor.id)
  }
  return ids.length === 0 ? NO_ANCHORS : { anchors: ids }
}

function alreadySettled({ sourceComponent }: Tuple): TyphoonError {
  const message = `an anchor (a tuple of "${sourceComponent}") was acked or failed before this emit`
  return new TyphoonError('ALREADY_SETTLED', message, { hint: 'emit first, then ack' })
}
