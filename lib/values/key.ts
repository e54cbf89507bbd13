/**
 * What "the same key" is, once: for fields and partial key grouping, groupBy, partitionBy, joins, states, windows,
 * counts and tops, in every process.
 *
 * A key is what the wire would make of its values, so it is the same before a tuple was sent and after. In it
 *   - bytes in a Buffer and in a Uint8Array are the same; so are plain objects, Maps and Sets whatever the order of
 *     their entries;
 *   - 0 and -0 are the same, NaN is itself, null and undefined are the same;
 *   - an instance of a class is what its `toJSON` gives; a date is one moment, and no text;
 *   - as an item of a Set or a key of a Map, where they stand side by side, null and undefined differ;
 *   - everything else differs by its kind: 1, "1", 1n, true, [1], a Set of 1 are six keys.
 * What cannot be sent is not a key: CANNOT_ENCODE.
 */
import { canonicalText, decode } from './text.ts'

/**
 * A key as one text: what states, stores and partitions go by. A lone string is its own key, so that a store is
 * readable; everything else is a mark and the canonical text of the values.
 */
export type StateKey = string

const MARK = '\u0000'
const MARK_CODE = 0
/** The beginning of the key of a number. */
const MARK_OF_NUMBER = new RegExp(`^${MARK}\\[[-\\d]`)

/** The key of some values. @throws CANNOT_ENCODE */
export function keyOf(values: readonly unknown[]): StateKey {
  const first = values[0]
  if (values.length === 1 && isOwnKey(first)) return first
  const text = canonicalText(values)
  if (values.length === 1 && text.startsWith('["')) {
    // An instance that goes as a text.
    const [sent] = JSON.parse(text) as [string]
    if (isOwnKey(sent)) return sent
  }
  return MARK + text
}

function isOwnKey(value: unknown): value is string {
  return typeof value === 'string' && value.charCodeAt(0) !== MARK_CODE
}

/** The values that `keyOf` made the key of, as `decode` gives them. */
export function valuesOfKey(key: StateKey): unknown[] {
  return key.startsWith(MARK) ? (decode(key.slice(MARK.length)) as unknown[]) : [key]
}

/**
 * A key of one value for a Map that never leaves the process: the same for two values just where `keyOf` is, and made
 * faster. Hot.
 */
export function mapKeyOf(value: unknown): string | number {
  if (isOwnKey(value)) return value
  if (Number.isFinite(value)) return value as number
  const key = keyOf([value])
  // An instance that goes as a number.
  return MARK_OF_NUMBER.test(key) ? Number(key.slice(2, -1)) : key
}

/** The value of a key that `mapKeyOf` has made, as it would arrive in another process. */
export function valueOfMapKey(key: string | number): unknown {
  return typeof key === 'number' ? key : valuesOfKey(key)[0]
}

/** Whether two values are the same key. @throws CANNOT_ENCODE */
export function isSameKey(a: unknown, b: unknown): boolean {
  return a === b || mapKeyOf(a) === mapKeyOf(b)
}
