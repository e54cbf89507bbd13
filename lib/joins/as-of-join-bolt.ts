/**
 * Joins each row of the left side with the row of the right side that held at its time: the newest one of its key that
 * is not later. Prices at the time of an order, the address at the time of a parcel.
 *
 * The law: what comes of a left row does not depend on the order in which the rows of both sides come, as far as they
 * are not late: it is said when the watermark has passed its time. Of the right side the last version that has been
 * passed is kept, for as long as it may hold, and those after it.
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
import { checkOptions, choice, inOption, map, type OptionTable, positive, text } from '../shape/options.ts'
import { stateKey } from '../windows/keyed/windows.ts'
import { InputCheck } from '../windows/model/input-check.ts'
import { checkLateStream, emitLate, withLateStream } from '../windows/model/late.ts'
import { timeReader } from '../windows/model/timestamp.ts'
import { checkTimes } from './check-times.ts'
import { type Row, Selection } from './selection.ts'
import { SIDES, type SideOptions, Sides } from './sides.ts'

/** What can be set of an AsOfJoinBolt. */
export interface AsOfJoinOptions {
  /** The side each of whose rows is joined: `{ source: orders, key: item }`. */
  readonly left: SideOptions
  /** The side whose newest row is looked for. */
  readonly right: SideOptions
  /** How old a right row may be, milliseconds; any age unless given. */
  readonly withinMs?: number
  /** What is emitted: `id, left:amount, right:price`; the fields are called so. */
  readonly select: string
  /** `left` also emits rows of the left side for which there is none. */
  readonly kind?: 'inner' | 'left'
  /** Where the times of the tuples are, and what the watermarks are made of; see docs/time.md. */
  readonly timestamps?: Timestamps
  /** The field with the time of a tuple, where the sources make the watermarks. */
  readonly timestampField?: string
  /** A stream for what is late: one field, `late_tuple`, which is the tuple by field name. */
  readonly lateStream?: string
}

/** @internal */
export const AS_OF_JOIN = {
  ...SIDES,
  withinMs: positive({ default: Number.POSITIVE_INFINITY }),
  select: text({ required: true }),
  kind: choice(['inner', 'left'], { default: 'inner' }),
  timestamps: map<Timestamps>(),
  timestampField: text(),
  lateStream: text(),
} satisfies OptionTable<AsOfJoinOptions>

const AGE_TIMERS = 'as-of.age'

/** Versions of the right side, by their times. */
type Version = readonly [time: number, row: Row]

/** Joins each row with what held at its time. */
export class AsOfJoinBolt extends BasicBolt {
  declare readonly outputs: Outputs
  declare readonly timestamps?: Timestamps
  readonly #sides: Sides
  readonly #selection: Selection
  readonly #withinMs: number
  readonly #keepsLeft: boolean
  readonly #lateStream: string | undefined
  /** Where the watermarks are those of the sources. */
  readonly #timestampField: string | undefined
  readonly #timeOf: (tuple: Tuple) => number
  #waiting!: KeyValueState<string, readonly Row[]>
  #versions!: KeyValueState<string, readonly Version[]>
  #timers!: Timers
  /** Of each key one, for when the oldest of its versions holds no more. */
  #ageTimers!: Timers
  #context!: TaskContext

  /** @throws CONSTRUCTOR_FAILED, BAD_JOIN, DUPLICATE_FIELD */
  constructor(options: AsOfJoinOptions) {
    super()
    const chosen = checkOptions('AsOfJoinBolt', options, AS_OF_JOIN)
    this.#sides = new Sides('AsOfJoinBolt', chosen.left, chosen.right)
    this.#selection = inOption('select', () => new Selection(chosen.select, ['left', 'right']))
    this.#timestampField = chosen.timestamps === undefined ? chosen.timestampField : undefined
    this.#lateStream = checkLateStream('an AsOfJoinBolt', chosen.lateStream, 'BAD_JOIN')
    this.outputs = withLateStream(this.#selection.outputs, this.#lateStream) as Outputs
    this.#withinMs = chosen.withinMs
    this.#keepsLeft = chosen.kind === 'left'
    this.#timeOf = timeReader(checkTimes('an AsOfJoinBolt', chosen))
    if (chosen.timestamps !== undefined) this.timestamps = chosen.timestamps
  }

  override checkInputs(inputs: BoltInputs): readonly InputFinding[] {
    const check = new InputCheck('AsOfJoinBolt', 'BAD_JOIN')
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
    const { settings } = this.#sides
    this.#waiting = context.state('waiting', { settings })
    this.#versions = context.state('versions', { settings })
    this.#timers = context.timers('as-of', { settings })
    this.#ageTimers = context.timers(AGE_TIMERS, { settings })
  }

  override execute(tuple: Tuple, collector: BasicOutputCollector): void {
    const { side, row, key } = this.#sides.of(tuple)
    const time = this.#timeOf(tuple)
    if (time < this.#timers.watermark) {
      emitLate(tuple, this.#context, collector, this.#lateStream)
      return
    }
    if (key === undefined) {
      if (side === 'left' && this.#keepsLeft) this.#emit(row, undefined, collector)
      return
    }
    // What comes with the time of the watermark may still come: it is said when that has moved on.
    this.#timers.atEventTime(key, time + 1)
    if (side === 'left') this.#waiting.update(stateKey(time, key), (rows = []) => [...rows, row])
    else {
      const versions = this.#versionsOf(key)
      if (versions.length === 0) this.#ageAfter(key, time)
      this.#versions.put(stateKey(0, key), withVersion(versions, [time, row]))
    }
  }

  override onTimer({ name, key, time }: Timer, collector: BasicOutputCollector): void {
    if (name === AGE_TIMERS) {
      // The rows of the time before may not have been said: their timer is due at the same time.
      const [oldest] = this.#forgetVersions(key, time - 1)
      if (oldest !== undefined) this.#ageAfter(key, oldest[0])
      return
    }
    const at = time - 1
    const held = this.#versionsOf(key).findLast((version) => version[0] <= at)
    const isFresh = held !== undefined && held[0] >= at - this.#withinMs
    for (const row of this.#waiting.get(stateKey(at, key)) ?? []) {
      if (isFresh) this.#emit(row, held[1], collector)
      else if (this.#keepsLeft) this.#emit(row, undefined, collector)
    }
    this.#passed(key, time)
  }

  override onTimerGivenUp({ name, key, time }: Timer): void {
    if (name !== AGE_TIMERS) this.#passed(key, time)
  }

  /** All rows of before `time` have been said. */
  #passed(key: unknown, time: number): void {
    this.#waiting.delete(stateKey(time - 1, key))
    this.#forgetVersions(key, time)
  }

  /** Of those of before `time` only the last one holds, unless it is too old. @returns those that are left */
  #forgetVersions(key: unknown, time: number): readonly Version[] {
    const versions = this.#versionsOf(key)
    const first = Math.max(
      0,
      versions.findLastIndex(([at]) => at < time),
    )
    const left = versions.slice(first).filter(([at]) => at + this.#withinMs >= time)
    if (left.length === 0) this.#versions.delete(stateKey(0, key))
    else if (left.length < versions.length) this.#versions.put(stateKey(0, key), left)
    return left
  }

  #versionsOf(key: unknown): readonly Version[] {
    return this.#versions.get(stateKey(0, key)) ?? []
  }

  #ageAfter(key: unknown, time: number): void {
    if (Number.isFinite(this.#withinMs)) this.#ageTimers.atEventTime(key, time + this.#withinMs + 2)
  }

  #emit(left: Row, right: Row | undefined, collector: BasicOutputCollector): void {
    collector.emit(
      this.#selection.pick(
        new Map([
          ['left', left],
          ['right', right],
        ]),
      ),
    )
  }
}

/** In the order of their times; of two of one time the one that came later holds. */
function withVersion(versions: readonly Version[], version: Version): Version[] {
  const at = versions.findLastIndex(([time]) => time <= version[0]) + 1
  return [...versions.slice(0, at), version, ...versions.slice(at)]
}
