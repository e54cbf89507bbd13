/**
 * What a value that came from elsewhere must look like, as small tests that are put together. Each is a type guard, so
 * that what has passed it has its type: a message is written down once, as its shape. What is not named is not looked
 * at.
 */

/** Whether a value has a shape. */
export type Shape<T = unknown> = (value: unknown) => value is T

/** What has a shape. */
export type Shaped<S> = S extends (value: unknown) => value is infer T ? T : never

/** Shapes by name. */
export type Shapes = Readonly<Record<string, Shape<any>>>

type Properties<S extends Shapes> = { readonly [K in keyof S]: Shaped<S[K]> }
type Flat<T> = { [K in keyof T]: T[K] }

/** One of several, distinguished by what they have under `K`. */
export type Tagged<K extends string, S extends Shapes> = {
  [T in keyof S]: Flat<{ readonly [_ in K]: T } & Shaped<S[T]>>
}[keyof S]

/** Any value at all. */
export const anything: Shape = (value): value is unknown => true

/** A text of at most this many characters. */
export function text(most = Number.POSITIVE_INFINITY): Shape<string> {
  return (value): value is string => typeof value === 'string' && value.length <= most
}

/** A whole number within limits, both included. */
export function whole(least = 0, most = Number.MAX_SAFE_INTEGER): Shape<number> {
  return (value): value is number =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
}

/** A number that is finite. */
export const number: Shape<number> = (value): value is number => Number.isFinite(value)

/** True or false. */
export const flag: Shape<boolean> = (value): value is boolean => typeof value === 'boolean'

/** One of these. */
export function oneOf<const T extends readonly unknown[]>(...known: T): Shape<T[number]> {
  return (value): value is T[number] => known.includes(value)
}

/** That shape, or null. */
export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value): value is T | null => value === null || shape(value)
}

/** A list whose items have one shape. */
export function list<T>(item: Shape<T>): Shape<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(item)
}

/** A list of two. */
export function pair<A, B>(first: Shape<A>, second: Shape<B>): Shape<readonly [A, B]> {
  return (value): value is readonly [A, B] =>
    Array.isArray(value) && value.length === 2 && first(value[0]) && second(value[1])
}

/** An object whose values have one shape. */
export function record<T>(item: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value): value is Readonly<Record<string, T>> => isMap(value) && Object.values(value).every(item)
}

/** An object with these properties; those of `optional` may be missing. */
export function object<M extends Shapes, O extends Shapes = Record<never, never>>(
  properties: M,
  optional?: O,
): Shape<Flat<Properties<M> & Partial<Properties<O>>>> {
  const must = Object.entries(properties)
  const may = Object.entries(optional ?? {})
  return (value): value is Flat<Properties<M> & Partial<Properties<O>>> =>
    isMap(value) &&
    must.every(([name, shape]) => Object.hasOwn(value, name) && shape(value[name])) &&
    may.every(([name, shape]) => !Object.hasOwn(value, name) || value[name] === undefined || shape(value[name]))
}

/** An object that one of these shapes fits, by what it has under `key`. */
export function tagged<K extends string, S extends Shapes>(key: K, shapes: S): Shape<Tagged<K, S>> {
  return (value): value is Tagged<K, S> => {
    if (!isMap(value)) return false
    const tag = value[key]
    return typeof tag === 'string' && Object.hasOwn(shapes, tag) && shapes[tag]!(value)
  }
}

/** Whether a value is what JSON calls an object: neither null nor a list. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
