/**
 * Names of the values of a stream, in order. Rules: apache/storm
 * `storm-client/src/jvm/org/apache/storm/tuple/Fields.java`.
 *
 * What is emitted becomes a list of values here, whatever it was: `valuesOf`.
 */

import { TyphoonError } from '../errors/typhoon-error.ts'
import { show } from '../values/show.ts'
import { plural } from '../words/plural.ts'
import type { NamesOf } from './row.ts'
import { checked, issuesInWords, type OutputOf, type Schema } from './schema.ts'

/** Characters of a wrong value in a message. */
const LONGEST_SHOWN = 200

declare const row: unique symbol
declare const order: unique symbol

type Schemas = { readonly [name: string]: Schema }
/** A row by the schemas of its fields. */
type RowOfSchemas<S extends Schemas> = { -readonly [K in keyof S]: OutputOf<S[K]> }

/** The row of fields: `type Word = RowOf<typeof WORD>`. */
export type RowOf<F extends Fields> = F extends Fields<infer Row, any> ? Row : never

/** Who emits, and to which stream. */
interface Emitter {
  readonly component: string
  readonly stream: string
}

/** What can be said of fields beside their names. */
export interface FieldsOptions {
  /**
   * Whether each value that is emitted goes through the schema of its field: one that does not pass throws, and what
   * the schema makes of it is sent.
   */
  readonly validate?: boolean
}

/**
 * Ordered field names. `Row` is the shape of a tuple by field name, `Names` its fields in their order; both exist for
 * the compiler alone.
 */
export class Fields<Row = any, Names extends readonly string[] = NamesOf<Row>> {
  declare readonly [row]: (row: Row) => Row
  declare readonly [order]: Names
  readonly names: readonly string[]
  /** The schemas in the order of the names, if values are validated. */
  readonly schemas: readonly Schema[] | undefined
  readonly #indexes = new Map<string, number>()

  /** @throws DUPLICATE_FIELD where a name stands twice. */
  constructor(names: Iterable<string>, schemas?: readonly Schema[]) {
    this.names = [...names]
    this.schemas = schemas
    for (const [index, name] of this.names.entries()) {
      if (this.#indexes.has(name))
        throw new TyphoonError('DUPLICATE_FIELD', `the field "${name}" is declared twice`, { where: { field: name } })
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

  /**
   * The list of values of what was emitted: a list of them, or an object with a property for each field, whose others
   * are left out. Validated where the fields are.
   * @param by for the error
   * @throws WRONG_VALUES
   */
  valuesOf(emitted: unknown, by?: Emitter): readonly unknown[] {
    const values = Array.isArray(emitted) ? (emitted as readonly unknown[]) : this.#byName(emitted, by)
    if (values.length !== this.size)
      throw wrong(by, `has ${plural(this.size, 'value')} (${this.names.join(', ')}), and ${values.length} were emitted`)
    return this.schemas === undefined
      ? values
      : this.schemas.map((schema, index) => this.#validated(schema, values[index], index, by))
  }

  #byName(emitted: unknown, by: Emitter | undefined): unknown[] {
    if (typeof emitted !== 'object' || emitted === null)
      throw wrong(
        by,
        `is a list of values or an object with them, and ${emitted == null ? emitted : `a ${typeof emitted}`} was emitted`,
        typeof emitted === 'string' ? 'the values come first, and the stream comes last' : undefined,
      )
    return this.names.map((name) => {
      if (!Object.hasOwn(emitted, name))
        throw wrong(by, `has the fields ${this.names.join(', ')}, and the object that was emitted has no "${name}"`)
      return (emitted as Readonly<Record<string, unknown>>)[name]
    })
  }

  #validated(schema: Schema, value: unknown, index: number, by: Emitter | undefined): unknown {
    const result = checked(schema, value)
    if (result.issues === undefined) return result.value
    throw wrong(
      by,
      `was emitted with a wrong "${this.names[index]}", ${show(value, LONGEST_SHOWN)}: ${issuesInWords(result.issues)}`,
    )
  }
}

/**
 * Fields by name and what they hold, in the order of the values that are emitted: `fields({ word: string, count: number
 * })`. What a field holds is a schema of Typhoon's, or any Standard Schema.
 */
export function fields<S extends Schemas>(schemas: S, options?: FieldsOptions): Fields<RowOfSchemas<S>>
/**
 * Fields by name alone; the type of a row may be said: `fields<{ word: string; count: number }>('word', 'count')`. Each
 * of its fields stands once, in the order of the type.
 * @throws DUPLICATE_FIELD
 */
export function fields<Row = any>(
  ...names: NamesOf<Row> extends infer N extends readonly string[] ? N : never
): Fields<Row>
/** Schemas by name, or names. */
export function fields(...given: readonly unknown[]): Fields {
  const [schemas, options] = given as [Schemas | undefined, FieldsOptions?]
  if (typeof schemas !== 'object' || schemas === null) return new Fields(given as readonly string[])
  const names = Object.keys(schemas)
  const numeric = names.find((name) => /^\d+$/.test(name))
  if (numeric !== undefined)
    throw new TyphoonError(
      'WRONG_VALUES',
      `a field is called "${numeric}", and JavaScript does not keep the place of such a name in an object`,
    )
  return new Fields(names, options?.validate === true ? Object.values(schemas) : undefined)
}

function wrong(by: Emitter | undefined, what: string, hint?: string): TyphoonError {
  const advice = hint === undefined ? {} : { hint }
  if (by === undefined) return new TyphoonError('WRONG_VALUES', `a tuple ${what}`, advice)
  const where = { component: by.component, stream: by.stream }
  return new TyphoonError('WRONG_VALUES', `a tuple of the stream "${by.stream}" ${what}`, { where, ...advice })
}

function unknownField(name: string, names: readonly string[]): TyphoonError {
  return new TyphoonError(
    'UNKNOWN_FIELD',
    `there is no field "${name}"; the fields are ${names.join(', ') || '(none)'}`,
    { where: { field: name } },
  )
}
