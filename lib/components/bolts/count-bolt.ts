/** Counts how often each value was seen: Storm's WordCount. */

import {
  BasicBolt,
  type BasicOutputCollector,
  Fields,
  type KeyValueState,
  type Outputs,
  type TaskContext,
  type Tuple,
} from '../../index.ts'
import { wrongArgument } from '../../shape/check-argument.ts'
import { checkOptions, choice, type OptionTable, text } from '../../shape/options.ts'

/** How it calls what it counts unless it is told a field. */
const FIRST_VALUE = 'word'
const COUNT = 'count'

/** A row: what was counted, under the name of its field, and how often. */
type Counted<Field extends string> = { [Name in Field | 'count']: Name extends 'count' ? number : any }

/** What can be set of a CountBolt. */
export interface CountBoltOptions<Field extends string = string> {
  /** The field to count by, under whose name it is emitted; left out: the first value, which is emitted as `word`. */
  readonly field?: Field
  /** `tuple` (default): emits the new count for each tuple. `end`: emits each count once, when the input has ended. */
  readonly emit?: 'tuple' | 'end'
}

/** @internal */
export const COUNT_BOLT = {
  field: text(),
  emit: choice(['tuple', 'end'], { default: 'tuple' }),
} satisfies OptionTable<CountBoltOptions>

/**
 * Fields `word`, or the name of the field that is counted by, and `count`. Words are values of any kind, counted
 * together where they are the same key; group the input by the same field, so that each word is counted by one task.
 * The counts are a state, `counts`: with `topology.guarantee: exactly-once` they are exact and last; otherwise a tuple
 * that is replayed counts again.
 */
export class CountBolt<const Field extends string = 'word'> extends BasicBolt<any, Counted<Field>> {
  declare readonly outputs: Outputs<Counted<Field>>
  readonly #field: string | undefined
  readonly #atEnd: boolean
  #counts!: KeyValueState<unknown, number>

  constructor(options: CountBoltOptions<Field> = {}) {
    super()
    const { field, emit } = checkOptions('CountBolt', options as CountBoltOptions, COUNT_BOLT)
    if (field === COUNT)
      throw wrongArgument('field of a CountBolt', field, `another name than "${COUNT}"`, { path: 'field' })
    this.outputs = new Fields([field ?? FIRST_VALUE, COUNT]) as unknown as typeof this.outputs
    this.#field = field
    this.#atEnd = emit === 'end'
  }

  override prepare(context: TaskContext): void {
    this.#counts = context.state('counts')
  }

  /** Hot. */
  override execute(tuple: Tuple, collector: BasicOutputCollector): void {
    const word: unknown = this.#field === undefined ? tuple.values[0] : tuple.get(this.#field)
    const count = (this.#counts.get(word) ?? 0) + 1
    this.#counts.put(word, count)
    if (!this.#atEnd) collector.emit([word, count])
  }

  override endOfInput(collector: BasicOutputCollector): void {
    if (!this.#atEnd) return
    for (const [word, count] of this.#counts.entries()) collector.emit([word, count])
  }
}
