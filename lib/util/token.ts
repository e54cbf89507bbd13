/**
 * What can be shown as a secret in a header of HTTP, `Authorization: Bearer TOKEN`, and come out at the other end as it
 * was.
 */

/** What the tokens begin with by which hosts join a cluster. */
export const JOIN_TOKEN_PREFIX = 'typhoon-join.'

const TOKEN = /^[\x21-\x7e]{1,1024}$/

/** Whether it is a text of 1 to 1024 visible ASCII characters. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && TOKEN.test(value)
}
