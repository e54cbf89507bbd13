/**
 * The part of JSON Schema in which the HTTP interface says what it takes and gives. Requests are checked against it,
 * and the description of the interface (OpenAPI 3.1) is made of it, so that the two agree.
 */
import { isMap } from '../shape/guards.ts'
import { shorten } from '../words/suggest.ts'

/** What a value is like. */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly description?: string
  /** Of an object. */
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  /** What the values of further properties are like; left out: there are none. */
  readonly additionalProperties?: Schema | true
  /** Of a list. */
  readonly items?: Schema
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly pattern?: string
  /** The name of another one. */
  readonly $ref?: string
}

/** A text. */
export const text = (description: string, more: Partial<Schema> = {}): Schema => ({
  type: 'string',
  description,
  ...more,
})
/** A whole number from 0 up. */
export const whole = (description: string, more: Partial<Schema> = {}): Schema => ({
  type: 'integer',
  minimum: 0,
  description,
  ...more,
})
/** A number. */
export const number = (description: string): Schema => ({ type: 'number', description })
/** True or false. */
export const flag = (description: string): Schema => ({ type: 'boolean', description })
/** A list. */
export const list = (items: Schema, description: string): Schema => ({ type: 'array', items, description })
/** Values by name. */
export const byName = (values: Schema | true, description: string): Schema => ({
  type: 'object',
  additionalProperties: values,
  description,
})
/** An object with these properties; those whose names end with `?` may be missing. */
export function object(properties: Readonly<Record<string, Schema>>, description?: string): Schema {
  const entries = Object.entries(properties).map(([name, schema]) => [name.replace(/\?$/, ''), schema] as const)
  return {
    type: 'object',
    properties: Object.fromEntries(entries),
    required: Object.keys(properties).filter((name) => !name.endsWith('?')),
    ...(description === undefined ? {} : { description }),
  }
}
/** Another one, by its name. */
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

/**
 * Why a value is not what it must be, with its place: `name must be a text`; undefined where it is.
 * @param named the ones that others refer to
 */
export function misfit(
  value: unknown,
  schema: Schema,
  named: Readonly<Record<string, Schema>>,
  path = 'the body',
): string | undefined {
  const { $ref, type, enum: choices, minimum = -Infinity, maximum = Infinity, maxLength = Infinity, pattern } = schema
  if ($ref !== undefined) return misfit(value, named[$ref.slice($ref.lastIndexOf('/') + 1)]!, named, path)
  if (type === 'object') return misfitObject(value, schema, named, path)
  if (type === 'array') {
    if (!Array.isArray(value)) return `${path} must be a list`
    return first(value.map((item, index) => () => misfit(item, schema.items ?? {}, named, `${path}[${index}]`)))
  }
  if (type === 'string') {
    if (typeof value !== 'string') return `${path} must be a text`
    if (choices !== undefined && !choices.includes(value)) return `${path} must be one of ${choices.join(', ')}`
    if (value.length > maxLength) return `${path} has more than ${maxLength} characters`
    return pattern === undefined || new RegExp(pattern, 'u').test(value)
      ? undefined
      : `${path} does not match ${pattern}`
  }
  if (type === 'boolean') return typeof value === 'boolean' ? undefined : `${path} must be true or false`
  if (type === undefined) return undefined
  const isNumber = type === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value)
  if (!isNumber) return `${path} must be a ${type === 'integer' ? 'whole number' : 'number'}`
  if ((value as number) < minimum) return `${path} must be at least ${minimum}`
  return (value as number) > maximum ? `${path} must be at most ${maximum}` : undefined
}

function misfitObject(
  value: unknown,
  { properties = {}, required = [], additionalProperties }: Schema,
  named: Readonly<Record<string, Schema>>,
  path: string,
): string | undefined {
  if (!isMap(value)) return `${path} must be an object`
  const missing = required.find((name) => !Object.hasOwn(value, name))
  if (missing !== undefined) return `${below(path, missing)} is missing`
  return first(
    Object.entries(value).map(([name, item]) => () => {
      const own = Object.hasOwn(properties, name) ? properties[name]! : additionalProperties
      if (own === undefined) return `${below(path, shorten(name))} is not known`
      return own === true ? undefined : misfit(item, own, named, below(path, shorten(name)))
    }),
  )
}

function first(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const why = check()
    if (why !== undefined) return why
  }
  return undefined
}

function below(path: string, name: string): string {
  return path === 'the body' ? name : `${path}.${name}`
}
