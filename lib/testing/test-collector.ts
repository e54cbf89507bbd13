/**
 * A collector for a test of a spout or a bolt by itself: it keeps what is emitted, acked, failed and reported, and
 * refuses what a run would refuse.
 *
 *     const split = new Split()
 *     const collector = testCollector(split)
 *     split.execute(testTuple(['to be'], { fields: ['sentence'] }), collector)
 *     assert.deepEqual(collector.values(), [['to'], ['be']])
 */
import {
  type Component,
  DEFAULT_STREAM,
  type DeclaredStream,
  declaredStreams,
  type TaskId,
  Tuple,
  TyphoonError,
} from '../index.ts'
import { NO_TASKS } from '../tuple/ids.ts'

/** What was emitted once. */
export interface TestEmit {
  readonly stream: string
  readonly values: readonly any[]
  /** The message id of a spout's tuple; undefined if the tuple is not tracked. */
  readonly messageId?: unknown
  /** The anchors of a bolt that anchors by itself. */
  readonly anchors?: readonly Tuple[]
  /** The target of emitDirect. */
  readonly task?: TaskId
}

type Declares = Pick<Component, 'kind' | 'outputs'>

/** Takes the place of any of the three collectors, as its component has it. */
export class TestCollector {
  readonly emitted: TestEmit[] = []
  readonly acked: Tuple[] = []
  readonly failed: { readonly tuple: Tuple; readonly error: unknown }[] = []
  /** The notes of a bolt to the spouts of its input. */
  readonly notes: { readonly tuple: Tuple; readonly value: unknown }[] = []
  /** What was reported. */
  readonly errors: unknown[] = []
  /** Set it to see what the component does meanwhile. */
  isHeldBack = false
  readonly #kind: Component['kind']
  /** Undefined where the component is not known: then nothing is checked. */
  readonly #streams: ReadonlyMap<string, DeclaredStream> | undefined

  /** @internal See `testCollector`. */
  constructor(component: Declares | undefined) {
    this.#kind = component?.kind ?? 'basic-bolt'
    this.#streams = component === undefined ? undefined : declaredStreams(component)
  }

  /** How many tuples were emitted with a message id; nothing acks them here. */
  get pendingCount(): number {
    return this.emitted.filter(({ messageId }) => messageId !== undefined).length
  }

  /** The values that were emitted to a stream, in their order. */
  values(stream: string = DEFAULT_STREAM): (readonly any[])[] {
    return this.emitted.flatMap((emit) => (emit.stream === stream ? [emit.values] : []))
  }

  /**
   * As the collector of its component has it: `(values, stream)`, `(anchors, values, stream)` or `(values, messageId,
   * stream)`.
   */
  emit(...given: any[]): readonly TaskId[] {
    this.emitted.push(this.#read(given, false))
    return NO_TASKS
  }

  /** Like `emit`, with the task first. */
  emitDirect(task: TaskId, ...given: any[]): void {
    this.emitted.push({ ...this.#read(given, true), task })
  }

  ack(tuple: Tuple): void {
    this.acked.push(tuple)
  }

  fail(tuple: Tuple, error?: unknown): void {
    this.failed.push({ tuple, error })
  }

  resetTimeout(): void {}

  note(tuple: Tuple, value: unknown): void {
    this.notes.push({ tuple, value })
  }

  reportError(error: unknown): void {
    this.errors.push(error)
  }

  #read(given: readonly any[], isDirect: boolean): TestEmit {
    if (this.#kind === 'basic-bolt') {
      const [values, stream] = given
      return this.#checked(values, stream, isDirect)
    }
    if (this.#kind === 'spout') {
      const [values, messageId, stream] = given
      return { ...this.#checked(values, stream, isDirect), messageId }
    }
    const [anchors, values, stream] = given
    const list = anchors === undefined ? [] : anchors instanceof Tuple ? [anchors] : anchors
    return { ...this.#checked(values, stream, isDirect), anchors: list }
  }

  /** @throws UNDECLARED_STREAM, NOT_DIRECT, WRONG_VALUES */
  #checked(emitted: unknown, stream: string = DEFAULT_STREAM, isDirect: boolean): TestEmit {
    const streams = this.#streams
    if (streams === undefined) return { stream, values: emitted as readonly any[] }
    const declared = streams.get(stream)
    if (declared === undefined) {
      const hint = `its streams are ${[...streams.keys()].join(', ') || '(none)'}`
      throw new TyphoonError('UNDECLARED_STREAM', `the stream "${stream}" is not declared`, { where: { stream }, hint })
    }
    if (declared.direct !== isDirect)
      throw new TyphoonError('NOT_DIRECT', `the stream "${stream}" needs ${isDirect ? 'emit' : 'emitDirect'}`, {
        where: { stream },
      })
    return { stream, values: declared.fields.valuesOf(emitted, { component: 'component', stream }) }
  }
}

/**
 * A collector for this spout or bolt: give it to `open`, `prepare` or `execute`. What it emits is checked by the
 * streams that it declares; without a component it is one for a basic bolt, of which nothing is known.
 */
export function testCollector(component?: Declares): TestCollector {
  return new TestCollector(component)
}
