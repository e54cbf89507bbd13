/**
 * Configuration as it is written, and with its defaults: the types of both follow from the table of keys (`keys.ts`).
 */
import type { ConfigKey, KeyType } from './config-key.ts'
import { CONFIG_KEYS } from './keys.ts'

/** A key of the runtime. */
export type ConfigName = keyof typeof CONFIG_KEYS

/** What a key holds, by its type. */
interface ValueOf extends Record<KeyType, unknown> {
  readonly integer: number
  readonly number: number
  readonly flag: boolean
  readonly text: string
  readonly texts: readonly string[]
}

/** The value of a key of the runtime; null: its default. */
export type ConfigValue<K extends ConfigName> = ValueOf[(typeof CONFIG_KEYS)[K]['type']] | null

/** The keys of the runtime and their values, and no other: a key that is misspelled does not compile. */
export type TopologyConfig = { readonly [K in ConfigName]?: ConfigValue<K> }

/** Configuration by key, as written: the keys of the runtime, and those of the components, which may be any others. */
export type ConfigMap = TopologyConfig & { readonly [key: string]: unknown }

/** How the runtime's keys begin. */
type Prefix = ConfigName extends infer K ? (K extends `${infer First}.${string}` ? First : never) : never

/** What a key may hold: where it looks like one of the runtime's and is none, nothing. */
export type ConfigValueOf<K> = K extends ConfigName
  ? ConfigValue<K>
  : K extends `${Prefix}.${string}`
    ? { readonly 'no key of the runtime is called': K }
    : unknown

/** A configuration, each key checked: see `ConfigValueOf`. */
export type CheckedConfig<C> = { readonly [K in keyof C]: ConfigValueOf<K> }

/** Configuration with the defaults filled in, each key of its type; `null` where a key has no default. */
export type ResolvedConfig = {
  readonly [K in ConfigName]:
    | ValueOf[(typeof CONFIG_KEYS)[K]['type']]
    | ((typeof CONFIG_KEYS)[K]['default'] extends null ? null : never)
} & { readonly [key: string]: any }

/**
 * Layers of configuration, the later ones stronger. Lists are joined, the stronger ones first, each element once;
 * everything else is replaced.
 */
export function mergeConfig(...layers: readonly (ConfigMap | undefined)[]): ConfigMap {
  const merged: Record<string, unknown> = {}
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer ?? {})) {
      const before = merged[name]
      merged[name] =
        isListKey(name) && Array.isArray(before) && Array.isArray(value) ? [...new Set([...value, ...before])] : value
    }
  }
  return merged
}

/** Like `mergeConfig`, with the defaults: a known key that is not set, or set to null, has its default. */
export function resolveConfig(...layers: readonly (ConfigMap | undefined)[]): ResolvedConfig {
  const resolved: Record<string, unknown> = { ...mergeConfig(...layers) }
  for (const [name, known] of Object.entries(CONFIG_KEYS)) resolved[name] ??= known.default
  return resolved as ResolvedConfig
}

function isListKey(name: string): boolean {
  return keyOf(name)?.type === 'texts'
}

/** Own keys alone: a user's key may be called `toString`. */
export function keyOf(name: string): ConfigKey | undefined {
  return Object.hasOwn(CONFIG_KEYS, name) ? CONFIG_KEYS[name as ConfigName] : undefined
}
