/** A key and a time as one text: what states go by that have something for each key and time. */
import type { MapKey } from './own-key.ts'

/** @param key as `mapKeyOf` makes it */
export function timeKey(time: number, key: MapKey): string {
  return typeof key === 'number' ? `${time}#${key}` : `${time}'${key}`
}

/** The time and the key that `timeKey` has put together. */
export function ofTimeKey(id: string): { readonly time: number; readonly key: MapKey } {
  const at = id.search(/['#]/)
  const key = id.slice(at + 1)
  return { time: Number(id.slice(0, at)), key: id[at] === '#' ? Number(key) : key }
}
