/**
 * What the states and file sinks of Trident can be told. It stands apart from what they are made of, which YAML does
 * not load to check a file.
 */
import { any, choice, count, flag, type OptionTable, text } from '../../shape/options.ts'
import type { Awaitable } from '../model/operation.ts'
import type { BackingMap, StateContext, StateKind } from '../model/state.ts'
import type { TridentTuple } from '../model/tuple.ts'
import { REDIS_CONNECTION, type RedisOptions } from './backing/redis-options.ts'

/** The options of every map state. */
export interface MapStateOptions {
  /** What it remembers of transactions; the least that is exactly once with its spouts unless given. */
  readonly kind?: StateKind
  /** Keys that are kept in memory in front of a store, in each partition; 0: none. */
  readonly cacheSize?: number
}

/** A map state over a store of your own. */
export interface CustomMapOptions extends MapStateOptions {
  /** What it is, in a word or two, for `typhoon plan`. */
  readonly label: string
  /** Whether what was written is still there after the worker was killed. */
  readonly survives: boolean
  /**
   * Makes the backing map of a partition; `multiGet` and `multiPut` is all it needs. `kind` is that of the records
   * which it will hold. A store that survives calls `context.begins` where it finds nothing of the partition.
   */
  create(context: StateContext, kind: StateKind): Awaitable<BackingMap>
}

/** How a tuple is written: as an object in JSON, as its values with a separator between them, or as a function says. */
export type LineFormat = 'json' | 'text' | ((tuple: TridentTuple) => string)

/** What can be set of a file sink. */
export interface FileSinkOptions {
  /** `json`: an object on each line; `text`: its values, with the separator between them; or what a function makes. */
  readonly format?: LineFormat
  /** Between the values of a line of text; a tabulator unless given. */
  readonly separator?: string
}

const KINDS: readonly StateKind[] = ['non-transactional', 'transactional', 'opaque']

/** @internal */
export const MEMORY_MAP = {
  kind: choice(KINDS, {
    doc: 'What it remembers of transactions; the least that is exactly once with its spouts unless given.',
  }),
} satisfies OptionTable<Pick<MapStateOptions, 'kind'>>

/** @internal */
export const EMBEDDED_MAP = {
  ...MEMORY_MAP,
  cacheSize: count({
    default: 200_000,
    doc: 'Keys that are kept in memory in front of a store, in each partition; 0: none.',
  }),
} satisfies OptionTable<MapStateOptions>

/** @internal */
export const REDIS_MAP = { ...EMBEDDED_MAP, ...REDIS_CONNECTION } satisfies OptionTable<MapStateOptions & RedisOptions>

/** @internal */
export const CUSTOM_MAP = {
  ...EMBEDDED_MAP,
  label: text({ required: true }),
  survives: flag({ required: true }),
  create: any({ required: true }),
} satisfies OptionTable<CustomMapOptions>

/** What YAML can say of a file sink. @internal */
export const FILE_SINK_IN_YAML = {
  format: choice(['json', 'text'], {
    default: 'json',
    doc: 'json: an object on each line; text: its values, with the separator between them.',
  }),
  separator: text({ default: '\t', doc: 'Between the values of a line of text; a tabulator unless given.' }),
} satisfies OptionTable<FileSinkOptions>

/** The file sink checks its format. @internal */
export const FILE_SINK = {
  ...FILE_SINK_IN_YAML,
  format: any({ default: 'json' as LineFormat }),
} satisfies OptionTable<FileSinkOptions>
