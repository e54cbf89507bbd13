/** A dead letter as a line of JSON, whatever its values are: a letter that could not be written down would be lost. */
import { inspect } from 'node:util'
import type { FailReason } from '../../index.ts'

/** A root that is out of attempts, as it stands in the file of the dead letters. */
export interface DeadLetter {
  readonly topology: string
  readonly component: string
  readonly task: number
  readonly stream: string
  /** As the spout knows it; `null` where it emitted without one. */
  readonly messageId: unknown
  /** By field name. */
  readonly values: Readonly<Record<string, unknown>>
  /** Why the last attempt failed. */
  readonly reason: FailReason
  /** The reason in one line. */
  readonly description: string
  /** Message of the last error that a bolt failed the root with; `null` where there was none. */
  readonly lastError: string | null
  /** How often the root was emitted. */
  readonly attempts: number
  /** ISO 8601, UTC. */
  readonly time: string
}

/**
 * One line of JSON without its line break. What JSON does not have becomes what comes nearest: big integers are decimal strings, bytes
 * `{"base64": …}`, maps lists of pairs, sets lists; values that still cannot be written (circular ones) are shown as text.
 */
export function toLine(letter: DeadLetter): string {
  try {
    return JSON.stringify(letter, replacer)
  } catch {
    const values = Object.fromEntries(Object.entries(letter.values).map(([name, value]) => [name, inspect(value)]))
    return JSON.stringify({ ...letter, messageId: inspect(letter.messageId), values }, replacer)
  }
}

function replacer(this: Record<string, unknown>, key: string, converted: unknown): unknown {
  const value = this[key] // as it was before its toJSON; a Buffer's would write each byte as a number
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
  if (typeof converted === 'bigint') return String(converted)
  if (converted instanceof Map || converted instanceof Set) return [...converted]
  return converted === undefined ? null : converted
}
