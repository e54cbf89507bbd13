/**
 * The key of a group as one text: what maps, stores and partitions go by. A lone string is its own key, so that a store is readable; everything
 * else is a mark and JSON. Different values have different keys; null and undefined count as the same, and a date as its text.
 */
export type StateKey = string

const MARK = '\u0000'
/** Names of the one property of an object that stands for what JSON does not have. */
const BIGINT = '\u0000n'
const NUMBER = '\u0000f'
const ENTRIES = '\u0000m'

/** The key of the values of the grouping fields. */
export function keyOf(values: readonly unknown[]): StateKey {
  const first = values[0]
  if (values.length === 1 && typeof first === 'string' && !first.startsWith(MARK)) return first
  return MARK + JSON.stringify(values, asJson)
}

/** The values that `keyOf` made the key of; of a Map or Set its entries. */
export function valuesOfKey(key: StateKey): unknown[] {
  return key.startsWith(MARK) ? JSON.parse(key.slice(MARK.length), fromJson) : [key]
}

function asJson(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return { [BIGINT]: String(value) }
  if (typeof value === 'number' && !Number.isFinite(value)) return { [NUMBER]: String(value) }
  if (value instanceof Map || value instanceof Set) return { [ENTRIES]: [...value] }
  return value
}

function fromJson(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { [BIGINT]: bigint, [NUMBER]: number, [ENTRIES]: entries } = value as Record<string, unknown>
  if (bigint !== undefined) return BigInt(bigint as string)
  return number === undefined ? (entries ?? value) : Number(number)
}
