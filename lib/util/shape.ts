/**
 * What a value that came from elsewhere must look like, as small tests that are put together. What is not named is not
 * looked at.
 */

/** Whether a value has a shape. */
export type Shape = (value: unknown) => boolean

/** Any value at all. */
export const anything: Shape = () => true

/** A text of at most so many characters. */
export function text(most = Number.POSITIVE_INFINITY): Shape {
  return (value) => typeof value === 'string' && value.length <= most
}

/** A whole number within limits, both included. */
export function whole(least = 0, most = Number.MAX_SAFE_INTEGER): Shape {
  return (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
}

/** A number that is finite. */
export const number: Shape = (value) => Number.isFinite(value)

/** True or false. */
export const flag: Shape = (value) => typeof value === 'boolean'

/** One of these. */
export function oneOf(...known: readonly unknown[]): Shape {
  return (value) => known.includes(value)
}

/** A list whose items have one shape. */
export function list(item: Shape): Shape {
  return (value) => Array.isArray(value) && value.every(item)
}

/** An object whose values have one shape. */
export function record(item: Shape): Shape {
  return (value) => isObject(value) && Object.values(value).every(item)
}

/** An object with these properties; those of `optional` may be missing. */
export function object(
  properties: Readonly<Record<string, Shape>>,
  optional: Readonly<Record<string, Shape>> = {},
): Shape {
  const must = Object.entries(properties)
  const may = Object.entries(optional)
  return (value) =>
    isObject(value) &&
    must.every(([name, shape]) => Object.hasOwn(value, name) && shape(value[name])) &&
    may.every(([name, shape]) => !Object.hasOwn(value, name) || value[name] === undefined || shape(value[name]))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
