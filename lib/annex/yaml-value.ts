/**
 * YAML as plain values that know where they stand. Everything behind `read-yaml.ts` works on these, so that each
 * problem can point at its line, and no other file knows the YAML library.
 */

/** A position in a file, from 1 up, with the line's text for the caret. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly source: string
}

/** A text, number, boolean or null. */
export interface YamlScalar {
  readonly kind: 'scalar'
  /** A string, number, bigint (a whole number that a double cannot hold), boolean or null. */
  value: unknown
  readonly place: Place
  /** The text in the file of a number, a boolean or null. */
  readonly written?: string
  /**
   * The text of an unquoted scalar that variables have made, and what YAML takes that for. What it is depends on what
   * is wanted. Where that is anything, it is a number, boolean or null only if that is written just so: 7 and true, but
   * 007 and 1.10 are texts.
   */
  readonly made?: { readonly text: string; readonly typed: unknown }
  /** A variable had no value: that was reported, and what the scalar would be is unknown. */
  readonly unknown?: true
}

/** A list. */
export interface YamlList {
  readonly kind: 'list'
  readonly items: readonly YamlValue[]
  readonly place: Place
}

/** A key of a map, with its place, and its value. */
export interface YamlEntry {
  /** Where the key stands. */
  readonly key: Place
  readonly value: YamlValue
}

/** A map, in the order in which it was written. */
export interface YamlMap {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, YamlEntry>
  readonly place: Place
}

/** Any of them. */
export type YamlValue = YamlScalar | YamlList | YamlMap

/** The value under a key; `undefined` where there is no such key, or where it is empty (`bolts:` and nothing more). */
export function child(map: YamlMap, key: string): YamlValue | undefined {
  const value = map.entries.get(key)?.value
  return value !== undefined && isNull(value) ? undefined : value
}

/** Whether a value is left empty, or null. */
export function isNull(value: YamlValue): boolean {
  return value.kind === 'scalar' && value.value === null && value.unknown === undefined
}

/** Settles what a scalar is whose type depends on what is wanted. */
export function settle(scalar: YamlScalar, type: 'string' | 'integer' | 'number' | 'boolean'): void {
  if (scalar.made !== undefined) scalar.value = type === 'string' ? scalar.made.text : scalar.made.typed
}

/** The text of a value, where it is one, or may be one. */
export function textOf(value: YamlValue | undefined): string | undefined {
  if (value?.kind !== 'scalar') return undefined
  if (value.made !== undefined) return value.made.text
  return typeof value.value === 'string' ? value.value : undefined
}

/** A scalar as a number, a boolean or null, where it is one, or may be one; else what it is. */
export function typedOf({ value, made }: YamlScalar): unknown {
  return made === undefined ? value : made.typed
}

/**
 * A text under a key; what has another type was reported by `check-shape.ts` and is left out here, as in those below.
 */
export function textAt(map: YamlMap, key: string): { readonly text: string; readonly place: Place } | undefined {
  const value = child(map, key)
  const text = textOf(value)
  return text === undefined ? undefined : { text, place: value!.place }
}

/** A whole number from 1 up under a key. */
export function countAt(map: YamlMap, key: string): number | undefined {
  const value = child(map, key)
  const count = value?.kind === 'scalar' ? typedOf(value) : undefined
  return Number.isSafeInteger(count) && (count as number) > 0 ? (count as number) : undefined
}

/** A number from 0 up under a key. */
export function amountAt(map: YamlMap, key: string): number | undefined {
  const value = child(map, key)
  const amount = value?.kind === 'scalar' ? typedOf(value) : undefined
  return typeof amount === 'number' && amount >= 0 ? amount : undefined
}

/** Whether true stands under a key. */
export function flagAt(map: YamlMap, key: string): boolean {
  const value = child(map, key)
  return value?.kind === 'scalar' && typedOf(value) === true
}

/** The items of the list at a key; none where there is no list. */
export function itemsAt(map: YamlMap, key: string): readonly YamlValue[] {
  const value = child(map, key)
  return value?.kind === 'list' ? value.items : []
}

/** Those of them that are maps. */
export function mapsAt(map: YamlMap, key: string): readonly YamlMap[] {
  return itemsAt(map, key).filter((item) => item.kind === 'map')
}

/** The map at a key, if it is one. */
export function mapAt(map: YamlMap, key: string): YamlMap | undefined {
  const value = child(map, key)
  return value?.kind === 'map' ? value : undefined
}

/** Where the value of a key stands, or else the map. */
export function placeOf(map: YamlMap, ...keys: readonly string[]): Place {
  for (const key of keys) {
    const value = child(map, key)
    if (value !== undefined) return value.place
  }
  return map.place
}

/** The value as JavaScript has it; a new object at each call. */
export function plain(value: YamlValue): unknown {
  switch (value.kind) {
    case 'scalar':
      return value.value
    case 'list':
      return value.items.map(plain)
    case 'map':
      return Object.fromEntries([...value.entries].map(([key, entry]) => [key, plain(entry.value)]))
  }
}

/** The value for a message, as it was written. */
export function show(value: YamlValue): string {
  if (value.kind === 'list') return 'a list'
  if (value.kind === 'map') return 'a map'
  if (value.made !== undefined) return JSON.stringify(value.made.text)
  return typeof value.value === 'string' ? JSON.stringify(value.value) : (value.written ?? String(value.value))
}
