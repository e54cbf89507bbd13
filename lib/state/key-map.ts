/**
 * A map from the keys of a state, for states that may hold millions: many small maps, of which a key's own text says
 * which is its. A map of V8 that grows is built anew, and one of a million keys holds up its event loop for that; a
 * small one does not, and what is read and written one shard after the other stays near in memory, which makes filling
 * it again after a crash some three times as fast.
 */
import type { MapKey } from '../values/own-key.ts'

/** A power of two. */
const SHARD_BITS = 7
const SHARDS = 1 << SHARD_BITS
/** Of Fibonacci hashing: 2^32 divided by the golden ratio. */
const GOLDEN = 0x9e3779b1
/** Keys are often alike at their beginning. */
const LAST_CHARACTERS = 5

export class KeyMap<V> {
  readonly #shards: (Map<MapKey, V> | undefined)[] = new Array(SHARDS).fill(undefined)

  get size(): number {
    return this.#shards.reduce((sum, shard) => sum + (shard?.size ?? 0), 0)
  }

  /** Hot. */
  get(key: MapKey): V | undefined {
    return this.#shards[shardOf(key)]?.get(key)
  }

  has(key: MapKey): boolean {
    return this.#shards[shardOf(key)]?.has(key) === true
  }

  set(key: MapKey, value: V): void {
    const at = shardOf(key)
    let shard = this.#shards[at]
    if (shard === undefined) {
      shard = new Map()
      this.#shards[at] = shard
    }
    shard.set(key, value)
  }

  delete(key: MapKey): void {
    this.#shards[shardOf(key)]?.delete(key)
  }

  /** What is set or deleted meanwhile is seen or not. */
  *values(): Iterable<V> {
    for (let at = 0; at < SHARDS; at++) {
      const shard = this.#shards[at]
      if (shard !== undefined) yield* shard.values()
    }
  }
}

/** Hot. The same for -0 and 0. */
function shardOf(key: MapKey): number {
  if (typeof key === 'number') return spread(key)
  const { length } = key
  let hash = length
  for (let i = Math.max(0, length - LAST_CHARACTERS); i < length; i++) hash = Math.imul(hash, 31) + key.charCodeAt(i)
  return spread(hash)
}

function spread(hash: number): number {
  return Math.imul(hash, GOLDEN) >>> (32 - SHARD_BITS)
}
