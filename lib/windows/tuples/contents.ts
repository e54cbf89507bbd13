/**
 * What a windowed bolt holds, and how that is safe. In `exactly-once` it is a state: tuples are acked when they are
 * there. Otherwise they are held unacked until they expire, so that they come again where their worker is lost.
 */
import {
  DEFAULT_STREAM,
  type Fields,
  HELD_COUNTER,
  type KeyValueState,
  type OutputCollector,
  type Settings,
  type TaskContext,
  Tuple,
  type TupleSource,
  TyphoonError,
} from '../../index.ts'
import { BEGINNING, EventLog, type Head, type Kept } from './event-log.ts'
import { Count, type TupleWindowShape } from './extent.ts'

/** The tuples of windows. */
export interface Contents {
  readonly log: EventLog<Tuple>
  /** Takes in a tuple. @throws WINDOW_TOO_LARGE */
  add(time: number, tuple: Tuple): void
  /** The execution has come to its end: what has changed is kept. @param tuple that was executed */
  keep(tuple?: Tuple): void
  /** The function of the user's has thrown over a window that fires. @returns what becomes of the error */
  failed(window: readonly Tuple[], error: unknown): void
  /** What a window emits is anchored to. */
  anchorsOf(window: readonly Tuple[]): readonly Tuple[] | undefined
  close(): void
}

/** What both have in common. */
export interface ContentsParts {
  readonly context: TaskContext
  readonly collector: OutputCollector
  readonly shape: TupleWindowShape
  readonly maxTuples: number
  /** By which what is held is written. */
  readonly settings: Settings
}

/** @throws WINDOW_TOO_LARGE */
function checkRoom({ size }: EventLog<Tuple>, { maxTuples, context }: ContentsParts): void {
  if (size < maxTuples) return
  throw new TyphoonError(
    'WINDOW_TOO_LARGE',
    `a window of "${context.component}" would hold more than ${maxTuples} tuples`,
    {
      where: { component: context.component, task: context.task },
      hint: 'shorter windows, more tasks with a grouping by fields, incremental windows (KeyedWindowBolt), or withMaxTuples',
    },
  )
}

/** Looks at what is held in each message timeout; as often as the runtime looks at inboxes (docs/decisions/017). */
const RENEWALS_PER_TIMEOUT = 4

/**
 * Tuples are held, and acked when they expire. Their trees are renewed meanwhile, so that the message timeout need not
 * be longer than a window.
 */
export class HeldTuples implements Contents {
  readonly log: EventLog<Tuple>
  readonly #parts: ContentsParts
  readonly #held = new Set<Tuple>()
  /** How often it was looked since a tuple came. */
  #looks = 0
  #cancel: () => void

  constructor(parts: ContentsParts) {
    this.#parts = parts
    const { collector, shape } = parts
    this.log = new EventLog(shape, {
      expired: ({ value }) => {
        this.#letGo(value)
        collector.ack(value)
      },
      forgotten: () => {},
    })
    this.#cancel = this.#renewLater()
  }

  add(time: number, tuple: Tuple): void {
    checkRoom(this.log, this.#parts)
    this.log.add(time, tuple)
    this.#looks = 0
    this.#held.add(tuple)
    this.#parts.context.count(HELD_COUNTER)
  }

  keep(): void {}

  /** Its tuples fail and leave; they come again, and are late by then where their time was passed. */
  failed(window: readonly Tuple[], error: unknown): void {
    const { collector } = this.#parts
    collector.reportError(error)
    this.log.dropWindow()
    for (const tuple of window) {
      this.#letGo(tuple)
      collector.fail(tuple, error)
    }
  }

  anchorsOf(window: readonly Tuple[]): readonly Tuple[] {
    return window
  }

  close(): void {
    this.#cancel()
  }

  #letGo(tuple: Tuple): void {
    this.#held.delete(tuple)
    this.#parts.context.count(HELD_COUNTER, -1)
  }

  /** Nothing has come for a message timeout: perhaps nothing can, for all that spouts may have in flight is held. */
  #checkStarved(): void {
    const { context, collector, shape } = this.#parts
    const { length } = shape
    const most = context.config['topology.max.spout.pending']
    // Of all that is in flight some task holds at least its share.
    if (!(length instanceof Count) || this.#held.size * context.tasksOf().length < most) return
    const { component, task } = context
    const what = `a window of ${length.count} tuples of "${component}" holds ${this.#held.size}, and nothing comes any more`
    const hint = `topology.max.spout.pending is ${most}: a spout emits nothing while so many of its tuples are held; raise it above the length of the window`
    collector.reportError(new TyphoonError('WINDOW_STARVED', what, { where: { component, task }, hint }))
  }

  #renewLater(): () => void {
    const { context, collector } = this.#parts
    const ms = (context.config['topology.message.timeout.secs'] * 1000) / RENEWALS_PER_TIMEOUT
    return context.after(ms, () => {
      for (const tuple of this.#held) collector.resetTimeout(tuple)
      if (++this.#looks === RENEWALS_PER_TIMEOUT) this.#checkStarved()
      this.#cancel = this.#renewLater()
    })
  }
}

/** A tuple as a state holds it. */
type KeptTuple = readonly [time: number, component: string, stream: string, task: number, values: readonly unknown[]]

const HEAD = 'head'

/**
 * Tuples are a state, and so is where their windows stand. What is in memory is what the state holds: where an
 * execution has failed it is read anew.
 */
export class LastingTuples implements Contents {
  readonly #parts: ContentsParts
  readonly #tuples: KeyValueState<number, KeptTuple>
  readonly #heads: KeyValueState<string, Head>
  readonly #sources = new Map<string, TupleSource>()
  #log: EventLog<Tuple> | undefined

  constructor(parts: ContentsParts) {
    this.#parts = parts
    const { context, settings } = parts
    this.#tuples = context.state('window.tuples', { settings, fixesTasks: true })
    this.#heads = context.state('window.head', { settings, fixesTasks: true })
  }

  get log(): EventLog<Tuple> {
    this.#log ??= this.#read()
    return this.#log
  }

  add(time: number, tuple: Tuple): void {
    checkRoom(this.log, this.#parts)
    const { nextNumber } = this.log.head
    const { sourceComponent, sourceStream, sourceTask, values } = tuple
    // It may not be possible to keep it: then the windows have not got it either.
    this.#tuples.put(nextNumber, [time, sourceComponent, sourceStream, sourceTask, values as readonly unknown[]])
    this.log.add(time, tuple)
  }

  keep(tuple?: Tuple): void {
    this.#heads.put(HEAD, this.log.head)
    if (tuple !== undefined) this.#parts.collector.ack(tuple)
  }

  /** The execution is undone, and tried again. */
  failed(_window: readonly Tuple[], error: unknown): void {
    this.#log = undefined
    throw error
  }

  anchorsOf(): undefined {}

  close(): void {}

  #read(): EventLog<Tuple> {
    const events = [...this.#tuples.entries()].map(
      ([number, [time, component, stream, task, values]]): Kept<Tuple> => ({
        number,
        time,
        value: new Tuple(values, this.#sourceOf(component, stream, task), 0, 0, 0, 0, 0, undefined),
      }),
    )
    const head = this.#heads.get(HEAD) ?? BEGINNING
    const keeper = { expired: () => {}, forgotten: ({ number }: Kept<Tuple>) => void this.#tuples.delete(number) }
    return new EventLog(this.#parts.shape, keeper, head, events)
  }

  #sourceOf(component: string, stream = DEFAULT_STREAM, task: number): TupleSource {
    const key = JSON.stringify([component, stream, task])
    let source = this.#sources.get(key)
    if (source === undefined) {
      const fields = this.#parts.context.streamsOf(component).get(stream) as Fields
      source = { component, stream, task, fields, streamIndex: 0 }
      this.#sources.set(key, source)
    }
    return source
  }
}
