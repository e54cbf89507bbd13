/** Counts how often each value was seen: Storm's WordCount. */

import { checkOptions, choice, type OptionTable, text } from '../../errors/options.ts'
import {
  BasicBolt,
  type BasicOutputCollector,
  fields,
  type KeyValueState,
  type TaskContext,
  type Tuple,
} from '../../index.ts'

interface WordCount {
  word: string
  count: number
}

/** What can be set of a CountBolt. */
export interface CountBoltOptions {
  /** The field to count by; left out: the first value. */
  readonly field?: string
  /** `tuple` (default): emits the new count for each tuple. `end`: emits each count once, when the input has ended. */
  readonly emit?: 'tuple' | 'end'
}

/** @internal */
export const COUNT_BOLT = {
  field: text(),
  emit: choice(['tuple', 'end'], { default: 'tuple' }),
} satisfies OptionTable<CountBoltOptions>

/**
 * Fields `word`, `count`. Words are values of any kind, counted together where they are the same key; group the input
 * by the same field, so that each word is counted by one task. The counts are a state, `counts`: with
 * `topology.guarantee: exactly-once` they are exact and last; otherwise a tuple that is replayed counts again.
 */
export class CountBolt extends BasicBolt<any, WordCount> {
  override readonly outputs = fields<WordCount>('word', 'count')
  readonly #field: string | undefined
  readonly #atEnd: boolean
  #counts!: KeyValueState<unknown, number>

  constructor(options: CountBoltOptions = {}) {
    super()
    const { field, emit } = checkOptions('CountBolt', options, COUNT_BOLT)
    this.#field = field
    this.#atEnd = emit === 'end'
  }

  override prepare(context: TaskContext): void {
    this.#counts = context.state('counts')
  }

  /** Hot. */
  override execute(tuple: Tuple, collector: BasicOutputCollector<WordCount>): void {
    const word: unknown = this.#field === undefined ? tuple.values[0] : tuple.get(this.#field)
    const count = (this.#counts.get(word) ?? 0) + 1
    this.#counts.put(word, count)
    if (!this.#atEnd) collector.emit([word as string, count])
  }

  override endOfInput(collector: BasicOutputCollector<WordCount>): void {
    if (!this.#atEnd) return
    for (const [word, count] of this.#counts.entries()) collector.emit([word as string, count])
  }
}
