/**
 * Runs a windowed bolt as a bolt: keeps its tuples, and calls it with each window that fires.
 *
 *     a tuple ─▶ late? ─▶ the contents ─▶ windows by count fire (by the clock)
 *     a watermark ─▶ a timer that is due at once (in event time)
 *     a timer ─▶ the next window up to its time fires ─▶ the timer is set again, until there is no such window
 *
 * So each window that time completes is an execution of its own, and one that is given up holds no other one back.
 *
 * Rules: apache/storm `storm-client/.../topology/WindowedBoltExecutor.java`.
 */
import {
  type BasicOutputCollector,
  type BoltInputs,
  type ConfigMap,
  DataBolt,
  declaredStreams,
  type InputFinding,
  type OutputCollector,
  type Outputs,
  type TaskContext,
  type TimeDomain,
  type Timer,
  type Timers,
  type Timestamps,
  type Tuple,
} from '../../index.ts'
import { LATE_COUNTER } from '../../tuple/system-ids.ts'
import { isThenable } from '../../util/thenable.ts'
import { InputCheck } from '../model/input-check.ts'
import { lateOutputs } from '../model/late.ts'
import { timeReader } from '../model/timestamp.ts'
import { type Contents, HeldTuples, LastingTuples } from './contents.ts'
import type { FiredWindow } from './event-log.ts'
import { Count } from './extent.ts'
import { TupleWindow } from './tuple-window.ts'
import { WindowCollector } from './window-collector.ts'
import type { WindowFunctions } from './window-functions.ts'
import type { WindowSettings } from './window-settings.ts'

type Called = void | Promise<void>

const SLIDE = 'slide'

export class WindowedBoltHost<In, Out> extends DataBolt<In, Out> {
  declare readonly outputs?: Outputs<Out>
  declare readonly timestamps?: Timestamps
  /** A window that fails has not fired. */
  override readonly isAtomic = true
  override readonly watermarkDelayMs: number
  readonly #bolt: WindowFunctions<In, Out>
  readonly #settings: WindowSettings
  readonly #timeOf: ((tuple: Tuple) => number) | undefined
  #context!: TaskContext
  #collector!: OutputCollector
  #contents!: Contents
  #timers!: Timers<string>

  constructor(bolt: WindowFunctions<In, Out>, settings: WindowSettings) {
    super()
    this.#bolt = bolt
    this.#settings = settings
    const { time } = settings
    this.watermarkDelayMs = bolt.watermarkDelayMs ?? 0
    this.#timeOf = time && timeReader(time)
    const outputs = outputsOf(bolt, settings.lateStream)
    if (outputs !== undefined) this.outputs = outputs as Outputs<Out>
    if (time?.lagMs !== undefined) {
      const { lagMs, intervalMs, field, extractor } = time
      const source = field === undefined ? { extractor: extractor! } : { field }
      this.timestamps = { ...source, lagMs, intervalMs }
    }
  }

  override getComponentConfiguration(): ConfigMap {
    return this.#bolt.getComponentConfiguration?.() ?? {}
  }

  override checkFiles(codeDir: string): void {
    this.#bolt.checkFiles?.(codeDir)
  }

  override checkInputs(inputs: BoltInputs): readonly InputFinding[] {
    const { name, time } = this.#settings
    const check = new InputCheck(name, 'BAD_WINDOW')
    if (time !== undefined && time.lagMs === undefined) {
      if (time.field !== undefined) check.field(time.field, inputs.streams, undefined)
      check.time(inputs, { method: 'withWatermarksOfSources' })
    }
    return [...check.found, ...(this.#bolt.checkInputs?.(inputs) ?? [])]
  }

  override prepare(context: TaskContext, collector: OutputCollector): Called {
    this.#context = context
    this.#collector = collector
    const { shape, time, maxTuples } = this.#settings
    const settings = { ...shape, time: time === undefined ? 'clock' : 'event' }
    this.#timers = context.timers('windows', { settings })
    const parts = { context, collector, shape, maxTuples, settings }
    const isExact = context.config['topology.guarantee'] === 'exactly-once'
    this.#contents = isExact ? new LastingTuples(parts) : new HeldTuples(parts)
    return this.#bolt.prepare?.(context)
  }

  override execute(tuple: Tuple<In>): Called {
    const time = this.#timeOf === undefined ? this.#now() : this.#timeOf(tuple)
    const { log } = this.#contents
    if (this.#timeOf !== undefined && log.isLate(time)) {
      this.#late(tuple)
      return
    }
    this.#contents.add(time, tuple)
    if (this.#timeOf !== undefined) this.#contents.keep(tuple)
    else if (this.#settings.shape.slide instanceof Count)
      return this.#then(this.#fire(time), () => {
        log.compact()
        this.#contents.keep(tuple)
      })
    else {
      log.compact()
      this.#slideAfter(time)
      this.#contents.keep(tuple)
    }
  }

  override onTimer({ domain, time }: Timer): Called {
    const { done, value } = this.#contents.log.advance(time).next()
    if (done === true) return this.#passed(domain, time)
    return this.#then(this.#call(value), () => this.#again(domain, time))
  }

  /** The window that failed each time is left out. */
  override onTimerGivenUp({ domain, time }: Timer): void {
    if (this.#contents.log.skip(time)) this.#again(domain, time)
    else this.#passed(domain, time)
  }

  override onWatermark(watermark: number): void {
    if (this.#timeOf !== undefined) this.#timers.atEventTime(SLIDE, watermark)
  }

  /** All windows that go by time close. */
  override endOfInput(): Called {
    return this.#then(this.#fire(Number.POSITIVE_INFINITY), () => {
      this.#contents.log.finish()
      this.#contents.keep()
    })
  }

  override prepareCommit(snapshot: number): unknown {
    return this.#bolt.prepareCommit?.(snapshot)
  }

  override commit(snapshot: number): Called {
    return this.#bolt.commit?.(snapshot)
  }

  override cleanup(): Called {
    this.#contents.close()
    return this.#bolt.cleanup?.()
  }

  /** A window has fired, or was left out: the timer looks for the next one. */
  #again(domain: TimeDomain, time: number): void {
    if (domain === 'event') this.#timers.atEventTime(SLIDE, time)
    else this.#timers.atProcessingTime(SLIDE, time)
    this.#contents.keep()
  }

  /** All windows up to a time have fired. */
  #passed(domain: TimeDomain, time: number): void {
    const { log } = this.#contents
    if (time === Number.POSITIVE_INFINITY) log.finish()
    if (domain === 'processing' && log.wantsSlide) this.#slideAfter(time)
    this.#contents.keep()
  }

  /** A tuple that comes by the clock is behind all that windows have closed over, though the clock was set back. */
  #now(): number {
    const { log } = this.#contents
    const { slide } = this.#settings.shape
    return Math.max(this.#context.date(), slide instanceof Count ? log.head.watermark : log.head.watermark + 1)
  }

  #slideAfter(time: number): void {
    this.#timers.atProcessingTime(SLIDE, this.#contents.log.nextEnd(time))
  }

  #late(tuple: Tuple): void {
    const { lateStream } = this.#settings
    this.#context.count(LATE_COUNTER)
    if (lateStream !== undefined) this.#collector.emit(tuple, [tuple.toObject()], lateStream)
    this.#collector.ack(tuple)
  }

  /** Calls the bolt with all windows that fire, one after the other. */
  #fire(to: number): Called {
    const windows = this.#contents.log.advance(to)
    const next = (): Called => {
      for (let { done, value } = windows.next(); done !== true; { done, value } = windows.next()) {
        const called = this.#call(value as FiredWindow<Tuple>)
        if (isThenable(called)) return Promise.resolve(called).then(next)
      }
    }
    return next()
  }

  #call({ events, added, expired, end }: FiredWindow<Tuple>): Called {
    const { length } = this.#settings.shape
    const window = new TupleWindow(events, added, expired, end, length instanceof Count ? undefined : length.ms)
    const collector = new WindowCollector(this.#collector, events, this.#contents.anchorsOf(events))
    const failed = (error: unknown): void => this.#contents.failed(events, error)
    try {
      const called = this.#bolt.execute(window, collector as BasicOutputCollector<Out>)
      return isThenable(called) ? Promise.resolve(called).then(undefined, failed) : undefined
    } catch (error) {
      failed(error)
    }
  }

  #then(called: Called, then: () => void): Called {
    if (isThenable(called)) return Promise.resolve(called).then(then)
    then()
  }
}

/** What the bolt declares, and the stream of late tuples where it does not declare that itself. */
function outputsOf(bolt: { readonly outputs?: Outputs }, lateStream: string | undefined): Outputs | undefined {
  if (lateStream === undefined) return bolt.outputs
  const streams = [...declaredStreams(bolt)].map(([stream, { direct, fields }]) => [
    stream,
    direct ? { direct, fields } : fields,
  ])
  return { ...lateOutputs(lateStream), ...Object.fromEntries(streams) }
}
