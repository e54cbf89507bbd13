/**
 * What an operation sees of a row: the tuple of its input fields. The places of the fields are looked up once, when the
 * view is made; where the input fields are just those of the row, in the same order, nothing is copied.
 */
import { Fields } from '../../index.ts'
import { TridentTuple } from '../model/tuple.ts'
import type { Row } from './processor.ts'

const NO_VALUES: Row = []

/** Some fields of the rows of a stream. */
export class View {
  readonly fields: Fields
  readonly #isWhole: boolean
  readonly #indexes: readonly number[]

  /**
   * @param from the fields of the rows
   * @param names those that are seen, all of them where it is left out
   * @throws UNKNOWN_FIELD
   */
  constructor(from: Fields, names: readonly string[] = from.names) {
    this.#indexes = names.map((name) => from.indexOf(name))
    this.#isWhole = names.length === from.size && this.#indexes.every((place, index) => place === index)
    this.fields = this.#isWhole ? from : new Fields(names)
  }

  /** The tuple of a row. Hot. */
  of(row: Row): TridentTuple {
    return new TridentTuple(this.valuesOf(row), this.fields)
  }

  /**
   * The values alone. Hot: literals of the right size are made faster than lists that grow, and are a tenth of their
   * size.
   */
  valuesOf(row: Row): Row {
    if (this.#isWhole) return row
    const indexes = this.#indexes
    switch (indexes.length) {
      case 0:
        return NO_VALUES
      case 1:
        return [row[indexes[0]!]]
      case 2:
        return [row[indexes[0]!], row[indexes[1]!]]
      case 3:
        return [row[indexes[0]!], row[indexes[1]!], row[indexes[2]!]]
      default:
        return indexes.map((index) => row[index])
    }
  }
}
