/**
 * A tuple of a Trident stream: the values of one row, under the field names that the stream has at that point. The
 * rules of Storm's views (projected, appended, fresh) follow from one: a view is a list of values and the fields that
 * name them.
 */
import type { Fields, TupleValues } from '../../index.ts'

/** One row of a Trident stream; treat its values as immutable. */
export class TridentTuple<Row = any> {
  readonly values: TupleValues<Row>
  readonly fields: Fields<Row>

  constructor(values: readonly Row[keyof Row][], fields: Fields<Row>) {
    this.values = values as TupleValues<Row>
    this.fields = fields
  }

  /** The value of a field. @throws UNKNOWN_FIELD */
  get<Name extends keyof Row & string>(name: Name): Row[Name] {
    return this.values[this.fields.indexOf(name)] as Row[Name]
  }

  /** The values of some fields, in their order. @throws UNKNOWN_FIELD */
  select(names: readonly (keyof Row & string)[]): unknown[] {
    return this.fields.select(names, this.values)
  }

  /** The row by field name. */
  toObject(): Row {
    return Object.fromEntries(this.fields.names.map((name, index) => [name, this.values[index]])) as Row
  }
}
