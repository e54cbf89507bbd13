/** What a state in Redis can be told. Apart from the client of Redis, which is loaded only where such a state is made. */

import { checkCount, checkText } from '../../../components/arguments.ts'
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
   * So long a read or a commit waits for a Redis that is away, before it fails and its batch is tried again; at most a quarter of the message timeout.
   * Default 30,000
   */
  readonly maxWaitMs?: number
  /** A Redis that does not answer a command for so long counts as away; at most a quarter of the message timeout. Default 10,000 */
  readonly commandTimeoutMs?: number
}

/** Of `maxWaitMs`, unless given. */
export const MAX_WAIT_MS = 30_000
/** Of `commandTimeoutMs`, unless given. */
export const COMMAND_TIMEOUT_MS = 10_000

const TEXTS = ['host', 'username', 'prefix'] as const
