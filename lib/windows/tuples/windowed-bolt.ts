/**
 * A bolt that gets windows of tuples. Names and rules: apache/storm
 * `storm-client/src/jvm/org/apache/storm/topology/base/BaseWindowedBolt.java`.
 *
 *     class Average extends WindowedBolt<{ price: number }, { average: number }> {
 *       readonly outputs = fields<{ average: number }>('average')
 *       execute(window: TupleWindow<{ price: number }>, collector: BasicOutputCollector<{ average: number }>) {
 *         const prices = window.get().map((tuple) => tuple.get('price'))
 *         collector.emit([prices.reduce((a, b) => a + b) / prices.length])
 *       }
 *     }
 *     builder.setBolt('average', () => new Average().withTumblingWindow(Duration.seconds(10)))
 */
import type {
  BasicOutputCollector,
  Bolt,
  BoltInputs,
  BoltMaker,
  ConfigMap,
  InputFinding,
  Outputs,
  TaskContext,
  Tuple,
} from '../../index.ts'
import { checkPositive } from '../model/window.ts'
import { Count, type Duration, type Extent } from './extent.ts'
import type { TupleWindow } from './tuple-window.ts'
import type { WindowFunctions } from './window-functions.ts'
import { checkExtent, checkTime, SettingsDraft } from './window-settings.ts'
import { WindowedBoltHost } from './windowed-bolt-host.ts'

/**
 * `execute` is called with each window that fires. What it emits is anchored to all tuples of the window. These are
 * held until they expire, and acked then, without timing out meanwhile; with `topology.guarantee: exactly-once` the
 * window is a state, and a tuple is acked when it is in it.
 */
export abstract class WindowedBolt<In = any, Out = any> implements WindowFunctions<In, Out>, BoltMaker<Bolt<In, Out>> {
  declare readonly outputs?: Outputs<Out>
  /** See `Bolt.watermarkDelayMs`. */
  readonly watermarkDelayMs?: number
  readonly #settings = new SettingsDraft()

  getComponentConfiguration?(): ConfigMap
  /** See `Bolt.checkInputs`. */
  checkInputs?(inputs: BoltInputs): readonly InputFinding[]
  checkFiles?(codeDir: string): void
  /** Called once, before the first window. */
  prepare?(context: TaskContext): void | Promise<void>
  /**
   * A window fires; no other one does before what is returned is settled. Where it throws, with acks the tuples of the
   * window fail and leave it; in `exactly-once` the window fires again.
   */
  abstract execute(window: TupleWindow<In>, collector: BasicOutputCollector<Out>): void | Promise<void>
  /** See `Bolt.prepareCommit`. */
  prepareCommit?(snapshot: number): unknown
  /** See `Bolt.commit`. */
  commit?(snapshot: number): void | Promise<void>
  cleanup?(): void | Promise<void>

  /**
   * Windows of a length, by a number of tuples or by time, and how far each slides from the one before.
   * @param slide left out: with each tuple
   * @throws BAD_WINDOW
   */
  withWindow(length: Extent, slide: Extent = new Count(1)): this {
    const shape = { length: checkExtent('the length', length), slide: checkExtent('the slide', slide) }
    this.#settings.shape = shape
    return this
  }

  /** Windows side by side. @throws BAD_WINDOW */
  withTumblingWindow(length: Extent): this {
    return this.withWindow(length, length)
  }

  /** Tuples have their time in this field: a number, milliseconds since 1970, or a date. */
  withTimestampField(field: string): this {
    this.#settings.source = { field: String(field) }
    return this
  }

  /** Makes the time of a tuple, where no field holds it. */
  withTimestampExtractor(extractor: (tuple: Tuple<In>) => number | undefined): this {
    this.#settings.source = { extractor }
    return this
  }

  /** How far a tuple may be behind the newest of its stream and not be late; 0 unless said. @throws BAD_WINDOW */
  withLag(lag: Duration | number): this {
    this.#settings.lagMs = checkTime('the lag', lag, 0)
    return this
  }

  /** How often a watermark is made; each second unless said. @throws BAD_WINDOW */
  withWatermarkInterval(interval: Duration | number): this {
    this.#settings.intervalMs = checkTime('the interval of watermarks', interval, 1)
    return this
  }

  /** Windows close by the watermarks that the sources make, see docs/time.md, and not by what comes here. */
  withWatermarksOfSources(): this {
    this.#settings.usesWatermarksOfSources = true
    return this
  }

  /**
   * The stream for tuples that are late: one field, `late_tuple`, which is the tuple by field name. Without it they are
   * counted (`late`) and left out.
   */
  withLateTupleStream(stream: string): this {
    this.#settings.lateStream = String(stream)
    return this
  }

  /** How many tuples a task holds at most, a million unless said: the next one fails. @throws BAD_WINDOW */
  withMaxTuples(most: number): this {
    this.#settings.maxTuples = checkPositive('the most tuples of a window', most, 'tuples')
    return this
  }

  /** The bolt that keeps the windows and calls this one. @throws BAD_WINDOW */
  toBolt(): Bolt<In, Out> {
    return new WindowedBoltHost<In, Out>(this, this.#settings.complete(this.constructor.name))
  }
}
