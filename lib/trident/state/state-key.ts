/**
 * The key of a group as one text: what maps, stores and partitions go by. A lone string is its own key, so that a store is readable; everything
 * else is a mark and JSON. Injective: different values have different keys.
 */
export type StateKey = string

const MARK = '\u0000'

/** The key of the values of the grouping fields. */
export function keyOf(values: readonly unknown[]): StateKey {
  const first = values[0]
  if (values.length === 1 && typeof first === 'string' && !first.startsWith(MARK)) return first
  return MARK + JSON.stringify(values, asText)
}

/** The values that `keyOf` made the key of. Bytes and big integers come back as the text that stands for them. */
export function valuesOfKey(key: StateKey): unknown[] {
  return key.startsWith(MARK) ? JSON.parse(key.slice(MARK.length)) : [key]
}

function asText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}
