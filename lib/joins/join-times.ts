/**
 * What bolts that join by time have in common: where the times of their tuples come from, from their own watermarks or
 * those of the sources, and where goes what is late.
 */
import { type BoltInputs, type Fields, type Outputs, type Timestamps, TyphoonError } from '../index.ts'
import type { InputCheck } from '../windows/model/input-check.ts'
import { checkLateStream, withLateStream } from '../windows/model/late.ts'
import { type TimeSource, timeSourceIn } from '../windows/model/timestamp.ts'

/** What is said of it in the options of all of them. */
interface TimedOptions {
  readonly timestamps: Timestamps | undefined
  readonly timestampField: string | undefined
  readonly lateStream: string | undefined
}

export class JoinTimes {
  readonly timestamps: Timestamps | undefined
  readonly lateStream: string | undefined
  /** Undefined: nothing says it. */
  readonly source: TimeSource | undefined
  /** Where the watermarks are those of the sources. */
  readonly #field: string | undefined
  readonly #component: string

  /** @param component "an AsOfJoinBolt" @throws BAD_JOIN */
  constructor(component: string, { timestamps, timestampField, lateStream }: TimedOptions) {
    this.#component = component
    this.timestamps = timestamps
    this.lateStream = checkLateStream(component, lateStream, 'BAD_JOIN')
    this.source = timeSourceIn(component, { timestamps, timestampField }, 'BAD_JOIN')
    this.#field = timestamps === undefined ? timestampField : undefined
  }

  /** @throws BAD_JOIN where nothing says it */
  get needed(): TimeSource {
    if (this.source !== undefined) return this.source
    const message = `${this.#component} goes by the time of its tuples, and needs to know where that is`
    throw new TyphoonError('BAD_JOIN', message, {
      hint: 'timestamps: { field: time, lagMs: 5000 }, or timestampField where the watermarks are those of the sources',
    })
  }

  /** @param own what is emitted to the default stream */
  outputs(own: Fields): Outputs {
    return withLateStream(own, this.lateStream) as Outputs
  }

  check(check: InputCheck, inputs: BoltInputs): void {
    check.timestamps(this.timestamps)
    if (this.#field === undefined) return
    check.field(this.#field, inputs.streams, 'timestampField')
    check.time(inputs, { option: 'timestampField' })
  }
}
