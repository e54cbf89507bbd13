/**
 * Windows by key whose tuples are aggregated as they come: what is kept is an aggregate for each key and pane of time,
 * however many tuples there are.
 *
 *     new KeyedWindowBolt<Sale, { shop: string; total: number; start: number; end: number }>({
 *       keys: ['shop'],
 *       window: sliding(60_000, 1000),
 *       aggregates: { total: summing('amount') },
 *       timestamps: { field: 'time', lagMs: 5000 },
 *     })
 *
 * Emits the key, the results, and where the window begins and ends. The input is to be grouped by the same fields.
 */

import {
  BasicBolt,
  type BasicOutputCollector,
  type BoltInputs,
  Fields,
  type InputFinding,
  type Outputs,
  type Settings,
  type TaskContext,
  type Timer,
  type Timestamps,
  type Tuple,
  TyphoonError,
} from '../../index.ts'
import { checkOptions, inOption } from '../../shape/options.ts'
import { checkAssigner, checkLateness, type WindowAssigner } from '../model/assigner.ts'
import { InputCheck } from '../model/input-check.ts'
import { checkLateStream, emitLate, withLateStream } from '../model/late.ts'
import { timeReader, timeSourceIn } from '../model/timestamp.ts'
import { afterWatermark, checkTrigger, isPlain } from '../model/trigger.ts'
import { checkAggregate, together } from './aggregate.ts'
import { KEYED_WINDOW, type KeyedWindowOptions } from './keyed-window-options.ts'
import { Sessions } from './sessions.ts'
import { SlidingWindows } from './sliding-windows.ts'
import { TriggeredWindows } from './triggered-windows.ts'
import { CLEAN_TIMERS, DELAY_TIMERS, type Emit, FIRE_TIMERS, type KeyedWindows, type WindowParts } from './windows.ts'

/** Aggregates by key and window. Fields: the key, the results, `start`, `end`; and `retracts` where it retracts. */
export class KeyedWindowBolt<In = any, Out = any> extends BasicBolt<In, Out> {
  declare readonly outputs?: Outputs<Out>
  declare readonly timestamps?: Timestamps
  /** The `end` of a window that fires again is not late behind this bolt. */
  override readonly watermarkDelayMs: number
  readonly #keys: readonly string[]
  readonly #assigner: WindowAssigner
  /** By which what it keeps is written. */
  readonly #settings: Settings
  readonly #rest: Pick<WindowParts, 'aggregate' | 'trigger' | 'accumulation' | 'latenessMs'>
  readonly #lateStream: string | undefined
  /** What is to be in each tuple, and the option that says so. */
  readonly #needs: readonly (readonly [field: string, path: string])[]
  readonly #makesNoWatermarks: boolean
  /** Undefined: nothing goes by the time of the tuples. */
  readonly #timeOf: ((tuple: Tuple) => number) | undefined
  #context!: TaskContext
  #windows!: KeyedWindows
  /** What the execution emits with that is under way. */
  #out!: BasicOutputCollector<any>

  /** @throws BAD_WINDOW, CONSTRUCTOR_FAILED, DUPLICATE_FIELD */
  constructor(options: KeyedWindowOptions<In, Out>) {
    super()
    const { keys, window, aggregates, trigger, accumulation, latenessMs, timestamps, timestampField, lateStream } =
      checkOptions('KeyedWindowBolt', options as KeyedWindowOptions, KEYED_WINDOW)
    this.#keys = keys
    this.#assigner = inOption('window', () => checkAssigner(window))
    const all = Object.entries(aggregates).map(
      ([name, one]) => [name, inOption(`aggregates.${name}`, () => checkAggregate(name, one!))] as const,
    )
    this.#rest = {
      aggregate: together(all.map(([, one]) => one)),
      trigger: trigger === undefined ? afterWatermark() : inOption('trigger', () => checkTrigger(trigger)),
      accumulation,
      latenessMs: inOption('latenessMs', () => checkLateness(latenessMs)),
    }
    const { aggregate: _, ...rest } = this.#rest
    const kept = all.map(([name, one]) => `${name}: ${one.name ?? 'its own'}`)
    this.#settings = { keys, window: this.#assigner, aggregates: kept, ...rest }
    this.watermarkDelayMs = latenessMs
    this.#lateStream = checkLateStream('a KeyedWindowBolt', lateStream, 'BAD_WINDOW')
    const source = timeSourceIn('a KeyedWindowBolt', { timestamps, timestampField }, 'BAD_WINDOW')
    if (source === undefined && this.#assigner.kind !== 'global')
      throw new TyphoonError('BAD_WINDOW', 'these windows go by the time of the tuples, and nothing says which it is', {
        hint: 'timestamps: { field: time, lagMs: 5000 }, or timestampField where the watermarks are those of the sources',
      })
    this.#makesNoWatermarks = source !== undefined && timestamps === undefined
    this.#needs = [
      ...keys.map((field) => [field, 'keys'] as const),
      ...all.flatMap(([name, { reads = [] }]) => reads.map((field) => [field, `aggregates.${name}`] as const)),
      ...(timestampField === undefined ? [] : [[timestampField, 'timestampField'] as const]),
    ]
    this.#timeOf = source && timeReader(source)
    if (timestamps !== undefined) this.timestamps = timestamps
    this.outputs = this.#outputs(Object.keys(aggregates)) as Outputs<Out>
  }

  override checkInputs(inputs: BoltInputs): readonly InputFinding[] {
    const check = new InputCheck('KeyedWindowBolt', 'BAD_WINDOW')
    check.timestamps(this.timestamps)
    for (const [field, path] of this.#needs) check.field(field, inputs.streams, path)
    if (this.#makesNoWatermarks) check.time(inputs, { option: 'timestampField' })
    return check.found
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    const settings = { settings: this.#settings }
    const parts: WindowParts = {
      ...this.#rest,
      fire: context.timers(FIRE_TIMERS, settings),
      clean: context.timers(CLEAN_TIMERS, settings),
      delay: context.timers(DELAY_TIMERS, settings),
      now: () => context.date(),
      state: (name, byTime = false) => context.state(name, { ...settings, byTime }),
    }
    this.#windows = windowsOfKind(this.#assigner, parts)
  }

  /** Hot. */
  override execute(tuple: Tuple<In>, collector: BasicOutputCollector<any>): void {
    const time = this.#timeOf === undefined ? 0 : this.#timeOf(tuple)
    this.#out = collector
    if (this.#windows.add(this.#keyOf(tuple), time, tuple, this.#emit)) return
    emitLate(tuple, this.#context, collector, this.#lateStream)
  }

  override onTimer(timer: Timer, collector: BasicOutputCollector<any>): void {
    this.#out = collector
    this.#windows.onTimer(timer, this.#emit)
  }

  override onTimerGivenUp(timer: Timer): void {
    this.#windows.onTimerGivenUp(timer)
  }

  #outputs(results: readonly string[]): Fields | Record<string, Fields> {
    const retracts = this.#rest.accumulation === 'retracting' ? ['retracts'] : []
    const own = new Fields([...this.#keys, ...results, 'start', 'end', ...retracts])
    return withLateStream(own, this.#lateStream)
  }

  /** One value stands for itself, several are a list. */
  #keyOf(tuple: Tuple<In>): unknown {
    const keys = this.#keys as readonly (keyof In & string)[]
    return keys.length === 1 ? tuple.get(keys[0]!) : keys.map((name) => tuple.get(name))
  }

  readonly #emit: Emit = (key, results, { start, end }, retracts) => {
    const values = this.#keys.length === 1 ? [key] : (key as readonly unknown[])
    const flag = this.#rest.accumulation === 'retracting' ? [retracts] : []
    this.#out.emit([...values, ...results, start, end, ...flag] as never)
  }
}

function windowsOfKind(assigner: WindowAssigner, parts: WindowParts): KeyedWindows {
  if (assigner.kind === 'session') return new Sessions(assigner, parts)
  return assigner.kind === 'aligned' && isWatermarkAlone(parts)
    ? new SlidingWindows(assigner, parts)
    : new TriggeredWindows(assigner, parts)
}

/** Whether nothing has to be remembered of a window but its tuples. */
function isWatermarkAlone({ trigger, accumulation, latenessMs }: WindowParts): boolean {
  return isPlain(trigger) && (latenessMs === 0 || accumulation === 'accumulating')
}
