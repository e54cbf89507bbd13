/** The two sides of a join that keeps its rows as state: which tuple is of which, and what its key is. */

import { type BoltInput, type BoltInputs, type Settings, type Tuple, TyphoonError } from '../index.ts'
import { checkOptions, map, type OptionTable, text } from '../shape/options.ts'
import type { InputCheck } from '../windows/model/input-check.ts'
import { type CheckedSide, checkSides } from './check-sides.ts'
import { pathOf, type Row, type SelectedField, valueAt } from './selection.ts'

/** Which tuples are of a side, and what their key is. */
export interface SideOptions {
  /** The component that its tuples come from. */
  readonly source?: string
  /** The stream that its tuples come by. */
  readonly stream?: string
  /** The field of the key; `outer.inner` leads into a value. */
  readonly key: string
}

const SIDE = {
  source: text(),
  stream: text(),
  key: text({ required: true }),
} satisfies OptionTable<SideOptions>

/** `left` or `right`. */
export type SideName = 'left' | 'right'

/** A tuple as a join sees it. */
export interface SidedRow {
  readonly side: SideName
  readonly row: Row
  /** Undefined for a null, which is equal to nothing. */
  readonly key: unknown
}

/** Options that both sides are said in. */
export const SIDES = {
  left: map<SideOptions>({ required: true }),
  right: map<SideOptions>({ required: true }),
} as const

export class Sides {
  readonly #left: SideOptions & { readonly path: readonly string[] }
  readonly #right: SideOptions & { readonly path: readonly string[] }

  /** @param component its class @throws CONSTRUCTOR_FAILED, BAD_JOIN */
  constructor(component: string, left: SideOptions, right: SideOptions) {
    this.#left = checkSide(component, 'left', left)
    this.#right = checkSide(component, 'right', right)
  }

  /** What does not fit between the sides, what is selected from them, and what comes. */
  check(check: InputCheck, inputs: BoltInputs, selected: readonly SelectedField[]): void {
    const sides = Object.entries({ left: this.#left, right: this.#right }).map(([name, side]): CheckedSide => {
      const meant = side.source ?? side.stream!
      return {
        name,
        title: `the ${name} side, "${meant}"`,
        meant,
        isBy: side.source === undefined ? 'stream' : 'source',
        key: side.path[0]!,
        takes: (input) => takes(side, input),
        path: { side: name, key: `${name}.key` },
      }
    })
    checkSides(check, inputs, sides, selected)
    const both = inputs.streams.find((input) => takes(this.#left, input) && takes(this.#right, input))
    if (both !== undefined)
      check.wrong(
        `what comes from "${both.component}" is of both sides`,
        'right',
        'each side has a source, or a stream, of its own',
      )
  }

  /** The streams of the right side. */
  rightOf({ streams }: BoltInputs): readonly BoltInput[] {
    return streams.filter((input) => takes(this.#right, input))
  }

  /** By which rows are kept, for the state of either side. */
  get settings(): Settings & Record<SideName, unknown> {
    const { path: _left, ...left } = this.#left
    const { path: _right, ...right } = this.#right
    return { left, right }
  }

  /** @throws BAD_JOIN for a tuple that is of neither */
  of(tuple: Tuple): SidedRow {
    const side = isOf(tuple, this.#left) ? 'left' : isOf(tuple, this.#right) ? 'right' : undefined
    if (side === undefined) {
      const { sourceComponent, sourceStream } = tuple
      throw new TyphoonError(
        'BAD_JOIN',
        `a tuple of "${sourceComponent}", stream ${sourceStream}, belongs to neither side`,
      )
    }
    const row = tuple.toObject() as Row
    return { side, row, key: valueAt(row, (side === 'left' ? this.#left : this.#right).path) ?? undefined }
  }
}

function checkSide(
  component: string,
  side: SideName,
  given: SideOptions,
): SideOptions & { readonly path: readonly string[] } {
  const name = `${component}, on the ${side}`
  const { source, stream, key } = checkOptions(name, given, SIDE, 'CONSTRUCTOR_FAILED', side)
  if (source === undefined && stream === undefined)
    throw new TyphoonError('BAD_JOIN', `${name}: neither a source nor a stream says which tuples are meant`, {
      where: { path: side },
    })
  return {
    key,
    path: pathOf(key),
    ...(source === undefined ? {} : { source }),
    ...(stream === undefined ? {} : { stream }),
  }
}

function takes({ source, stream }: SideOptions, input: BoltInput): boolean {
  return (source ?? input.component) === input.component && (stream ?? input.stream) === input.stream
}

function isOf({ sourceComponent, sourceStream }: Tuple, { source, stream }: SideOptions): boolean {
  return (source ?? sourceComponent) === sourceComponent && (stream ?? sourceStream) === sourceStream
}
