/**
 * Checks a YAML file against its shape and goes on after each problem. What has the wrong shape is left out by
 * the readers in `yaml-value.ts`, so that the rest of the file is still checked for what it means.
 */
import type { Report } from '../../annex/definition-report.ts'
import type { Shape } from '../../annex/yaml-shape.ts'
import {
  isNull,
  settle,
  show,
  textOf,
  typedOf,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from '../../annex/yaml-value.ts'
import { type Constraint, fits, inWords, type TypeName } from '../../shape/constraint.ts'
import { nearest, suggest } from '../../words/suggest.ts'
import type { Shapes } from './topology-shapes.ts'

/** Keys whose values are counts of the plan; they have a code of their own. */
const COUNTS = new Set(['parallelism', 'numTasks'])

/** What is checked by, and who takes what is wrong. */
interface Check {
  readonly shapes: Shapes
  readonly report: Report
}

/** Checks a whole file. */
export function checkFile(file: YamlValue, shapes: Shapes, report: Report): void {
  check(file, shapes.topology, 'a topology', { shapes, report })
}

/** Checks the value of `name` (for the messages) and all that it holds. */
function check(value: YamlValue, shape: Shape, name: string, by: Check): void {
  const { report } = by
  const wanted = resolved(shape, by)
  if (value.kind === 'scalar' && value.unknown) return
  if (wanted.anyOf !== undefined) {
    const fitting = fittingOf(value, wanted.anyOf, wanted.title ?? name, by)
    if (fitting !== undefined) check(value, fitting, name, by)
    return
  }
  if (wanted.type === undefined) return
  if (!isOfType(value, wanted)) {
    const code = COUNTS.has(name) ? 'BAD_PARALLELISM' : 'YAML_SHAPE'
    report.add(code, `${name} must be ${inWords(constraintOf(wanted))}, not ${show(value)}`, value.place, () =>
      hintFor(value, wanted),
    )
  } else if (value.kind === 'map') {
    checkMap(value, wanted, wanted.title ?? name, by)
  } else if (value.kind === 'list') {
    for (const item of value.items) check(item, wanted.items ?? {}, `each of ${name}`, by)
  } else if (wanted.type !== 'object' && wanted.type !== 'array') {
    settle(value, wanted.type)
  }
}

function resolved(shape: Shape, { shapes }: Check): Shape {
  return shape.ref === undefined ? shape : shapes[shape.ref]!
}

/** The one of several shapes that is meant; what fits none of them is reported. */
function fittingOf(value: YamlValue, several: readonly Shape[], name: string, by: Check): Shape | undefined {
  const { report } = by
  const flat = several.flatMap((shape) => resolved(shape, by).anyOf ?? [resolved(shape, by)])
  const possible = flat.filter((shape) => isOfType(value, shape))
  const words = [...tagsOf(flat), ...wordsOf(flat)]
  if (possible.length === 0) {
    const wanted = [...new Set(flat.map((shape) => inWords(constraintOf(shape))))].join(', or ')
    report.add('YAML_SHAPE', `${name} must be ${wanted}, not ${show(value)}`, value.place, () => {
      const near = value.kind === 'scalar' ? nearest(wordOf(value), words) : undefined
      return near === undefined ? undefined : `did you mean "${near}"?`
    })
    return undefined
  }
  if (value.kind !== 'map') return possible[0]
  const fitting = possible.filter(({ tag }) => tag === undefined || value.entries.has(tag))
  const tags = [...value.entries.keys()].filter((key) => fitting.some(({ tag }) => tag === key))
  if (fitting.length === 0) reportTagless(value, flat, words, name, report)
  else if (tags.length > 1) {
    const message = `${name} has both "${tags[0]}" and "${tags[1]}", and takes only one of them`
    report.add('YAML_SHAPE', message, value.entries.get(tags[1]!)!.key, 'write each as an item of its own')
    return undefined
  }
  return fitting[0]
}

/** A map that nothing can be made of: most likely the key that would tell is misspelled. */
function reportTagless(
  map: YamlMap,
  shapes: readonly Shape[],
  words: readonly string[],
  name: string,
  report: Report,
): void {
  const others = new Set(shapes.flatMap(({ properties = {} }) => Object.keys(properties)))
  const [key, entry] = [...map.entries].find(([one]) => !others.has(one)) ?? []
  if (key === undefined) {
    const hint = `one of ${tagsOf(shapes).join(', ')}`
    report.add('YAML_SHAPE', `${name} needs a key that says what it is`, map.place, hint)
  } else if (wordsOf(shapes).includes(key)) {
    report.add('YAML_SHAPE', `"${key}" takes no value`, entry!.key, `write it as a text: ${key}`)
  } else {
    report.add('UNKNOWN_KEY', `"${key}" is not a key of ${name}`, entry!.key, () => suggest(key, words))
  }
}

function tagsOf(shapes: readonly Shape[]): string[] {
  return shapes.flatMap(({ tag }) => tag ?? [])
}

/** What can be written as a text. */
function wordsOf(shapes: readonly Shape[]): string[] {
  const texts = shapes.filter(({ type }) => type === 'string')
  return texts.flatMap((shape) => shape.enum ?? (shape.examples ?? []).map(String)).filter((text) => /^\w+$/.test(text))
}

function checkMap(
  map: YamlMap,
  { properties = {}, required = [], additionalProperties }: Shape,
  name: string,
  by: Check,
): void {
  const { report } = by
  for (const key of required) {
    const value = map.entries.get(key)?.value
    if (value === undefined || isNull(value))
      report.add('YAML_SHAPE', `${name} needs "${key}"`, map.place, properties[key]?.description)
  }
  for (const [key, entry] of map.entries) {
    const shape = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (shape === undefined) {
      if (additionalProperties === false)
        report.add('UNKNOWN_KEY', `"${key}" is not a key of ${name}`, entry.key, () =>
          suggestKey(key, Object.keys(properties)),
        )
    } else if (!isNull(entry.value)) {
      check(entry.value, shape, key, by)
    }
  }
}

/** What Storm and its users call it elsewhere. */
const HABITS: Readonly<Record<string, string>> = {
  parallelismhint: 'parallelism',
  executors: 'parallelism',
  tasks: 'numTasks',
  class: 'className',
  args: 'constructorArgs',
  arguments: 'constructorArgs',
  conf: 'config',
  configuration: 'config',
  source: 'from',
  target: 'to',
  stream: 'streamId',
  fields: 'args',
}

/** The key that is meant: the same in another notation, by habit, or the nearest one. */
function suggestKey(key: string, known: readonly string[]): string {
  if (key === 'topology' && known.includes('config'))
    return 'its keys stand under config, each in one piece: { topology.workers: 2 }'
  const lettersOf = (name: string): string => name.toLowerCase().replace(/[^a-z]/g, '')
  const letters = lettersOf(key)
  const habit = Object.hasOwn(HABITS, letters) ? HABITS[letters] : undefined
  const meant = known.find((name) => lettersOf(name) === letters || name === habit)
  return meant === undefined ? suggest(key, known) : `did you mean "${meant}"?`
}

/** What the types of JSON Schema are called where a value's shape is said. */
const TYPES = {
  object: 'map',
  array: 'list',
  string: 'text',
  integer: 'integer',
  number: 'number',
  boolean: 'flag',
} as const satisfies Readonly<Record<string, TypeName>>

function constraintOf({ type = 'string', enum: choices, minimum: least, maximum: most }: Shape): Constraint {
  return { type: TYPES[type], choices, least, most }
}

function isOfType(value: YamlValue, shape: Shape): boolean {
  const { type, enum: words } = shape
  if (type === 'object') return value.kind === 'map'
  if (type === 'array') return value.kind === 'list'
  if (value.kind !== 'scalar') return false
  if (words !== undefined) return fits(wordOf(value), constraintOf(shape))
  return fits(type === 'string' ? textOf(value) : typedOf(value), constraintOf(shape))
}

function hintFor(value: YamlValue, { type, enum: words }: Shape): string | undefined {
  if (words !== undefined) return value.kind === 'scalar' ? suggest(wordOf(value), words) : undefined
  return type === 'string' && value.kind === 'scalar' && value.value !== null
    ? `write "${wordOf(value)}", in quotes`
    : undefined
}

/** A scalar as a word. */
function wordOf(value: YamlScalar): string {
  return textOf(value) ?? value.written ?? String(value.value)
}
