/**
 * The states that come with Typhoon, as a topology names them: `memoryMap()`, `embeddedMap()`, `redisMap({…})`;
 * `mapState({…})` over a store of your own;
 * `snapshot(…)` of any of them, for one value instead of many.
 */
import { checkChoice, checkCount, checkOptions, wrongArgument } from '../../errors/arguments.ts'
import { andThen } from '../model/awaitable.ts'
import type { Awaitable } from '../model/operation.ts'
import type {
  BackingMap,
  MapState,
  Snapshottable,
  SpoutKind,
  StateContext,
  StateFactory,
  StateKind,
} from '../model/state.ts'
import { CachedMap, DEFAULT_CACHE_SIZE } from './backing/cached-map.ts'
import { LmdbBackingMap } from './backing/lmdb-backing-map.ts'
import { manifestOf } from './backing/manifest.ts'
import { MemoryBackingMap } from './backing/memory-backing-map.ts'
import {
  COMMAND_TIMEOUT_MS,
  checkRedis,
  MAX_WAIT_MS,
  REDIS_OPTIONS,
  type RedisOptions,
  redisAddress,
} from './backing/redis-options.ts'
import { NonTransactionalMap } from './map/non-transactional-map.ts'
import { OpaqueMap } from './map/opaque-map.ts'
import { SnapshottableMap } from './map/snapshottable-map.ts'
import { TransactionalMap } from './map/transactional-map.ts'
import { partitionDirectory, syncPolicy } from './partition-store.ts'

/** What every map state can be told. */
export interface MapStateOptions {
  /** What it remembers of transactions. Left out: the least that is exactly once with the spouts behind it. */
  readonly kind?: StateKind
  /** Keys that are kept in memory in front of a store, in each partition; 0: none. Default 200,000. */
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

const KINDS: readonly StateKind[] = ['non-transactional', 'transactional', 'opaque']

/** What nobody has compiled is checked here. @throws CONSTRUCTOR_FAILED */
function checkMap(what: string, options: MapStateOptions, more: readonly string[] = []): void {
  checkOptions(what, options, ['kind', 'cacheSize', ...more] as never[])
  if (options.kind !== undefined) checkChoice(`the kind of a ${what}`, options.kind, KINDS)
  if (options.cacheSize !== undefined) checkCount(`the cacheSize of a ${what}`, options.cacheSize)
}

/**
 * The least kind that is exactly once with such a spout. With a non-transactional one there is none, once its worker is
 * lost.
 */
export function kindFor({ spout, leavesOut }: Pick<StateContext, 'spout' | 'leavesOut'>): StateKind {
  return leavesOut === true ? 'opaque' : spout
}

function openKind(kind: StateKind | undefined, { spout }: StateContext): { kindIsOpenTo?: SpoutKind } {
  return kind === undefined ? { kindIsOpenTo: spout } : {}
}

/** A map state of a kind, over a backing map of its own. @param store what is behind that, where it is a cache */
export function mapOf<V>(kind: StateKind, backing: BackingMap, store: BackingMap = backing): MapState<V> {
  if (kind === 'opaque') return OpaqueMap.build<V>(backing, store)
  return kind === 'transactional'
    ? TransactionalMap.build<V>(backing, store)
    : NonTransactionalMap.build<V>(backing, store)
}

/** A map state over a store of your own. */
export function mapState<V = any>(options: CustomMapOptions): StateFactory<MapState<V>> {
  checkMap('mapState', options, ['label', 'survives', 'create'])
  if (typeof options.survives !== 'boolean')
    throw wrongArgument(
      'survives of a mapState',
      options.survives,
      'true or false: whether a killed worker leaves it whole',
    )
  const { label, survives, kind, cacheSize = DEFAULT_CACHE_SIZE, create } = options
  return {
    label,
    survives,
    kind,
    makeState(context) {
      const chosen = kind ?? kindFor(context)
      return andThen(create(context, chosen), (backing) =>
        mapOf<V>(backing.kind ?? chosen, cacheSize > 0 ? new CachedMap(backing, cacheSize) : backing, backing),
      )
    },
  }
}

/** In the memory of the workers: fast, and lost with them. */
export function memoryMap<V = any>(options: Pick<MapStateOptions, 'kind'> = {}): StateFactory<MapState<V>> {
  checkMap('memoryMap', options)
  return mapState<V>({
    ...options,
    label: 'memory',
    survives: false,
    cacheSize: 0,
    create: () => new MemoryBackingMap(),
  })
}

/** In the embedded store below `topology.state.dir`: it survives everything but the loss of the disk. The default. */
export function embeddedMap<V = any>(options: MapStateOptions = {}): StateFactory<MapState<V>> {
  checkMap('embeddedMap', options)
  return mapState<V>({
    ...options,
    label: 'embedded store',
    survives: true,
    create(context, kind) {
      const manifest = manifestOf(context, kind)
      const storeOptions = { sync: syncPolicy(context), run: context.task.run, ...openKind(options.kind, context) }
      return new LmdbBackingMap(embeddedDirectory(context), manifest, storeOptions, () => context.begins?.())
    },
  })
}

/** In Redis: a hash for each partition, a field for each key, its record as JSON. */
export function redisMap<V = any>(options: RedisOptions & MapStateOptions = {}): StateFactory<MapState<V>> {
  checkMap('redisMap', options, REDIS_OPTIONS)
  checkRedis(options)
  const { kind, cacheSize, ...redis } = options
  return mapState<V>({
    ...(kind === undefined ? {} : { kind }),
    ...(cacheSize === undefined ? {} : { cacheSize }),
    label: `redis ${redisAddress(redis)}`,
    survives: true,
    async create(context, chosen) {
      // Who has no state in Redis does not load its client.
      const { openRedisMap } = await import('./backing/redis-backing-map.ts')
      const options = { ...impatient(redis, context), ...openKind(kind, context) }
      return openRedisMap(options, manifestOf(context, chosen), () => context.begins?.())
    },
  })
}

/**
 * A commit that waits for longer than its batch may take would fail by its timeout, which says nothing of Redis and
 * costs an attempt.
 */
function impatient(options: RedisOptions, { task }: StateContext): RedisOptions {
  const mostMs = (task.config['topology.message.timeout.secs'] * 1000) / 4
  const { maxWaitMs = MAX_WAIT_MS, commandTimeoutMs = COMMAND_TIMEOUT_MS } = options
  return {
    ...options,
    maxWaitMs: Math.min(maxWaitMs, mostMs),
    commandTimeoutMs: Math.min(commandTimeoutMs, mostMs),
  }
}

/** One value instead of many: the state of an aggregation without groups. */
export function snapshot<V = any>(factory: StateFactory<MapState<V>>): StateFactory<Snapshottable<V>> {
  const { label, kind, survives } = factory
  return {
    label,
    kind,
    survives,
    makeState: (context) => andThen(factory.makeState(context), (map) => new SnapshottableMap(map)),
  }
}

/** `<state dir>/<topology>/states/<state>/<partition>` */
export function embeddedDirectory(context: StateContext): string {
  return partitionDirectory(context, 'states')
}
