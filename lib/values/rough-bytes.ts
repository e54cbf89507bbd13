/** About how much memory a value takes: enough to say how many of its kind fit. */

const WORD = 8
/** Of an object, before its first entry. */
const OBJECT = 48

/** Bytes. Of what lies deep in a value something is left out. */
export function roughBytes(value: unknown, depth = 4): number {
  if (typeof value === 'string') return OBJECT / 2 + value.length
  if (typeof value !== 'object' || value === null) return WORD
  if (ArrayBuffer.isView(value)) return 2 * OBJECT + value.byteLength
  if (depth === 0) return OBJECT
  let bytes = OBJECT
  const add = (item: unknown): void => {
    bytes += WORD + roughBytes(item, depth - 1)
  }
  if (Array.isArray(value) || value instanceof Set) for (const item of value) add(item)
  else if (value instanceof Map)
    for (const [key, item] of value) {
      add(key)
      add(item)
    }
  else for (const key of Object.keys(value)) add((value as Record<string, unknown>)[key])
  return bytes
}
