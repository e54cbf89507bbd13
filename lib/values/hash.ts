/**
 * A hash of values, for the groupings by key: values that are the same key (see `key.ts`) have the same 32 bits in
 * every process and every run, so there is no seed of the process in it, and no byte order of the machine. Values that
 * are different keys may have the same hash.
 *
 * Hot: once per tuple and grouping field. A value's hash goes on from the hash of those before it, which spares an
 * array, and ends in the finalizer of MurmurHash3 (Austin Appleby), as the tasks are taken from it modulo a small
 * number.
 */
import { asSent, cannotEncode, entriesAsSent, itemsAsSent, kindOf } from './kinds.ts'
import { checkContainer, Unencodable } from './unencodable.ts'

/** Multiplier of FNV-1a: odd, few bits set. */
const PRIME = 0x01000193

/** Tells the kinds apart: "1", 1, [1] and true begin with different states. Part of the contract: never renumber. */
const KIND = {
  nothing: 0x1f3d5b79,
  false: 0x2c6e4a81,
  true: 0x3b9ac9ff,
  int: 0x4d2c6dfc,
  float: 0x5a827999,
  nan: 0x6ed9eba1,
  bigint: 0x71374491,
  string: 0x0fc19dc6,
  bytes: 0x12835b01,
  date: 0x243185be,
  array: 0x550c7dc3,
  object: 0x428a2f98,
  map: 0x59f111f1,
  set: 0x391c0cb3,
} as const

const scratch = new DataView(new ArrayBuffer(8))

/**
 * 32 bits, signed. `seed`: the hash of the values before this one, or any 32 bits to get another hash function. Hot.
 * @throws CANNOT_ENCODE for what could not be sent to another process either
 */
export function hashValue(value: unknown, seed = 0): number {
  if (typeof value === 'string') return hashString(value, seed)
  return typeof value === 'number' ? hashNumber(value, seed) : hashOther(value, seed)
}

function hashOther(value: unknown, seed: number): number {
  try {
    return hashAny(value, seed, 0)
  } catch (error) {
    throw cannotEncode(error, 'a value to group by', 'it is not a key')
  }
}

/** Hash of the values at these indexes, in this order; `values[i]` may be missing and then counts as undefined. Hot. */
export function hashFields(values: readonly unknown[], indexes: readonly number[], seed = 0): number {
  let hash = seed
  for (let i = 0; i < indexes.length; i++) hash = hashValue(values[indexes[i] as number], hash)
  return hash
}

/**
 * A hash → one of `count` slots. It uses 31 bits: an unsigned number of 32 bits leaves the range that V8 keeps in a
 * register, and made a fields grouping take 30 ns a tuple instead of 15.
 */
export function slotOf(hash: number, count: number): number {
  return (hash & 0x7fffffff) % count
}

/** FNV-1a over the UTF-16 code units. */
function hashString(text: string, seed: number): number {
  let hash = seed ^ KIND.string
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME)
  return mix(hash ^ text.length)
}

function hashAny(value: unknown, seed: number, depth: number): number {
  switch (typeof value) {
    case 'string':
      return hashString(value, seed)
    case 'number':
      return hashNumber(value, seed)
    case 'boolean':
      return mix(seed ^ (value ? KIND.true : KIND.false))
    case 'undefined':
      return mix(seed ^ KIND.nothing)
    case 'bigint':
      return hashString(value.toString(16), seed ^ KIND.bigint)
    case 'object':
      return value === null ? mix(seed ^ KIND.nothing) : hashObject(value, seed, depth)
    default:
      throw new Unencodable(`is a ${typeof value}`)
  }
}

function hashNumber(value: number, seed: number): number {
  // -0 | 0 is 0, so both zeros go this way.
  if ((value | 0) === value) return mix(Math.imul(seed ^ KIND.int, PRIME) ^ value)
  // NaN has many bit patterns.
  if (Number.isNaN(value)) return mix(seed ^ KIND.nan)
  scratch.setFloat64(0, value)
  return mix(mix(seed ^ KIND.float ^ scratch.getInt32(0)) ^ scratch.getInt32(4))
}

function hashObject(value: object, seed: number, depth: number): number {
  const kind = kindOf(value)
  if (kind === 'bytes') return hashBytes(value as Uint8Array, seed)
  if (kind === 'date') return hashNumber((value as Date).getTime(), seed ^ KIND.date)
  switch (kind) {
    case 'plain':
      return hashProperties(value as Readonly<Record<string, unknown>>, seed, depth)
    case 'map':
      return hashMap(value as Map<unknown, unknown>, seed, depth)
    case 'set':
      return hashSet(value as Set<unknown>, seed, depth)
    case 'instance':
      checkContainer(value, 1, depth)
      return hashAny(asSent(value), seed, depth + 1)
    default:
      // Typed arrays by number: their bytes depend on the machine.
      return hashSequence(value as unknown[] | Int32Array | Float64Array, seed, depth)
  }
}

function hashSequence(items: unknown[] | Int32Array | Float64Array, seed: number, depth: number): number {
  checkContainer(items, items.length, depth)
  let hash = mix(seed ^ KIND.array ^ items.length)
  for (let i = 0; i < items.length; i++) hash = hashAny(items[i], hash, depth + 1)
  return hash
}

function hashBytes(bytes: Uint8Array, seed: number): number {
  let hash = seed ^ KIND.bytes
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] as number), PRIME)
  return mix(hash ^ bytes.length)
}

/** Entries are summed, so that their order does not matter; each is hashed with the same seed, key before value. */
function hashProperties(record: Readonly<Record<string, unknown>>, seed: number, depth: number): number {
  const keys = Object.keys(record)
  checkContainer(record, keys.length, depth)
  let sum = 0
  for (const key of keys) sum = (sum + hashAny(record[key], hashString(key, KIND.object), depth + 1)) | 0
  return mix(mix(seed ^ KIND.object ^ keys.length) ^ sum)
}

function hashMap(given: Map<unknown, unknown>, seed: number, depth: number): number {
  checkContainer(given, given.size, depth)
  const map = entriesAsSent(given)
  let sum = 0
  for (const [key, item] of map) sum = (sum + hashAny(item, hashAny(key, KIND.map, depth + 1), depth + 1)) | 0
  return mix(mix(seed ^ KIND.map ^ map.size) ^ sum)
}

function hashSet(given: Set<unknown>, seed: number, depth: number): number {
  checkContainer(given, given.size, depth)
  const set = itemsAsSent(given)
  let sum = 0
  for (const item of set) sum = (sum + hashAny(item, KIND.set, depth + 1)) | 0
  return mix(mix(seed ^ KIND.set ^ set.size) ^ sum)
}

/** Finalizer of MurmurHash3: each bit of the input changes about half of the bits of the output. */
function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
