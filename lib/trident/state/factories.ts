/**
 * The states that come with Typhoon, as a topology names them: `memoryMap()`, `embeddedMap()`, `redisMap({…})`;
 * `mapState({…})` over a store of your own;
 * `snapshot(…)` of any of them, for one value instead of many.
 */
import { checkOptions } from '../../shape/options.ts'
import { andThen } from '../model/awaitable.ts'
import type {
  BackingMap,
  MapState,
  Snapshottable,
  SpoutKind,
  StateContext,
  StateFactory,
  StateKind,
} from '../model/state.ts'
import { CachedMap } from './backing/cached-map.ts'
import { LmdbBackingMap } from './backing/lmdb-backing-map.ts'
import { manifestOf } from './backing/manifest.ts'
import { MemoryBackingMap } from './backing/memory-backing-map.ts'
import { type RedisOptions, type RedisSettings, redisAddress } from './backing/redis-options.ts'
import { NonTransactionalMap } from './map/non-transactional-map.ts'
import { OpaqueMap } from './map/opaque-map.ts'
import { SnapshottableMap } from './map/snapshottable-map.ts'
import { TransactionalMap } from './map/transactional-map.ts'
import { partitionDirectory, syncPolicy } from './partition-store.ts'
import {
  CUSTOM_MAP,
  type CustomMapOptions,
  EMBEDDED_MAP,
  type MapStateOptions,
  MEMORY_MAP,
  REDIS_MAP,
} from './state-options.ts'

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
  const { label, survives, kind, cacheSize, create } = checkOptions('mapState', options, CUSTOM_MAP)
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
  return mapState<V>({
    ...checkOptions('memoryMap', options, MEMORY_MAP),
    label: 'memory',
    survives: false,
    cacheSize: 0,
    create: () => new MemoryBackingMap(),
  })
}

/** In the embedded store below `topology.state.dir`: it survives everything but the loss of the disk. The default. */
export function embeddedMap<V = any>(options: MapStateOptions = {}): StateFactory<MapState<V>> {
  return mapState<V>({
    ...checkOptions('embeddedMap', options, EMBEDDED_MAP),
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
  const { kind, cacheSize, ...redis } = checkOptions('redisMap', options, REDIS_MAP)
  return mapState<V>({
    kind,
    cacheSize,
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
function impatient(options: RedisSettings, { task }: StateContext): RedisSettings {
  const mostMs = (task.config['topology.message.timeout.secs'] * 1000) / 4
  return {
    ...options,
    maxWaitMs: Math.min(options.maxWaitMs, mostMs),
    commandTimeoutMs: Math.min(options.commandTimeoutMs, mostMs),
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
