/**
 * Lets the first tuple of each id through, and leaves out those that come within a time after it: for sources that
 * deliver again what they have delivered. By the clock, or by the time of the tuples.
 */
import { checkOptions, integer, map, type OptionTable, text, texts } from '../errors/options.ts'
import {
  BasicBolt,
  type BasicOutputCollector,
  Fields,
  type KeyValueState,
  type Outputs,
  type TaskContext,
  type Timer,
  type Timers,
  type Timestamps,
  type Tuple,
  TyphoonError,
} from '../index.ts'
import { timeReader } from '../windows/model/timestamp.ts'

/** What can be set of a DedupBolt. */
export interface DedupOptions {
  /** The fields that make up the id. */
  readonly id: readonly string[]
  /** The fields of what comes, which are emitted. */
  readonly fields: readonly string[]
  /** For how long an id is remembered after its first tuple, milliseconds. */
  readonly withinMs: number
  /** Where the times of the tuples are, and what watermarks are made of; left out: the time is that of the clock. */
  readonly timestamps?: Timestamps
  /** The field with the time of a tuple, where the sources make the watermarks. */
  readonly timestampField?: string
}

/** @internal */
export const DEDUP = {
  id: { ...texts(), required: true },
  fields: { ...texts(), required: true },
  withinMs: integer({ required: true, least: 1 }),
  timestamps: map<Timestamps>(),
  timestampField: text(),
} satisfies OptionTable<DedupOptions>

const DUPLICATE_COUNTER = 'duplicates'

/** Leaves out what has come before. */
export class DedupBolt extends BasicBolt {
  declare readonly outputs: Outputs
  declare readonly timestamps?: Timestamps
  readonly #id: readonly string[]
  readonly #fields: readonly string[]
  readonly #withinMs: number
  readonly #timeOf: ((tuple: Tuple) => number) | undefined
  /** By id the time of its first tuple. */
  #seen!: KeyValueState<unknown, number>
  #timers!: Timers
  #context!: TaskContext

  /** @throws CONSTRUCTOR_FAILED, DUPLICATE_FIELD */
  constructor(options: DedupOptions) {
    super()
    const { id, fields, withinMs, timestamps, timestampField } = checkOptions('DedupBolt', options, DEDUP)
    if (id.length === 0)
      throw new TyphoonError('CONSTRUCTOR_FAILED', 'a DedupBolt needs at least one field as the id', {
        where: { path: 'id' },
      })
    this.#id = id
    this.#fields = fields
    this.#withinMs = withinMs
    this.outputs = new Fields(fields) as unknown as Outputs
    const source = timestamps ?? (timestampField === undefined ? undefined : { field: timestampField })
    this.#timeOf = source && timeReader(source)
    if (timestamps !== undefined) this.timestamps = timestamps
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    this.#seen = context.state('seen')
    this.#timers = context.timers('seen')
  }

  override execute(tuple: Tuple, collector: BasicOutputCollector): void {
    const values = this.#id.map((name) => tuple.get(name))
    const id = values.length === 1 ? values[0] : values
    const time = this.#timeOf === undefined ? this.#context.date() : this.#timeOf(tuple)
    const first = this.#seen.get(id)
    if (first !== undefined && Math.abs(time - first) < this.#withinMs) {
      this.#context.count(DUPLICATE_COUNTER)
      return
    }
    this.#seen.put(id, first === undefined ? time : Math.max(first, time))
    if (this.#timeOf === undefined) this.#timers.atProcessingTime(id, time + this.#withinMs)
    else this.#timers.atEventTime(id, time + this.#withinMs)
    collector.emit(this.#fields.map((name) => tuple.get(name)))
  }

  override onTimer({ key, time }: Timer): void {
    const first = this.#seen.get(key)
    if (first !== undefined && first + this.#withinMs <= time) this.#seen.delete(key)
  }
}
