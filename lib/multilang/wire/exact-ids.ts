/**
 * Message ids beyond 2^53, which a spout in another language may well choose (a hash, 64 random bits) and JavaScript rounds: a spout that is told of a
 * rounded id does not know its own tuple, and never emits it again. So they are kept as a bigint.
 */
import type { FromChild } from './messages.ts'

const LARGE_ID = /(?<!\\)"id"\s*:\s*(-?\d{16,})(?=\s*[,}])/g

/** Whether the id of a message may have been rounded when it was read. Hot. */
export function hasRoundedId(message: unknown): boolean {
  const id: unknown = (message as FromChild | null)?.['id']
  return typeof id === 'number' && Number.isInteger(id) && !Number.isSafeInteger(id)
}

/** Reads one message from JSON, with its id as it stands there. @throws SyntaxError */
export function parseExactly(text: string): unknown {
  const message: unknown = JSON.parse(text)
  if (!hasRoundedId(message)) return message
  const { id } = message as { id: number }
  const digits = [...text.matchAll(LARGE_ID)].map((match) => match[1]!).find((one) => Number(one) === id)
  // Where the number is written with these same digits, nothing is lost.
  return digits === undefined || digits === String(id) ? message : { ...(message as object), id: BigInt(digits) }
}
