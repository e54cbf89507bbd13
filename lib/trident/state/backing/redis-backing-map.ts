/**
 * A backing map in Redis: one hash, a field for each key, its record as text. It is loaded where a state in Redis is
 * made, and the client with it.
 *
 * Promises: a `multiPut` is one MULTI … EXEC, written whole or not at all. What is sent to a connection that breaks may
 * arrive later, even after a newer one was opened; so each connection first writes a version of its own, and each write
 * is made only if that version still stands (WATCH). A late write finds another version and is refused by Redis; so is
 * one of a worker that was taken for dead.
 *
 * Redis away: it is tried again until `maxWaitMs` have passed. Redis back without what it had confirmed, in this run or
 * in an earlier one: STATE_LOST.
 */
import type { Redis } from 'ioredis'
import { TyphoonError } from '../../../index.ts'
import { MANIFEST_KEY } from '../../../store/manifest.ts'
import type { StateKey } from '../../../values/key.ts'
import { show } from '../../../values/show.ts'
import { decode, encode } from '../../../values/text.ts'
import type { BackingMap, SpoutKind, StateKind } from '../../model/state.ts'
import { checkManifest, grownTo, isGrown, type StateManifest } from './manifest.ts'
import { RedisConnection } from './redis-connection.ts'
import type { RedisSettings } from './redis-options.ts'

/** What a map in Redis is opened with. */
export interface RedisMapOptions extends RedisSettings {
  /** The user has not said of which kind it is. */
  readonly kindIsOpenTo?: SpoutKind
}

/** Fields in one command. */
const CHUNK = 10_000
const SCAN_COUNT = 1000

/**
 * Opens the map of a partition.
 * @param begins `StateContext.begins`, called where nothing stands there yet
 * @throws STATE_FORMAT, STATE_FOREIGN, STATE_PARTITIONS where another state stands there; STATE_LOST, STATE_UNAVAILABLE
 */
export async function openRedisMap<T = any>(
  options: RedisMapOptions,
  manifest: StateManifest,
  begins?: () => void,
): Promise<RedisBackingMap<T>> {
  const map = new RedisBackingMap<T>(options, manifest, begins)
  try {
    await map.multiGet([MANIFEST_KEY])
    return map
  } catch (error) {
    map.close()
    throw error
  }
}

export class RedisBackingMap<T = any> implements BackingMap<T> {
  readonly isAtomic = true
  kind: StateKind
  readonly #connection: RedisConnection
  readonly #hash: string

  constructor(options: RedisMapOptions, manifest: StateManifest, begins?: () => void) {
    this.kind = manifest.kind as StateKind
    const { topology, state, partition } = manifest
    this.#hash = [options.prefix, topology, state, partition].join(':')
    this.#connection = new RedisConnection(options, this.#hash, (redis) =>
      this.#own(redis, manifest, options.kindIsOpenTo, begins),
    )
  }

  multiGet(keys: readonly StateKey[]): Promise<(T | undefined)[]> {
    return this.#connection.use(async (redis) => {
      const texts = await Promise.all(chunks(keys.map(fieldOf)).map((some) => redis.hmget(this.#hash, ...some)))
      return texts.flat().map((text, index) => this.#parse(keys[index]!, text))
    })
  }

  multiPut(keys: readonly StateKey[], values: readonly (T | undefined)[]): Promise<void> {
    const puts: string[] = []
    const removals: string[] = []
    for (let i = 0; i < keys.length; i++) {
      if (values[i] === undefined) removals.push(fieldOf(keys[i]!))
      else puts.push(fieldOf(keys[i]!), encode(values[i], 'a value of a state'))
    }
    return this.#connection.write((transaction) => {
      for (const some of chunks(puts)) transaction.hset(this.#hash, ...some)
      for (const some of chunks(removals)) transaction.hdel(this.#hash, ...some)
    })
  }

  async *entries(): AsyncIterable<readonly [StateKey, T]> {
    // A scan may give a field twice.
    const seen = new Set<string>()
    let cursor = '0'
    do {
      const [next, found] = await this.#connection.use((redis) => redis.hscan(this.#hash, cursor, 'COUNT', SCAN_COUNT))
      cursor = next
      for (let i = 0; i < found.length; i += 2) {
        const key = keyOfField(found[i]!)
        if (key === MANIFEST_KEY || this.#connection.isOwnField(key) || seen.has(key)) continue
        seen.add(key)
        yield [key, this.#parse(key, found[i + 1]!) as T]
      }
    } while (cursor !== '0')
  }

  check(): Promise<void> {
    return this.#connection.check()
  }

  close(): void {
    this.#connection.close()
  }

  #parse(key: string, text: string | null): T | undefined {
    if (text === null) return undefined
    try {
      return decode(text) as T
    } catch (cause) {
      throw new TyphoonError(
        'STATE_CORRUPT',
        `the field ${show(key)} of ${this.#hash} in Redis is not a value of a state`,
        {
          hint: 'something else has written it; put back a copy, or delete the key and the directory of the topology to begin anew',
          cause,
        },
      )
    }
  }

  /** Makes sure that the hash is that of the state: compares its manifest, or writes it where there is no hash. */
  async #own(redis: Redis, wanted: StateManifest, spout: SpoutKind | undefined, begins?: () => void): Promise<void> {
    const [[text], count] = await Promise.all([redis.hmget(this.#hash, MANIFEST_KEY), redis.hlen(this.#hash)])
    const stored = this.#parse(MANIFEST_KEY, text ?? null)
    const manifest = spout === undefined ? wanted : grownTo(stored, wanted, spout)
    this.kind = manifest.kind as StateKind
    const isNew = text === null && count === 0
    if (isNew) begins?.()
    else checkManifest(`${this.#hash} in Redis`, stored, manifest)
    if (isNew || isGrown(stored, manifest)) {
      await redis.hset(this.#hash, MANIFEST_KEY, encode(manifest))
    }
  }
}

/** A text with half a surrogate pair has no UTF-8; it is written as JSON, behind a mark that `keyOf` does not give. */
const ESCAPED = '\u0000json'

function fieldOf(key: StateKey): string {
  return /\p{Surrogate}/u.test(key) ? ESCAPED + JSON.stringify(key) : key
}

function keyOfField(field: string): StateKey {
  return field.startsWith(ESCAPED) ? JSON.parse(field.slice(ESCAPED.length)) : field
}

function chunks(items: readonly string[]): string[][] {
  const some: string[][] = []
  for (let from = 0; from < items.length; from += CHUNK) some.push(items.slice(from, from + CHUNK))
  return some
}
