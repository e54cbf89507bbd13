/**
 * The kinds of values that can leave a process, defined in one place: the wire, the text form, keys, hashes and what is
 * shown all ask here. An instance of a class goes as its `toJSON` says; without one it goes nowhere, for it would
 * arrive without its methods.
 */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { Unencodable, within } from './unencodable.ts'

/** Kind of an object. `instance` is any other object. */
export type Kind = 'array' | 'plain' | 'bytes' | 'int32s' | 'float64s' | 'date' | 'map' | 'set' | 'instance'

/** The kind of an object. Hot. */
export function kindOf(value: object): Kind {
  if (Array.isArray(value)) return 'array'
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return 'plain'
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof Int32Array) return 'int32s'
  if (value instanceof Float64Array) return 'float64s'
  if (value instanceof Date) return 'date'
  if (value instanceof Map) return 'map'
  return value instanceof Set ? 'set' : 'instance'
}

/** What an instance of a class says that it goes as. @throws Unencodable where it has no `toJSON` */
export function asSent(instance: object): unknown {
  const { toJSON } = instance as { toJSON?: unknown }
  if (typeof toJSON !== 'function') throw new Unencodable(`is an instance of ${classOf(instance)}`)
  try {
    return toJSON.call(instance, '')
  } catch (error) {
    throw within(error, instance, '.toJSON()')
  }
}

/** The entries of a map as they arrive elsewhere: keys that go as the same text are one entry there. */
export function entriesAsSent(map: ReadonlyMap<unknown, unknown>): ReadonlyMap<unknown, unknown> {
  return hasInstance(map.keys()) ? new Map([...map].map(([key, value]) => [keyAsSent(key), value])) : map
}

/** The items of a set as they arrive elsewhere. */
export function itemsAsSent(set: ReadonlySet<unknown>): ReadonlySet<unknown> {
  return hasInstance(set) ? new Set([...set].map(keyAsSent)) : set
}

/** The name of the class of an object, for messages. */
export function classOf(value: object): string {
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name
  return typeof name === 'string' && name !== '' ? name : 'an unnamed class'
}

/**
 * The error of a value that cannot be kept, sent or grouped by, in words that end in `consequence`. Other errors come
 * back as they are.
 */
export function cannotEncode(error: unknown, what: string, consequence: string): unknown {
  if (!(error instanceof Unencodable)) return error
  const path = error.path.join('')
  return new TyphoonError('CANNOT_ENCODE', `${what}${path} ${error.reason}; ${consequence}`, {
    where: { path },
    hint: error.hint,
  })
}

function hasInstance(keys: Iterable<unknown>): boolean {
  for (const key of keys) if (isInstance(key)) return true
  return false
}

function keyAsSent(key: unknown): unknown {
  return isInstance(key) ? asSent(key) : key
}

function isInstance(value: unknown): value is object {
  return typeof value === 'object' && value !== null && kindOf(value) === 'instance'
}
