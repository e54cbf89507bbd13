/**
 * A copy of a value that shares nothing with it: for whoever keeps a value, or lends one that it keeps, to code that
 * may change it in place. It holds what would have arrived over the wire, and refuses what the wire refuses; so a state
 * in memory behaves like one on a disk.
 */
import { asSent, cannotEncode, kindOf } from './kinds.ts'
import { checkContainer, keyStep, Unencodable, within } from './unencodable.ts'

/**
 * What holds no other value is its own copy and costs one comparison. Hot.
 * @param what the value is, for the message
 * @throws CANNOT_ENCODE
 */
export function copyOf<T>(value: T, what = 'a value'): T {
  switch (typeof value) {
    case 'object':
      return value === null ? value : (copyWhole(value, what) as T)
    case 'function':
    case 'symbol':
      return copyWhole(value, what) as T
    default:
      return value
  }
}

/** The copies of some values; the list itself where none of them needs a copy. Hot. @throws CANNOT_ENCODE */
export function copyOfEach<T extends readonly unknown[]>(values: T, what?: string): T {
  for (let i = 0; i < values.length; i++)
    if (typeof values[i] === 'object' && values[i] !== null)
      return values.map((value) => copyOf(value, what)) as unknown as T
  return values
}

/** A list of its own, of copies. @throws CANNOT_ENCODE */
export function copyOfRow<T>(values: T): T {
  return (values as readonly unknown[]).map((value) => copyOf(value)) as T
}

/** Like `copyOfEach`, for values that need not leave this process: one that cannot be copied stays as it is. Hot. */
export function copyOfEachThatCan<T extends readonly unknown[]>(values: T): T {
  for (let i = 0; i < values.length; i++)
    if (typeof values[i] === 'object' && values[i] !== null) return values.map(copyIfCan) as unknown as T
  return values
}

function copyIfCan(value: unknown): unknown {
  try {
    return copyOf(value)
  } catch {
    return value
  }
}

function copyWhole(value: unknown, what: string): unknown {
  try {
    return copy(value, 0)
  } catch (error) {
    throw cannotEncode(error, what, 'it cannot be kept')
  }
}

/** @throws Unencodable */
function copy(value: unknown, depth: number): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw new Unencodable(`is a ${typeof value}`)
  return typeof value === 'object' && value !== null ? copyObject(value, depth) : value
}

function copyObject(value: object, depth: number): unknown {
  switch (kindOf(value)) {
    case 'array':
      return copyItems(value as unknown[], depth)
    case 'plain':
      return copyProperties(value as Record<string, unknown>, depth)
    case 'bytes':
      return Buffer.isBuffer(value) ? Buffer.from(value) : new Uint8Array(value as Uint8Array)
    case 'int32s':
      return new Int32Array(value as Int32Array)
    case 'float64s':
      return new Float64Array(value as Float64Array)
    case 'date':
      return new Date((value as Date).getTime())
    case 'map':
      return copyMap(value as Map<unknown, unknown>, depth)
    case 'set':
      return copySet(value as Set<unknown>, depth)
    case 'instance':
      checkContainer(value, 1, depth)
      return copy(asSent(value), depth + 1)
  }
}

function copyItems(items: readonly unknown[], depth: number): unknown[] {
  checkContainer(items, items.length, depth)
  const copies = new Array(items.length)
  let index = 0
  try {
    for (; index < items.length; index++) copies[index] = copy(items[index], depth + 1)
  } catch (error) {
    throw within(error, items, `[${index}]`)
  }
  return copies
}

function copyProperties(object: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
  const keys = Object.keys(object)
  checkContainer(object, keys.length, depth)
  const copies: Record<string, unknown> = {}
  let key = ''
  try {
    for (key of keys) {
      const value = copy(object[key], depth + 1)
      // As a plain assignment this one would be the prototype.
      if (key === '__proto__')
        Object.defineProperty(copies, key, { value, enumerable: true, configurable: true, writable: true })
      else copies[key] = value
    }
  } catch (error) {
    throw within(error, object, keyStep(key))
  }
  return copies
}

function copyMap(map: ReadonlyMap<unknown, unknown>, depth: number): Map<unknown, unknown> {
  checkContainer(map, map.size, depth)
  const copies = new Map<unknown, unknown>()
  let entry = 0
  try {
    for (const [key, value] of map) {
      copies.set(copy(key, depth + 1), copy(value, depth + 1))
      entry++
    }
  } catch (error) {
    throw within(error, map, `.entry(${entry})`)
  }
  return copies
}

function copySet(set: ReadonlySet<unknown>, depth: number): Set<unknown> {
  checkContainer(set, set.size, depth)
  const copies = new Set<unknown>()
  let entry = 0
  try {
    for (const value of set) {
      copies.add(copy(value, depth + 1))
      entry++
    }
  } catch (error) {
    throw within(error, set, `.entry(${entry})`)
  }
  return copies
}
