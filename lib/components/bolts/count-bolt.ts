/** Counts how often each value was seen: Storm's WordCount. */

import { checkOptions, choice, type OptionTable, text } from '../../errors/options.ts'
import { BasicBolt, type BasicOutputCollector, fields, type Tuple } from '../../index.ts'
import { mapKeyOf, valueOfMapKey } from '../../values/key.ts'

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
 * by the same field, so that each word is counted by one task. The counts live in memory, and a tuple that is replayed
 * counts again.
 */
export class CountBolt extends BasicBolt<any, WordCount> {
  readonly outputs = fields<WordCount>('word', 'count')
  readonly #field: string | undefined
  readonly #atEnd: boolean
  readonly #counts = new Map<string | number, number>()

  constructor(options: CountBoltOptions = {}) {
    super()
    const { field, emit } = checkOptions('CountBolt', options, COUNT_BOLT)
    this.#field = field
    this.#atEnd = emit === 'end'
  }

  /** Hot. */
  override execute(tuple: Tuple, collector: BasicOutputCollector<WordCount>): void {
    const word: unknown = this.#field === undefined ? tuple.values[0] : tuple.get(this.#field)
    const key = mapKeyOf(word)
    const known = this.#counts.get(key)
    const count = known === undefined ? 1 : known + 1
    this.#counts.set(known === undefined ? ownKey(key) : key, count)
    if (!this.#atEnd) collector.emit([word as string, count])
  }

  override endOfInput(collector: BasicOutputCollector<WordCount>): void {
    if (!this.#atEnd) return
    for (const [key, count] of this.#counts) collector.emit([valueOfMapKey(key) as string, count])
  }
}

/**
 * A key as it is kept for good. A string that was cut out of a line keeps the whole line in memory (V8 makes a slice of
 * 13 characters and more a view), so what is kept is copied, once per word.
 */
function ownKey(key: string | number): string | number {
  return typeof key === 'number' || key.length < 13 ? key : Buffer.from(key, 'utf16le').toString('utf16le')
}
