/** A key as it stands in a map, and in snapshots. */
export type MapKey = string | number

/**
 * A key as it is kept for good. A string that was cut out of a line keeps the whole line in memory (V8 makes a slice of
 * 13 characters and more a view), so what is kept is copied, once per key.
 */
export function ownKey(key: MapKey): MapKey {
  return typeof key === 'number' || key.length < 13 ? key : Buffer.from(key, 'utf16le').toString('utf16le')
}
