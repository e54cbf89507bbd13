/**
 * The way of a state to its Redis: opens a connection when one is needed, opens another one when it broke, gives up
 * after a while. And the rule that a connection which was given up cannot write any more; see `redis-backing-map.ts`.
 */

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ChainableCommander, Redis } from 'ioredis'
import { messageOf, TyphoonError } from '../../../index.ts'
import { backOff } from '../../../util/time/back-off.ts'
import { LONGEST_TIMER_MS } from '../../../util/time/clock.ts'
import { type RedisSettings, redisAddress } from './redis-options.ts'

/** The field of the hash that holds the version; `keyOf` gives no such key. */
const VERSION_FIELD = '\u0000version'
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500
/** A run that ends waits for no longer; who can wait asks again. */
const CHECK_WAIT_MS = 1000

export class RedisConnection {
  readonly #options: RedisSettings
  readonly #hash: string
  readonly #prepare: (redis: Redis) => Promise<void>
  /** The id of this object, so that versions of two workers are never the same. */
  readonly #id: string = randomUUID()
  #writes = 0
  /** What the last confirmed write has left; undefined before the first. */
  #version: string | undefined
  /** What a write of which nothing was heard may have left. */
  #unconfirmed: string | undefined
  #redis: Redis | undefined
  #isClosed = false

  /** @param prepare called for the first connection, before anything is read or written */
  constructor(options: RedisSettings, hash: string, prepare: (redis: Redis) => Promise<void>) {
    this.#options = options
    this.#hash = hash
    this.#prepare = prepare
  }

  /** Whether a field of the hash is of the connection, and none of the map. */
  isOwnField(field: string): boolean {
    return field === VERSION_FIELD
  }

  /**
   * Calls with a connection; again with another one as long as they break. What it does must bear being done twice.
   * @throws STATE_UNAVAILABLE
   */
  async use<T>(call: (redis: Redis) => Promise<T>, maxWaitMs: number = this.#options.maxWaitMs): Promise<T> {
    const until = performance.now() + maxWaitMs
    for (let failures = 1; ; failures++) {
      try {
        return await call(await this.#connected())
      } catch (error) {
        if (error instanceof TyphoonError) throw error
        this.#drop()
        if (!isPassing(error)) throw this.#refusal(error)
        const pause = backOff(failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
        if (this.#isClosed || performance.now() + pause > until) throw this.#gone(error, maxWaitMs)
        await sleep(pause)
      }
    }
  }

  /**
   * Writes all of it or nothing, if nobody else has written since; again as long as connections break. @throws
   * STATE_UNAVAILABLE, STATE_IN_USE
   */
  write(fill: (transaction: ChainableCommander) => void): Promise<void> {
    return this.use((redis) => this.#transact(redis, fill))
  }

  /** @throws STATE_LOST, STATE_IN_USE where Redis does not have what it has confirmed; STATE_UNAVAILABLE */
  check(): Promise<void> {
    return this.use(async (redis) => {
      const found = await redis.hget(this.#hash, VERSION_FIELD)
      if (found !== this.#version) throw this.#lostOrTaken(found)
    }, CHECK_WAIT_MS)
  }

  close(): void {
    this.#isClosed = true
    this.#drop()
  }

  #drop(): void {
    // Not `quit`: what waits to be sent must not be sent any more.
    this.#redis?.disconnect()
    this.#redis = undefined
  }

  async #connected(): Promise<Redis> {
    if (this.#isClosed) throw new TyphoonError('STATE_UNAVAILABLE', `the state ${this.#hash} is closed`)
    if (this.#redis !== undefined) return this.#redis
    const { host, port, username, password, db, tls, commandTimeoutMs } = this.#options
    const redis = new Redis({
      host,
      port,
      db,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(tls ? { tls: {} } : {}),
      lazyConnect: true,
      connectTimeout: Math.min(commandTimeoutMs, LONGEST_TIMER_MS),
      commandTimeout: Math.min(commandTimeoutMs, LONGEST_TIMER_MS),
      // A connection is used until it breaks, and never mended: what was sent by it must not be sent again behind our
      // back.
      retryStrategy: () => null,
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
    })
    // Each command gets the error too.
    let reason: unknown
    redis.on('error', (error) => {
      reason ??= error
    })
    this.#redis = redis
    try {
      await redis.connect()
      await this.#claim(redis)
      return redis
    } catch (error) {
      // Without its version it must not be used.
      this.#drop()
      throw error instanceof TyphoonError || !isClosing(error) ? error : (reason ?? error)
    }
  }

  /** Makes sure that what was confirmed is still there, and that no earlier connection can write from now on. */
  async #claim(redis: Redis): Promise<void> {
    const found = await redis.hget(this.#hash, VERSION_FIELD)
    if (this.#version === undefined) await this.#prepare(redis)
    else if (found === this.#unconfirmed) this.#version = this.#unconfirmed
    else if (found !== this.#version) throw this.#lostOrTaken(found)
    this.#unconfirmed = undefined
    const version = this.#version
    if (version === undefined) {
      // Of a state that is opened anew the last one who opens it is right.
      this.#version = this.#nextVersion()
      await redis.hset(this.#hash, VERSION_FIELD, this.#version)
    } else await this.#transact(redis, () => {})
  }

  async #transact(redis: Redis, fill: (transaction: ChainableCommander) => void): Promise<void> {
    const [, found] = await Promise.all([redis.watch(this.#hash), redis.hget(this.#hash, VERSION_FIELD)])
    if (found !== this.#version) throw this.#lostOrTaken(found)
    const next = this.#nextVersion()
    this.#unconfirmed = next
    const transaction = redis.multi().hset(this.#hash, VERSION_FIELD, next)
    fill(transaction)
    const results = await transaction.exec()
    this.#unconfirmed = undefined
    if (results === null) throw this.#lostOrTaken(await redis.hget(this.#hash, VERSION_FIELD))
    this.#version = next
    const failed = results.find(([error]) => error !== null)
    if (failed !== undefined) throw failed[0]
  }

  #nextVersion(): string {
    return `${this.#id}:${++this.#writes}`
  }

  #lostOrTaken(found: string | null): TyphoonError {
    const where = `${this.#hash} in Redis ${redisAddress(this.#options)}`
    if (found === null || found.startsWith(this.#id)) {
      return new TyphoonError('STATE_LOST', `${where} has lost what was written last`, {
        hint: 'Redis was restarted without its data, or the key was deleted; let it write its data to the disk (appendonly yes, appendfsync always)',
      })
    }
    return new TyphoonError('STATE_IN_USE', `another worker has opened ${where}`, {
      hint: 'run a topology once, or give each run a prefix of its own',
    })
  }

  #gone(cause: unknown, waited: number): TyphoonError {
    const message = `Redis ${redisAddress(this.#options)} cannot be reached for ${waited} ms: ${messageOf(cause)}`
    return new TyphoonError('STATE_UNAVAILABLE', message, { hint: 'start it; the batch is tried again', cause })
  }

  #refusal(cause: unknown): TyphoonError {
    const message = messageOf(cause)
    const redis = `Redis ${redisAddress(this.#options)}`
    if (/^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH|ERR invalid password)/.test(message)) {
      const hint = 'check the username and password of the state, and what Redis allows them'
      return new TyphoonError('STATE_UNAVAILABLE', `${redis} refuses the user or the password: ${message}`, {
        hint,
        cause,
      })
    }
    if (message.startsWith('WRONGTYPE')) {
      const hint = 'something else uses that key; give the state a prefix of its own'
      return new TyphoonError('STATE_FOREIGN', `${this.#hash} in ${redis} is not a hash`, { hint, cause })
    }
    return new TyphoonError('STATE_UNAVAILABLE', `${redis} refuses: ${message}`, {
      hint: 'check the log of Redis; the batch is tried again',
      cause,
    })
  }
}

/** Errors that Redis answers with stand as they are, those of the connection are anything else. */
function isPassing(error: unknown): boolean {
  const isAnswer = (error as { name?: unknown }).name === 'ReplyError'
  return !isAnswer || /^(LOADING|BUSY|TRYAGAIN|MASTERDOWN|CLUSTERDOWN)/.test(messageOf(error))
}

function isClosing(error: unknown): boolean {
  return messageOf(error).startsWith('Connection is closed')
}
