/**
 * Which group a row belongs to, within one batch of one task. Rows have the same group here just where `keyOf` gives
 * them the same key; what is used as the key is faster to make, and never leaves the task.
 */
import type { Fields } from '../../index.ts'
import { keyOf, mapKeyOf } from '../../values/key.ts'
import type { Row } from '../operation/processor.ts'

/** The grouping fields of the rows of a stream. */
export class GroupKey {
  readonly #indexes: readonly number[]
  readonly #only: number | undefined

  /** @throws UNKNOWN_FIELD */
  constructor(from: Fields, names: readonly string[]) {
    this.#indexes = names.map((name) => from.indexOf(name))
    this.#only = this.#indexes.length === 1 ? this.#indexes[0] : undefined
  }

  /** The values of the grouping fields, in a list of their own. */
  valuesOf(row: Row): unknown[] {
    return this.#only === undefined ? this.#indexes.map((index) => row[index]) : [row[this.#only]]
  }

  /** Hot. */
  of(row: Row): string | number {
    return this.#only === undefined ? this.#ofSeveral(row) : mapKeyOf(row[this.#only])
  }

  /**
   * Texts are distinguished by their length and numbers by the sign behind them, so that no two groups have the same
   * key.
   */
  #ofSeveral(row: Row): string {
    let key = ''
    for (const index of this.#indexes) {
      const value = row[index]
      if (typeof value === 'string') key += `${value.length}:${value}`
      else if (Number.isFinite(value)) key += `${value};`
      else return keyOf(this.valuesOf(row))
    }
    return key
  }
}
