/**
 * Lets the first tuple of each id through, and leaves out those whose time is near to that of one that was let through:
 * for sources that deliver again what they have delivered. By the clock, or by the time of the tuples.
 *
 * The law: of two tuples of an id that are let through the times are `withinMs` apart or more, whatever the order in
 * which they come. By the time of the tuples that can be said of what is up to `withinMs` behind the watermark; what is
 * further behind may have come before, and is late.
 */

import {
  BasicBolt,
  type BasicOutputCollector,
  type BoltInputs,
  Fields,
  type InputFinding,
  type KeyValueState,
  type Outputs,
  type TaskContext,
  type Timer,
  type Timers,
  type Timestamps,
  type Tuple,
  TyphoonError,
} from '../index.ts'
import { checkOptions, integer, map, type OptionTable, text, texts } from '../shape/options.ts'
import { InputCheck } from '../windows/model/input-check.ts'
import { checkLateStream, emitLate, withLateStream } from '../windows/model/late.ts'
import { timeReader, timeSourceIn } from '../windows/model/timestamp.ts'

/** What can be set of a DedupBolt. */
export interface DedupOptions {
  /** The fields that make up the id. */
  readonly id: readonly string[]
  /** The fields of what comes, which are emitted. */
  readonly fields: readonly string[]
  /** How near to the time of one that was let through is a duplicate, milliseconds. */
  readonly withinMs: number
  /** Where the times of the tuples are, and what watermarks are made of; left out: the time is that of the clock. */
  readonly timestamps?: Timestamps
  /** The field with the time of a tuple, where the sources make the watermarks. */
  readonly timestampField?: string
  /** A stream for what is late: one field, `late_tuple`, which is the tuple by field name. */
  readonly lateStream?: string
}

/** @internal */
export const DEDUP = {
  id: { ...texts(), required: true },
  fields: { ...texts(), required: true },
  withinMs: integer({ required: true, least: 1 }),
  timestamps: map<Timestamps>(),
  timestampField: text(),
  lateStream: text(),
} satisfies OptionTable<DedupOptions>

const DUPLICATE_COUNTER = 'duplicates'

/** Times of tuples that were let through; one alone stands for itself. */
type Times = number | readonly number[]

/** Leaves out what has come before. */
export class DedupBolt extends BasicBolt {
  declare readonly outputs: Outputs
  declare readonly timestamps?: Timestamps
  readonly #id: readonly string[]
  readonly #fields: readonly string[]
  readonly #withinMs: number
  readonly #timeOf: ((tuple: Tuple) => number) | undefined
  readonly #lateStream: string | undefined
  /** Where the watermarks are those of the sources. */
  readonly #timestampField: string | undefined
  /** For so long a time is kept. */
  readonly #keptMs: number
  #seen!: KeyValueState<unknown, Times>
  #timers!: Timers
  #context!: TaskContext

  /** @throws CONSTRUCTOR_FAILED, DUPLICATE_FIELD */
  constructor(options: DedupOptions) {
    super()
    const { id, fields, withinMs, timestamps, timestampField, lateStream } = checkOptions('DedupBolt', options, DEDUP)
    if (id.length === 0)
      throw new TyphoonError('CONSTRUCTOR_FAILED', 'a DedupBolt needs at least one field as the id', {
        where: { path: 'id' },
      })
    this.#id = id
    this.#fields = fields
    this.#withinMs = withinMs
    this.#timestampField = timestamps === undefined ? timestampField : undefined
    this.#lateStream = checkLateStream('a DedupBolt', lateStream, 'BAD_JOIN')
    this.outputs = withLateStream(new Fields(fields), this.#lateStream) as Outputs
    const source = timeSourceIn('a DedupBolt', { timestamps, timestampField }, 'BAD_JOIN')
    this.#timeOf = source && timeReader(source)
    // Something that is withinMs behind the watermark is a duplicate of what was withinMs before that.
    this.#keptMs = source === undefined ? withinMs : 2 * withinMs
    if (timestamps !== undefined) this.timestamps = timestamps
  }

  override checkInputs(inputs: BoltInputs): readonly InputFinding[] {
    const check = new InputCheck('DedupBolt', 'BAD_JOIN')
    check.timestamps(this.timestamps)
    for (const field of this.#id) check.field(field, inputs.streams, 'id')
    for (const field of this.#fields) check.field(field, inputs.streams, 'fields')
    if (this.#timestampField !== undefined) {
      check.field(this.#timestampField, inputs.streams, 'timestampField')
      check.time(inputs, { option: 'timestampField' })
    }
    check.grouping(inputs.streams, this.#id, inputs)
    return check.found
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    // Another withinMs is no matter: what is remembered is judged, and forgotten, by the one that there is.
    const settings = { id: this.#id, time: this.#timeOf === undefined ? 'clock' : 'event' }
    this.#seen = context.state('seen', { settings })
    this.#timers = context.timers('seen', { settings })
  }

  override execute(tuple: Tuple, collector: BasicOutputCollector): void {
    const values = this.#id.map((name) => tuple.get(name))
    const id = values.length === 1 ? values[0] : values
    const time = this.#timeOf === undefined ? this.#context.date() : this.#timeOf(tuple)
    if (this.#timeOf !== undefined && time + this.#withinMs <= this.#timers.watermark) {
      emitLate(tuple, this.#context, collector, this.#lateStream)
      return
    }
    const seen = listOf(this.#seen.get(id))
    if (seen.some((other) => Math.abs(time - other) < this.#withinMs)) {
      this.#context.count(DUPLICATE_COUNTER)
      return
    }
    this.#put(id, [...seen, time])
    this.#expire(id, time + this.#keptMs)
    collector.emit(this.#fields.map((name) => tuple.get(name)))
  }

  override onTimer({ key, time }: Timer): void {
    const left = listOf(this.#seen.get(key)).filter((seen) => seen + this.#keptMs > time)
    this.#put(key, left)
    // They have their timers, unless those were set while withinMs was another one.
    for (const seen of left) this.#expire(key, seen + this.#keptMs)
  }

  #expire(id: unknown, time: number): void {
    if (this.#timeOf === undefined) this.#timers.atProcessingTime(id, time)
    else this.#timers.atEventTime(id, time)
  }

  #put(id: unknown, times: readonly number[]): void {
    if (times.length === 0) this.#seen.delete(id)
    else this.#seen.put(id, times.length === 1 ? times[0]! : times)
  }
}

function listOf(times: Times = []): readonly number[] {
  return typeof times === 'number' ? [times] : times
}
