/** Where in a file something stands that an error names by its path in what was given: `[1]`, `left.key`. */
import { referencesOf } from './references.ts'
import type { Place, YamlEntry, YamlMap, YamlValue } from './yaml-value.ts'

/**
 * The place of an argument, or of an option in the last map among the arguments: that of its key. As far as the path
 * leads: of an option that is missing the place of its map. Undefined where there is neither.
 */
export function placeOfPath(args: readonly YamlValue[], path: string): Place | undefined {
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '')
  if (path.startsWith('[')) {
    const first = args[Number(steps[0])]
    return first && placeBelow(first, steps.slice(1))
  }
  const maps = args.filter((one): one is YamlMap => one.kind === 'map' && referencesOf(one) === undefined)
  const options = maps.findLast(({ entries }) => entries.has(steps[0]!)) ?? maps.at(-1)
  return options && placeBelow(options, steps)
}

function placeBelow(from: YamlValue, steps: readonly string[]): Place {
  let { place } = from
  let value: YamlValue | undefined = from
  for (const step of steps) {
    const entry: YamlEntry | undefined = value.kind === 'map' ? value.entries.get(step) : undefined
    value = value.kind === 'list' ? value.items[Number(step)] : entry?.value
    if (value === undefined) break
    place = entry?.key ?? value.place
  }
  return place
}
