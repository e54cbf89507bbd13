/**
 * The options of a state in Redis. Apart from the client of Redis, which is loaded only where such a state is made.
 */

import { count, flag, integer, type OptionTable, secret, text } from '../../../shape/options.ts'

/** Where Redis is, how to be let in, and how long to wait for it. */
export interface RedisOptions {
  /** Its host. Default 127.0.0.1 */
  readonly host?: string
  /** Its port. Default 6379 */
  readonly port?: number
  /** User name. */
  readonly username?: string
  /** Password; in YAML better as a variable. */
  readonly password?: string
  /** Number of the database. Default 0 */
  readonly db?: number
  /** Whether the connection is encrypted. Default false */
  readonly tls?: boolean
  /** First part of the keys: `<prefix>:<topology>:<state>:<partition>`. Default `typhoon` */
  readonly prefix?: string
  /**
   * How long a read or a commit waits for a Redis that is away, before it fails and its batch is tried again; a quarter
   * of the message timeout at most. Default 30,000
   */
  readonly maxWaitMs?: number
  /**
   * A Redis that does not answer a command for this long counts as away; a quarter of the message timeout at most.
   * Default 10,000
   */
  readonly commandTimeoutMs?: number
}

/** @internal */
export const REDIS_CONNECTION = {
  host: text({ default: '127.0.0.1', doc: 'Its host.' }),
  port: integer({ default: 6379, least: 1, doc: 'Its port.' }),
  username: text({ doc: 'User name.' }),
  password: secret({ doc: 'Password; in YAML better as a variable.' }),
  db: integer({ default: 0, least: 0, doc: 'Number of the database.' }),
  tls: flag({ doc: 'Whether the connection is encrypted.' }),
  prefix: text({
    default: 'typhoon',
    doc: 'First part of the keys: `<prefix>:<topology>:<state>:<partition>`.',
  }),
  maxWaitMs: count({ default: 30_000, least: 1, doc: 'How long a read or a commit waits for a Redis that is away.' }),
  commandTimeoutMs: count({
    default: 10_000,
    least: 1,
    doc: 'A Redis that does not answer a command for this long counts as away.',
  }),
} satisfies OptionTable<RedisOptions>

/** With the defaults. */
export type RedisSettings = Required<Omit<RedisOptions, Unset>> & Pick<RedisOptions, Unset>

/** They have no default. */
type Unset = 'username' | 'password'

/** For people. */
export function redisAddress({ host, port, db }: RedisSettings): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}${db === 0 ? '' : `/${db}`}`
}
