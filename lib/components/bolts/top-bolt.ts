/** Prints the words with the highest counts when the input has ended. */

import { BasicBolt, type Tuple } from '../../index.ts'
import { checkCount } from '../../shape/check-argument.ts'
import { mapKeyOf, valueOfMapKey } from '../../values/key.ts'
import { show } from '../../values/show.ts'
import { printable } from '../../words/printable.ts'

/**
 * A sink for rows of a word and its count, of which the latest of each word holds. Prints the top `n` to stdout as a
 * table at the end. Use it with a global grouping.
 */
export class TopBolt extends BasicBolt {
  readonly #n: number
  readonly #counts = new Map<string | number, number>()

  constructor(n = 10) {
    super()
    this.#n = checkCount('the number of rows of a TopBolt', n, '[0]')
  }

  override execute(tuple: Tuple): void {
    this.#counts.set(mapKeyOf(tuple.values[0]), Number(tuple.values[1]))
  }

  override endOfInput(): void {
    const rows = [...this.#counts].map(([key, count]) => [shownWord(valueOfMapKey(key)), count] as const)
    console.log(topTable(rows, this.#n))
  }
}

/** A word as it stands, in one line; another value as it is shown. */
function shownWord(word: unknown): string {
  return typeof word === 'string' ? printable(word) : show(word)
}

/**
 * The table as text: the highest counts first, equal ones in the order of their words (by code units); no final line
 * break.
 */
export function topTable(counts: Iterable<readonly [string, number]>, n: number): string {
  const rows = [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1)).slice(0, n)
  const cells = rows.map(([word, count]) => [word, String(count)] as const)
  const wordWidth = Math.max(4, ...cells.map(([word]) => word.length))
  const countWidth = Math.max(5, ...cells.map(([, count]) => count.length))
  const line = (word: string, count: string) => `${word.padEnd(wordWidth)}  ${count.padStart(countWidth)}`
  const rule = line('─'.repeat(wordWidth), '─'.repeat(countWidth))
  return [line('word', 'count'), rule, ...cells.map(([word, count]) => line(word, count))].join('\n')
}
