/**
 * What a state in Redis can be told. Apart from the client of Redis, which is loaded only where such a state is made.
 */

import { checkCount, checkText } from '../../../errors/arguments.ts'
import { TyphoonError } from '../../../index.ts'

/** Where Redis is, how to be let in, and how long to wait for it. */
export interface RedisOptions {
  /** Default 127.0.0.1 */
  readonly host?: string
  /** Default 6379 */
  readonly port?: number
  readonly username?: string
  readonly password?: string
  /** Number of the database. Default 0 */
  readonly db?: number
  readonly tls?: boolean
  /** First part of the keys: `<prefix>:<topology>:<state>:<partition>`. Default `typhoon` */
  readonly prefix?: string
  /**
   * So long a read or a commit waits for a Redis that is away, before it fails and its batch is tried again; at most a
   * quarter of the message timeout. Default 30,000
   */
  readonly maxWaitMs?: number
  /**
   * A Redis that does not answer a command for so long counts as away; at most a quarter of the message timeout.
   * Default 10,000
   */
  readonly commandTimeoutMs?: number
}

/** Of `maxWaitMs`, unless given. */
export const MAX_WAIT_MS = 30_000
/** Of `commandTimeoutMs`, unless given. */
export const COMMAND_TIMEOUT_MS = 10_000

const TEXTS = ['host', 'username', 'prefix'] as const
const COUNTS = ['port', 'db', 'maxWaitMs', 'commandTimeoutMs'] as const

/** Their names. */
export const REDIS_OPTIONS: readonly (keyof RedisOptions)[] = [...TEXTS, ...COUNTS, 'password', 'tls']

/** @throws CONSTRUCTOR_FAILED where one has the wrong type, or the password is empty */
export function checkRedis(options: RedisOptions): void {
  for (const name of TEXTS) if (options[name] !== undefined) checkText(`${name} of a redisMap`, options[name])
  for (const name of COUNTS) if (options[name] !== undefined) checkCount(`${name} of a redisMap`, options[name])
  const { password } = options
  // Not shown, whatever it is; and an empty one would be left out.
  if (password !== undefined && (typeof password !== 'string' || password === ''))
    throw new TyphoonError('CONSTRUCTOR_FAILED', 'the password of a redisMap must be a text that is not empty')
}

/** For people. */
export function redisAddress({ host = '127.0.0.1', port = 6379, db = 0 }: RedisOptions): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}${db === 0 ? '' : `/${db}`}`
}
