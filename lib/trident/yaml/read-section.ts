/**
 * The `trident` section as parts: each a word of the vocabulary, the values behind its keys, and where they stand. What
 * has the wrong shape was reported before; it is left out here, so that the rest is still read.
 */

import { child, isNull, itemsAt, type Place, textOf, type YamlMap, type YamlValue } from '../../annex/yaml-value.ts'
import {
  type Keys,
  type Kind,
  OPERATIONS,
  PARTS,
  type PartsKind,
  REPARTITIONINGS,
  SOURCES,
  type Word,
} from './vocabulary.ts'

/** A value, and what it stands for. */
export interface Setting {
  readonly kind: Kind
  readonly value: YamlValue
}

/** An operation, or the beginning of a stream. */
export interface Part {
  readonly word: string
  /** Where the word stands. */
  readonly place: Place
  readonly map: YamlMap
  readonly value: Setting
  readonly keys: ReadonlyMap<string, Setting>
  /** Whether everything is there that must be; if not, that was reported. */
  readonly isWhole: boolean
}

/** A step: an operation, or a change of partitions that is a mere word. */
export type Step = Part | { readonly repartitioning: string; readonly place: Place } | undefined

/** An entry of the section. */
export interface Entry {
  readonly source: Part
  /** The name of the stream, by which others refer to it. */
  readonly name: Setting | undefined
  /** Undefined: one that cannot be read, which was reported. */
  readonly steps: readonly Step[]
}

/** The entries of a section, in their order. */
export function readEntries(maps: Iterable<YamlMap>): Entry[] {
  return [...maps].flatMap((map) => {
    const source = readPart(map, SOURCES)
    if (source === undefined) return []
    return [
      {
        source,
        name: source.keys.get('stream'),
        steps: source.word === 'staticState' ? [] : itemsAt(map, 'do').map(readStep),
      },
    ]
  })
}

function readStep(value: YamlValue): Step {
  const text = textOf(value)
  if (text !== undefined) return { repartitioning: text, place: value.place }
  if (value.kind !== 'map') return undefined
  const [key] = value.entries.keys()
  if (key !== undefined && Object.hasOwn(REPARTITIONINGS, key)) return { repartitioning: key, place: value.place }
  return readPart(value, OPERATIONS)
}

function readPart(map: YamlMap, words: Readonly<Record<string, Word>>): Part | undefined {
  const word = Object.keys(words).find((name) => map.entries.has(name))
  if (word === undefined) return undefined
  const { value, keys } = words[word]!
  const entry = map.entries.get(word)!
  const hasFields = value.withFields !== undefined && child(map, 'fields') !== undefined
  return {
    word,
    place: entry.key,
    map,
    value: { kind: hasFields ? value.withFields : value.kind, value: entry.value },
    keys: readKeys(map, keys),
    isWhole: !isNull(entry.value) && hasRequired(map, keys),
  }
}

/** The values behind those of the keys that are there. */
export function readKeys(map: YamlMap, keys: Keys): Map<string, Setting> {
  const found = new Map<string, Setting>()
  for (const [name, { kind }] of Object.entries(keys)) {
    const value = child(map, name)
    if (value !== undefined) found.set(name, { kind, value })
  }
  return found
}

/** Whether all is there that must be. */
export function hasRequired(map: YamlMap, keys: Keys): boolean {
  return Object.entries(keys).every(([name, { required }]) => required !== true || child(map, name) !== undefined)
}

/** The values of an entry, those within lists of maps too. */
export function settingsOf({ source, steps }: Entry): Setting[] {
  const parts = [source, ...steps.filter((step) => step !== undefined && 'word' in step)] as Part[]
  return parts.flatMap(({ value, keys }) => [value, ...keys.values()]).flatMap(withInner)
}

function withInner(setting: Setting): Setting[] {
  const { kind, value } = setting
  if (!isPartsKind(kind) || value.kind !== 'list') return [setting]
  return value.items.flatMap((item) => (item.kind === 'map' ? [...readKeys(item, PARTS[kind]).values()] : []))
}

/** Whether it is a list of maps. */
export function isPartsKind(kind: Kind): kind is PartsKind {
  return Object.hasOwn(PARTS, kind)
}
