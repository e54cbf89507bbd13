/**
 * Names of the values of a stream, in order. Rules: apache/storm `storm-client/src/jvm/org/apache/storm/tuple/Fields.java`.
 */
import { TyphoonError } from '../errors/typhoon-error.ts'

declare const row: unique symbol

/** The values of one tuple, in the order of its stream's fields; treat them as immutable once emitted. */
export type Values<Row = any> = readonly Row[keyof Row][]

/**
 * Ordered field names. `Row` is the shape of a tuple by field name and exists for the compiler alone:
 * `fields<{ word: string; count: number }>('word', 'count')`.
 */
export class Fields<Row = any> {
  declare readonly [row]: Row
  readonly names: readonly string[]
  readonly #indexes = new Map<string, number>()

  /** @throws DUPLICATE_FIELD where a name stands twice. */
  constructor(names: Iterable<string>) {
    this.names = [...names]
    for (const [index, name] of this.names.entries()) {
      if (this.#indexes.has(name)) throw new TyphoonError('DUPLICATE_FIELD', `the field "${name}" is declared twice`)
      this.#indexes.set(name, index)
    }
  }

  get size(): number {
    return this.names.length
  }

  has(name: string): boolean {
    return this.#indexes.has(name)
  }

  /** @throws UNKNOWN_FIELD */
  indexOf(name: string): number {
    const index = this.#indexes.get(name)
    if (index === undefined) throw unknownField(name, this.names)
    return index
  }

  /** Name of the field at `index`. @throws UNKNOWN_FIELD */
  get(index: number): string {
    const name = this.names[index]
    if (name === undefined) throw unknownField(`#${index}`, this.names)
    return name
  }

  /** Picks the values of `selector` out of `values`, in the order of `selector`. @throws UNKNOWN_FIELD */
  select(selector: Fields | readonly string[], values: readonly unknown[]): unknown[] {
    const names = selector instanceof Fields ? selector.names : selector
    return names.map((name) => values[this.indexOf(name)])
  }
}

/** Fields by name, in the order of the values that are emitted. @throws DUPLICATE_FIELD */
export function fields<Row = any>(...names: (keyof Row & string)[]): Fields<Row> {
  return new Fields<Row>(names)
}

function unknownField(name: string, names: readonly string[]): TyphoonError {
  return new TyphoonError(
    'UNKNOWN_FIELD',
    `there is no field "${name}"; the fields are ${names.join(', ') || '(none)'}`,
  )
}
