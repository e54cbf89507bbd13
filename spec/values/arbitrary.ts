/** Values of every kind, and other values that are the same key, for the laws of the rooms that handle them. */
import fc from 'fast-check'

/** Any UTF-16 units, so with lone surrogates. */
const anyUnits = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 })
  .map((units) => String.fromCharCode(...units))
const strings = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 100 }), anyUnits)
const leaves = fc.oneof(
  strings,
  fc.integer(),
  fc.double(),
  fc.maxSafeInteger(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(
    null,
    undefined,
    -0,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    127,
    128,
    -1,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31),
  ),
  fc.uint8Array(),
  fc.int32Array(),
  fc.float64Array(),
  fc.date({ noInvalidDate: true }),
)
/** How many parts a value has: few, so that what nests does not grow beyond what shows anything. */
const few = { maxLength: 4 }
/** Everything that the wire carries. */
export const values = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaves,
    fc.array(tie('any'), few),
    fc.dictionary(strings, tie('any'), { noNullPrototype: true, maxKeys: few.maxLength }),
    fc.array(fc.tuple(tie('any'), tie('any')), few).map((entries) => new Map(entries)),
    fc.array(tie('any'), few).map((items) => new Set(items)),
  ),
})).any

class Sent {
  readonly #as: unknown

  constructor(as: unknown) {
    this.#as = as
  }

  toJSON(): unknown {
    return this.#as
  }
}

/** A copy that is the same key and looks otherwise: other orders, other classes, 0 for -0 and undefined for null. */
export function disguised(value: unknown, random: () => boolean, depth = 0): unknown {
  if (depth < 8 && random() && random()) return new Sent(disguised(value, random, depth + 1))
  const again = (part: unknown): unknown => disguised(part, random, depth + 1)
  const shuffled = <T>(items: T[]): T[] => (random() ? items.reverse() : items)
  if (value === null || value === undefined) return random() ? null : undefined
  if (value === 0) return random() ? 0 : -0
  if (typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(again)
  if (value instanceof Uint8Array) return random() ? Buffer.from(value) : new Uint8Array(value)
  if (value instanceof Int32Array || value instanceof Float64Array) return value.slice()
  if (value instanceof Date) return new Date(value.getTime())
  // What one key of a Map is must stay one: primitive keys alone are changed no further.
  if (value instanceof Map) return new Map(shuffled([...value].map(([key, item]) => [key, again(item)] as const)))
  if (value instanceof Set) return new Set(shuffled([...value]))
  return Object.fromEntries(shuffled(Object.entries(value)).map(([key, item]) => [key, again(item)]))
}
