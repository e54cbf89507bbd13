/**
 * Which values of joined rows are emitted, in Storm's notation: `name, users:city, outer.inner`. Before a colon stands
 * the side, without one the first side that has the field is meant; a dot leads into a value. Rules: apache/storm
 * `storm-client/.../bolt/JoinBolt.java` (`FieldSelector`).
 */
import { Fields, TyphoonError } from '../index.ts'

/** A row by field name. */
export type Row = Readonly<Record<string, unknown>>

/** One value of joined rows. */
interface Selected {
  /** As it was written, which is the name of the field that it goes to. */
  readonly name: string
  /** Undefined: the first side that has the field. */
  readonly side: string | undefined
  readonly path: readonly string[]
}

/** The value that a path leads to; undefined where it leads nowhere. */
export function valueAt(row: Row, path: readonly string[]): unknown {
  let value: unknown = row
  for (const step of path) value = Object(value) === value ? (value as Row)[step] : undefined
  return value
}

/** `outer.inner` as a path. */
export function pathOf(field: string): readonly string[] {
  return field.split('.').map((step) => step.trim())
}

/** A field that is selected, and of which side. */
export interface SelectedField {
  readonly side: string | undefined
  readonly name: string
}

export class Selection {
  readonly outputs: Fields
  readonly #selected: readonly Selected[]

  /** @param select a text, or its parts @throws BAD_JOIN, DUPLICATE_FIELD */
  constructor(select: string | readonly string[], sides: readonly string[]) {
    const parts = (typeof select === 'string' ? select.split(',') : select).map((part) => String(part).trim())
    if (parts.length === 0 || parts.includes(''))
      throw new TyphoonError('BAD_JOIN', `this selects nothing: ${JSON.stringify(select)}`, {
        hint: "'name, users:city'",
      })
    this.#selected = parts.map((name) => selected(name))
    const unknown = this.#selected.find(({ side }) => side !== undefined && !sides.includes(side))
    if (unknown !== undefined)
      throw new TyphoonError('BAD_JOIN', `"${unknown.name}" selects from "${unknown.side}", which is not joined`, {
        hint: `joined are ${sides.join(', ')}`,
      })
    this.outputs = new Fields(parts)
  }

  /** The fields that are selected, without what lies within their values. */
  get fields(): readonly SelectedField[] {
    return this.#selected.map(({ side, path }) => ({ side, name: path[0]! }))
  }

  /** @param rows by side, in their order; undefined: there is none @returns null for what is not there */
  pick(rows: ReadonlyMap<string, Row | undefined>): unknown[] {
    return this.#selected.map(({ side, path }) => {
      const row =
        side === undefined ? [...rows.values()].find((one) => one !== undefined && path[0]! in one) : rows.get(side)
      return (row === undefined ? undefined : valueAt(row, path)) ?? null
    })
  }
}

function selected(name: string): Selected {
  const colon = name.indexOf(':')
  if (colon < 0) return { name, side: undefined, path: pathOf(name) }
  return { name, side: name.slice(0, colon).trim(), path: pathOf(name.slice(colon + 1)) }
}
