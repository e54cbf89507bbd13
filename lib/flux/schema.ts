/** The JSON Schema of a topology's YAML, for editors: completion, hover texts, and marks under what is wrong. */

import type { Section } from '../annex/annex.ts'
import type { Shape } from '../annex/yaml-shape.ts'
import { schemaOf } from '../shape/constraint.ts'
import type { ConfigKey } from '../topology/config/config-key.ts'
import { CONFIG_KEYS } from '../topology/config/keys.ts'
import { shapesWith } from './yaml/topology-shapes.ts'

type Schema = Record<string, unknown>

/**
 * JSON Schema, draft-07. Wherever a number, a flag or a list is wanted, a text with a `${variable}` fits too.
 * @param sections of annexes, by their keys
 * @param classNames classes that need no module
 */
export function yamlSchema(sections: ReadonlyMap<string, Section>, classNames: readonly string[]): object {
  const { topology, config = {}, className, ...rest } = shapesWith(sections)
  const others = { ...rest, className: { ...className, examples: [...classNames, ...WRITTEN_CLASSES] } }
  const makers = ['spouts', 'bolts', 'streams', ...sections.keys()]
  const definitions = Object.fromEntries(Object.entries(others).map(([name, shape]) => [name, toSchema(shape)]))
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...toSchema(topology),
    title: 'Typhoon topology',
    if: { required: ['topologySource'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: Object.fromEntries(makers.map((key) => [key, false])) },
    definitions: { ...definitions, config: configSchema(config), variable: { type: 'string', pattern: '\\$\\{.+\\}' } },
  }
}

const WRITTEN_CLASSES = ['./components/split.ts#Split', 'some-package#Export']

function toSchema(shape: Shape): Schema {
  const { description, default: value, examples, ref, ...rest } = shape
  const said = {
    ...(description === undefined ? {} : { description }),
    ...(value === undefined ? {} : { default: value }),
    ...(examples === undefined ? {} : { examples }),
  }
  // Beside a $ref draft-07 ignores every other keyword, so that it stands in an allOf.
  if (ref !== undefined)
    return description === undefined
      ? { $ref: `#/definitions/${ref}` }
      : { ...said, allOf: [{ $ref: `#/definitions/${ref}` }] }
  const { properties, items, anyOf, tag: _, ...plain } = rest
  if (anyOf !== undefined) {
    const { title } = rest
    return { ...(title === undefined ? {} : { title }), ...said, anyOf: anyOf.map(toSchema) }
  }
  const schema: Schema = {
    ...plain,
    ...(items === undefined ? {} : { items: toSchema(items) }),
    ...(properties === undefined ? {} : { properties: mapValues(properties, toSchema) }),
  }
  if (shape.pattern !== undefined) return { ...said, anyOf: [{ enum: examples }, schema, VARIABLE] }
  if (!isReplaceable(shape.type)) return { ...said, ...schema }
  return { ...said, anyOf: shape.type === 'array' ? [schema, NOTHING, VARIABLE] : [schema, VARIABLE] }
}

const VARIABLE = { $ref: '#/definitions/variable' }
/** A section that has nothing in it yet: `bolts:`. */
const NOTHING = { type: 'null' }

/** Whether a variable is not a value of the type already. */
function isReplaceable(type: Shape['type']): boolean {
  return type === 'integer' || type === 'number' || type === 'boolean' || type === 'array'
}

function configSchema(shape: Shape): Schema {
  const properties: Record<string, any> = mapValues<ConfigKey, object>(CONFIG_KEYS, (key) => {
    const { type, enum: words, ...limits } = schemaOf(key)
    const schema: Schema = {
      type: [type, 'null'],
      ...(key.type === 'text' ? { minLength: 1 } : {}),
      ...(words === undefined ? {} : { enum: [...words, null] }),
      ...limits,
    }
    return { description: key.doc, default: key.default, anyOf: [schema, VARIABLE] }
  })
  // Storm's files have one text there.
  properties['topology.worker.childopts'].anyOf.push({ type: 'string' })
  return { ...shape, properties }
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, change: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
