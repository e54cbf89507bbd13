/** What does not fit between the sides of a join, what it selects of them, and what comes to it. */
import type { BoltInput, BoltInputs } from '../index.ts'
import type { InputCheck } from '../windows/model/input-check.ts'
import { suggest } from '../words/suggest.ts'
import type { SelectedField } from './selection.ts'

/** A side, as it is checked. */
export interface CheckedSide {
  /** By which what is selected names it. */
  readonly name: string
  /** For messages: `the left side, "orders"`. */
  readonly title: string
  /** The component or the stream that it is made of. */
  readonly meant: string
  readonly isBy: 'source' | 'stream'
  /** Where its key is. */
  readonly key: string
  takes(input: BoltInput): boolean
  /** The options that say what is meant, and what its key is; undefined where no option does. */
  readonly path?: { readonly side: string; readonly key: string } | undefined
}

/** @param selected the fields that are emitted, which the option `select` names where sides are named by options */
export function checkSides(
  check: InputCheck,
  inputs: BoltInputs,
  sides: readonly CheckedSide[],
  selected: readonly SelectedField[],
): void {
  const all = sides.map(({ name, title, meant, isBy, key, takes, path }) => {
    const streams = inputs.streams.filter(takes)
    if (streams.length === 0 && inputs.areAll) {
      const known = new Set(inputs.streams.map((input) => (isBy === 'stream' ? input.stream : input.component)))
      check.wrong(`nothing that comes is of ${title}`, path?.side, suggest(meant, known))
    }
    check.field(key, streams, path?.key)
    check.grouping(streams, [key], inputs)
    return { name, path, streams }
  })
  for (const { side, name } of selected) {
    const those = all.filter((one) => side === undefined || side === one.name)
    const streams = those.flatMap((one) => one.streams)
    if (streams.length > 0 && !streams.some(({ fields }) => fields.includes(name)))
      check.field(name, streams, those[0]!.path && 'select')
  }
}
