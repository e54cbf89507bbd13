/**
 * Two processes prove to each other that they know one secret, and neither tells it: each sends a keyed digest
 * (HMAC-SHA-256) of all that was said.
 *
 * The promise: nothing that goes over the wire can be used again. Each side's proof covers a random number of both
 * sides (no recording opens a door), which side it is (no proof can be sent back to its maker), where the listener
 * listens (nobody can pass the proofs of two others on from another address), and what both say of themselves (nobody
 * can change it). Against who reads or changes an open connection it does not help.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** All that a proof covers; texts, compared byte for byte. */
export interface Exchange {
  /** Random, made by the dialer and by the listener for this one connection. */
  readonly dialerNonce: string
  readonly listenerNonce: string
  /** The address as the listener has announced it, and as the dialer has dialed it. */
  readonly address: string
  /** What each says of itself. */
  readonly dialer: readonly string[]
  readonly listener: readonly string[]
}

/** Whose proof it is. */
export type Role = 'dialer' | 'listener'

/** A random number that was never used before: 32 bytes. */
export function newNonce(): string {
  return randomBytes(32).toString('base64url')
}

/** A secret for one run, or for one server of it: 32 random bytes. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Whether it is a random number as `newNonce` makes them. */
export function isNonce(given: unknown): given is string {
  return typeof given === 'string' && /^[\w-]{43}$/.test(given)
}

/** What shows, to who knows the secret too, that this side knows it. */
export function proofOf(secret: string, role: Role, exchange: Exchange): string {
  const { dialerNonce, listenerNonce, address, dialer, listener } = exchange
  const said = JSON.stringify(['typhoon', role, dialerNonce, listenerNonce, address, dialer, listener])
  return createHmac('sha256', secret).update(said).digest('base64url')
}

/** Whether what was given is that proof; in constant time. */
export function proves(given: unknown, secret: string, role: Role, exchange: Exchange): boolean {
  const wanted = Buffer.from(proofOf(secret, role, exchange))
  const shown = Buffer.from(typeof given === 'string' ? given : '')
  return shown.length === wanted.length && timingSafeEqual(shown, wanted)
}
