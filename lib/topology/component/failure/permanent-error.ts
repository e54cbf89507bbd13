/**
 * An error that no further attempt will mend: the tuple itself is wrong. A bolt throws it, or passes it to `fail`. A
 * `ReliableSpout` then writes the tuple to the dead letters at once, whatever attempts it has left; any other spout
 * finds `permanent` in the reason of its `fail`.
 *
 *     throw new PermanentError(`no such customer: ${id}`)
 *
 * An error of another class is permanent where it has a property `permanent` that is true; so are WRONG_VALUES,
 * UNDECLARED_STREAM, UNKNOWN_FIELD and BAD_TIMESTAMP, for what does not fit its fields, goes to a stream that is not
 * there, or has no time, will not at another attempt, and so is POISON_TUPLE.
 */
import { TyphoonError } from '../../../errors/typhoon-error.ts'

/** The tuple itself is wrong, and no further attempt will mend it. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError'
  readonly permanent = true
}

const ALWAYS: ReadonlySet<string> = new Set([
  'WRONG_VALUES',
  'UNDECLARED_STREAM',
  'UNKNOWN_FIELD',
  'BAD_TIMESTAMP',
  'POISON_TUPLE',
])

/** Whether a thrown thing says that another attempt would end in the same way. */
export function isPermanent(error: unknown): boolean {
  if (error instanceof TyphoonError && ALWAYS.has(error.code)) return true
  return error instanceof Error && (error as { permanent?: unknown }).permanent === true
}
