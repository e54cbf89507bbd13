/**
 * Joins two streams by key and time: a row of the right side belongs to one of the left whose time is no more than
 * `beforeMs` later and no more than `afterMs` earlier than its own.
 *
 * The law: whatever the order in which they come, each pair that belongs together and was not late is emitted once. A
 * row is kept, in a state, until the watermark says that nothing can come to it any more. A tuple costs what it meets.
 */

import {
  BasicBolt,
  type BasicOutputCollector,
  type BoltInputs,
  type InputFinding,
  type KeyValueState,
  type Outputs,
  type TaskContext,
  type Timer,
  type Timers,
  type Timestamps,
  type Tuple,
} from '../index.ts'
import { checkOptions, choice, inOption, integer, map, type OptionTable, text } from '../shape/options.ts'
import { stateKey } from '../windows/keyed/windows.ts'
import { InputCheck } from '../windows/model/input-check.ts'
import { checkLateStream, emitLate, withLateStream } from '../windows/model/late.ts'
import { timeReader } from '../windows/model/timestamp.ts'
import { alignedBefore } from '../windows/model/window.ts'
import { checkTimes } from './check-times.ts'
import { type Row, Selection } from './selection.ts'
import { SIDES, type SideName, type SideOptions, Sides } from './sides.ts'

/** What can be set of an IntervalJoinBolt. */
export interface IntervalJoinOptions {
  /** The side whose times the interval is counted from: `{ source: orders, key: id }`. */
  readonly left: SideOptions
  /** The side that is looked for. */
  readonly right: SideOptions
  /** How much earlier than the left row a right one may be, milliseconds. */
  readonly beforeMs?: number
  /** How much later than the left row a right one may be, milliseconds. */
  readonly afterMs?: number
  /** What is emitted: `id, left:price, right:paid`; the fields are called so. */
  readonly select: string
  /** `left` also emits rows of the left side that nothing has come to, when nothing can come any more. */
  readonly kind?: 'inner' | 'left'
  /** Where the times of the tuples are, and what the watermarks are made of; see docs/time.md. */
  readonly timestamps?: Timestamps
  /** The field with the time of a tuple, where the sources make the watermarks. */
  readonly timestampField?: string
  /** A stream for what is late: one field, `late_tuple`, which is the tuple by field name. */
  readonly lateStream?: string
}

/** @internal */
export const INTERVAL_JOIN = {
  ...SIDES,
  beforeMs: integer({ default: 0, least: 0 }),
  afterMs: integer({ default: 0, least: 0 }),
  select: text({ required: true }),
  kind: choice(['inner', 'left'], { default: 'inner' }),
  timestamps: map<Timestamps>(),
  timestampField: text(),
  lateStream: text(),
} satisfies OptionTable<IntervalJoinOptions>

/** A row that is kept, and whether it has met one of the other side. */
type KeptRow = readonly [time: number, row: Row, hasMet: boolean]

/** Joins rows of two streams whose times are near each other. */
export class IntervalJoinBolt extends BasicBolt {
  declare readonly outputs: Outputs
  declare readonly timestamps?: Timestamps
  /** The times of both rows of a pair, and that of a left row alone, are not late behind this bolt. */
  override readonly watermarkDelayMs: number
  readonly #sides: Sides
  readonly #selection: Selection
  readonly #beforeMs: number
  readonly #afterMs: number
  readonly #keepsLeft: boolean
  /** Rows of one key and side are kept in lists, one for each stretch of this length. */
  readonly #stretchMs: number
  readonly #lateStream: string | undefined
  /** Where the watermarks are those of the sources. */
  readonly #timestampField: string | undefined
  readonly #timeOf: (tuple: Tuple) => number
  #rows!: Readonly<Record<SideName, KeyValueState<string, readonly KeptRow[]>>>
  #timers!: Readonly<Record<SideName, Timers>>
  #context!: TaskContext

  /** @throws CONSTRUCTOR_FAILED, BAD_JOIN, DUPLICATE_FIELD */
  constructor(options: IntervalJoinOptions) {
    super()
    const chosen = checkOptions('IntervalJoinBolt', options, INTERVAL_JOIN)
    this.#sides = new Sides('IntervalJoinBolt', chosen.left, chosen.right)
    this.#selection = inOption('select', () => new Selection(chosen.select, ['left', 'right']))
    this.#timestampField = chosen.timestamps === undefined ? chosen.timestampField : undefined
    this.#lateStream = checkLateStream('an IntervalJoinBolt', chosen.lateStream, 'BAD_JOIN')
    this.outputs = withLateStream(this.#selection.outputs, this.#lateStream) as Outputs
    this.#beforeMs = chosen.beforeMs
    this.#afterMs = chosen.afterMs
    this.#keepsLeft = chosen.kind === 'left'
    this.#stretchMs = Math.max(1, chosen.beforeMs + chosen.afterMs)
    this.watermarkDelayMs = this.#keepsLeft
      ? this.#stretchMs + chosen.afterMs
      : Math.max(chosen.beforeMs, chosen.afterMs)
    this.#timeOf = timeReader(checkTimes('an IntervalJoinBolt', chosen))
    if (chosen.timestamps !== undefined) this.timestamps = chosen.timestamps
  }

  override checkInputs(inputs: BoltInputs): readonly InputFinding[] {
    const check = new InputCheck('IntervalJoinBolt', 'BAD_JOIN')
    check.timestamps(this.timestamps)
    this.#sides.check(check, inputs, this.#selection.fields)
    if (this.#timestampField !== undefined) {
      check.field(this.#timestampField, inputs.streams, 'timestampField')
      check.time(inputs, { option: 'timestampField' })
    }
    return check.found
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    const [beforeMs, afterMs, kind] = [this.#beforeMs, this.#afterMs, this.#keepsLeft ? 'left' : 'inner']
    const settings = { settings: { ...this.#sides.settings, beforeMs, afterMs, kind } }
    this.#rows = { left: context.state('left', settings), right: context.state('right', settings) }
    this.#timers = { left: context.timers('left', settings), right: context.timers('right', settings) }
  }

  override execute(tuple: Tuple, collector: BasicOutputCollector): void {
    const { side, row, key } = this.#sides.of(tuple)
    const time = this.#timeOf(tuple)
    if (time < this.#timers.left.watermark) {
      emitLate(tuple, this.#context, collector, this.#lateStream)
      return
    }
    const hasMet = key !== undefined && this.#meet(side, key, time, row, collector)
    if (key === undefined) {
      if (side === 'left' && this.#keepsLeft) collector.emit(this.#pick(row, undefined))
      return
    }
    const start = alignedBefore(time, this.#stretchMs)
    const id = stateKey(start, key)
    const kept = this.#rows[side].get(id)
    if (kept === undefined) this.#timers[side].atEventTime(key, this.#goneAfter(side, start))
    this.#rows[side].put(id, [...(kept ?? []), [time, row, hasMet]])
  }

  /** Nothing can come to the rows of a stretch any more. */
  override onTimer(timer: Timer, collector: BasicOutputCollector): void {
    if (timer.name === 'left' && this.#keepsLeft)
      for (const [, row, hasMet] of this.#rows.left.get(this.#stretchOf(timer)) ?? [])
        if (!hasMet) collector.emit(this.#pick(row, undefined))
    this.#forget(timer)
  }

  override onTimerGivenUp(timer: Timer): void {
    this.#forget(timer)
  }

  #forget(timer: Timer): void {
    this.#rows[timer.name as SideName].delete(this.#stretchOf(timer))
  }

  /** By which the rows are kept that a timer is for. */
  #stretchOf({ name, key, time }: Timer): string {
    return stateKey(time - this.#goneAfter(name as SideName, 0), key)
  }

  /** Emits the row with each of the other side that it belongs to. @returns whether there is one */
  #meet(side: SideName, key: unknown, time: number, row: Row, collector: BasicOutputCollector): boolean {
    const other = side === 'left' ? 'right' : 'left'
    const [back, forth] = side === 'left' ? [this.#beforeMs, this.#afterMs] : [this.#afterMs, this.#beforeMs]
    let hasMet = false
    for (let at = alignedBefore(time - back, this.#stretchMs); at <= time + forth; at += this.#stretchMs) {
      const id = stateKey(at, key)
      const kept = this.#rows[other].get(id)
      if (kept === undefined) continue
      let isNews = false
      const after = kept.map((one): KeptRow => {
        const [otherTime, otherRow, otherHasMet] = one
        if (otherTime < time - back || otherTime > time + forth) return one
        collector.emit(side === 'left' ? this.#pick(row, otherRow) : this.#pick(otherRow, row))
        hasMet = true
        isNews ||= !otherHasMet
        return [otherTime, otherRow, true]
      })
      if (isNews && other === 'left' && this.#keepsLeft) this.#rows.left.put(id, after)
    }
    return hasMet
  }

  /** The watermark at which the last row of a stretch is of no use any more. */
  #goneAfter(side: SideName, start: number): number {
    return start + this.#stretchMs + (side === 'left' ? this.#afterMs : this.#beforeMs)
  }

  #pick(left: Row | undefined, right: Row | undefined): unknown[] {
    return this.#selection.pick(
      new Map([
        ['left', left],
        ['right', right],
      ]),
    )
  }
}
