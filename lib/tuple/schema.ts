/**
 * Schemas of single values: what a field holds, for the compiler, and at run time where `fields(…, { validate: true })`
 * asks for it. Each is a Standard Schema (https://standardschema.dev), so those of zod, valibot or arktype go in their
 * place, and these go wherever such a schema is wanted.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'

/** A Standard Schema, of any library. */
export type Schema<T = any> = StandardSchemaV1<any, T>
/** What a Standard Schema makes of a value. */
export type OutputOf<S extends Schema> = StandardSchemaV1.InferOutput<S>

type Result<T> = StandardSchemaV1.Result<T>
type OwnSchema<T> = StandardSchemaV1<T, T>

function schema<T>(validate: (value: unknown) => Result<T>): OwnSchema<T> {
  return { '~standard': { version: 1, vendor: 'typhoon', validate } }
}

function those<T>(what: string, are: (value: unknown) => boolean): OwnSchema<T> {
  const issues = [{ message: `it must be ${what}` }]
  return schema<T>((value) => (are(value) ? { value: value as T } : { issues }))
}

/** Texts. */
export const string: OwnSchema<string> = those('a text', (value) => typeof value === 'string')
/** Numbers; NaN and the infinities too. */
export const number: OwnSchema<number> = those('a number', (value) => typeof value === 'number')
/** True and false. */
export const boolean: OwnSchema<boolean> = those('true or false', (value) => typeof value === 'boolean')
/** Big integers. */
export const bigint: OwnSchema<bigint> = those('a big integer', (value) => typeof value === 'bigint')
/** Bytes: a Uint8Array, and so a Buffer. */
export const bytes: OwnSchema<Uint8Array> = those('bytes', (value) => value instanceof Uint8Array)
/** Dates that are valid. */
export const date: OwnSchema<Date> = those('a date', (value) => value instanceof Date && !Number.isNaN(value.getTime()))

/** Whatever you say; it is not looked at. */
export function anything<T = any>(): OwnSchema<T> {
  return schema<T>((value) => ({ value: value as T }))
}

/** Null as well. */
export function nullable<T>(of: Schema<T>): OwnSchema<T | null> {
  return schema<T | null>((value) => (value === null ? { value } : checked(of, value)))
}

/** Lists of such values. */
export function listOf<T>(of: Schema<T>): OwnSchema<T[]> {
  return schema<T[]>((value) => {
    if (!Array.isArray(value)) return { issues: [{ message: 'it must be a list' }] }
    const items: T[] = []
    for (const [index, item] of value.entries()) {
      const result = checked(of, item)
      if (result.issues !== undefined)
        return { issues: result.issues.map(({ message, path }) => ({ message, path: [index, ...(path ?? [])] })) }
      items.push(result.value)
    }
    return { value: items }
  })
}

/** What a schema says of a value; one that answers later is an issue: an emit does not wait. */
export function checked<T>(of: Schema<T>, value: unknown): Result<T> {
  const result = of['~standard'].validate(value)
  if (!('then' in result)) return result
  result.then(undefined, () => undefined) // its own error comes too late to be reported
  return { issues: [{ message: 'its schema answers with a promise, and an emit does not wait' }] }
}

/** The issues on one line: `at [0].name: it must be a text`. */
export function issuesInWords(issues: readonly StandardSchemaV1.Issue[]): string {
  return issues
    .map(({ message, path }) => (path?.length ? `at ${path.map(keyOf).join('')}: ${message}` : message))
    .join('; ')
}

function keyOf(segment: PropertyKey | { readonly key: PropertyKey }): string {
  const key = typeof segment === 'object' ? segment.key : segment
  return typeof key === 'number' ? `[${key}]` : `.${String(key)}`
}
