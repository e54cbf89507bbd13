/** How a state reaches its Redis. */
/** Where Redis is, and how to be let in. */
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
  /** So long a read or a commit waits for a Redis that is away, before it fails and its batch is tried again. Default 30,000 */
  readonly maxWaitMs?: number
  /** A Redis that does not answer a command for so long counts as away. Default 10,000 */
  readonly commandTimeoutMs?: number
}

/** For people. */
export function redisAddress({ host = '127.0.0.1', port = 6379, db = 0 }: RedisOptions): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}${db === 0 ? '' : `/${db}`}`
}
