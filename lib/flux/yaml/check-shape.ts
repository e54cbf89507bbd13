/**
 * Checks a YAML file against its shape and goes on after each problem. What has the wrong shape is left out by
 * the readers in `yaml-value.ts`, so that the rest of the file is still checked for what it means.
 */
import { suggest } from '../../errors/suggest.ts'
import type { Report } from '../report.ts'
import { SHAPES, type Shape } from './shape.ts'
import { isNull, show, type YamlMap, type YamlValue } from './yaml-value.ts'

/** Keys whose values are counts of the plan; they have a code of their own. */
const COUNTS = new Set(['parallelism', 'numTasks'])

/** Checks the value of `name` (for the messages) and all that it holds. */
export function checkShape(value: YamlValue, shape: Shape, name: string, report: Report): void {
  const wanted = shape.ref === undefined ? shape : SHAPES[shape.ref]
  if (wanted.type === undefined || (value.kind === 'scalar' && value.unknown)) return
  if (!isOfType(value, wanted)) {
    const code = COUNTS.has(name) ? 'BAD_PARALLELISM' : 'YAML_SHAPE'
    report.add(code, `${name} must be ${inWords(wanted)}, and is ${show(value)}`, value.place, hintFor(value, wanted))
  } else if (value.kind === 'map') {
    checkMap(value, wanted, wanted.title ?? name, report)
  } else if (value.kind === 'list') {
    for (const item of value.items) checkShape(item, wanted.items ?? {}, `each of ${name}`, report)
  }
}

function checkMap(
  map: YamlMap,
  { properties = {}, required = [], additionalProperties }: Shape,
  name: string,
  report: Report,
): void {
  for (const key of required) {
    const value = map.entries.get(key)?.value
    if (value === undefined || isNull(value))
      report.add('YAML_SHAPE', `${name} has no "${key}"`, map.place, properties[key]?.description)
  }
  for (const [key, entry] of map.entries) {
    const shape = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (shape === undefined) {
      if (additionalProperties === false)
        report.add('UNKNOWN_KEY', `"${key}" is no key of ${name}`, entry.key, suggest(key, Object.keys(properties)))
    } else if (!isNull(entry.value)) {
      checkShape(entry.value, shape, key, report)
    }
  }
}

function isOfType(value: YamlValue, { type, minimum = Number.NEGATIVE_INFINITY }: Shape): boolean {
  if (type === 'object') return value.kind === 'map'
  if (type === 'array') return value.kind === 'list'
  if (value.kind !== 'scalar') return false
  if (type === 'integer') return Number.isSafeInteger(value.value) && (value.value as number) >= minimum
  if (type === 'number') return Number.isFinite(value.value) && (value.value as number) >= minimum
  return typeof value.value === type
}

function inWords({ type, minimum }: Shape): string {
  const limit = minimum === undefined ? '' : ` from ${minimum} up`
  switch (type) {
    case 'object':
      return 'a map'
    case 'array':
      return 'a list'
    case 'integer':
      return `a whole number${limit}`
    case 'number':
      return `a number${limit}`
    case 'boolean':
      return 'true or false'
    default:
      return 'a text'
  }
}

function hintFor(value: YamlValue, { type }: Shape): string | undefined {
  return type === 'string' && value.kind === 'scalar' && value.value !== null
    ? `write "${value.value}", in quotes`
    : undefined
}
