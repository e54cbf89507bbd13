/** A dead letter as a line of JSON, whatever its values are: a letter that could not be written down would be lost. */
import { describeReason, type FailReason, type TaskContext } from '../../index.ts'
import { show } from '../../values/show.ts'
import { encodeCut } from '../../values/text.ts'

/** A root that is out of attempts, as it stands in the file of the dead letters. */
export interface DeadLetter {
  /** Id of the run that has given it up. */
  readonly run: string
  readonly topology: string
  readonly component: string
  readonly task: number
  readonly stream: string
  /** The message id of the spout; `null` if it emitted without one. */
  readonly messageId: unknown
  /** The values by field name. */
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

/** What was given up, and why. */
export interface GivenUp
  extends Pick<DeadLetter, 'stream' | 'messageId' | 'values' | 'reason' | 'lastError' | 'attempts'> {
  /** The component whose stream it is; the task's own unless given. */
  readonly component?: string
}

/** The letter that a task writes of what it gives up now. */
export function letterOf(context: TaskContext, what: GivenUp): DeadLetter {
  const { run, topology, component, task } = context
  const { stream, messageId, values, reason, lastError, attempts } = what
  return {
    run,
    topology,
    component: what.component ?? component,
    task,
    stream,
    messageId,
    values,
    reason,
    description: describeReason(reason),
    lastError,
    attempts,
    time: new Date(context.date()).toISOString(),
  }
}

/** Values by the names of their fields. */
export function byField(values: readonly unknown[], names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(values.map((value, index) => [names[index] ?? `#${index}`, value]))
}

/** No more bytes of a value are written: nobody reads the base64 of a film. */
const MOST_BYTES = 1_048_576

/**
 * One line of JSON without its line break, values as `encode` writes them; bytes over a MiB are cut, with their length.
 * What cannot be encoded is shown as a text.
 */
export function toLine(letter: DeadLetter): string {
  try {
    return encodeCut(letter, MOST_BYTES)
  } catch {
    const values = Object.entries(letter.values).map(([name, value]) => [name, encodable(value)])
    const all = { ...letter, messageId: encodable(letter.messageId), values: Object.fromEntries(values) }
    return encodeCut(all, MOST_BYTES)
  }
}

/** How all lines of letters of the same root in the same run begin: up to the reason, see `BEHIND_ROOT`. */
export function beginningOf({ run, topology, component, task, stream, messageId, values }: DeadLetter): string {
  const root = { run, topology, component, task, stream, messageId, values }
  return `${toLine(root as DeadLetter).slice(0, -1)},`
}

/** How the lines of all letters of a task in a run begin. */
export function beginningOfTask({ run, topology, component, task }: TaskContext): string {
  return `${JSON.stringify({ run, topology, component, task }).slice(0, -1)},`
}

/** What stands in a line behind what `beginningOf` gives; the last of them, for values may hold any text. */
export const BEHIND_ROOT = '"reason":{"kind":'

function encodable(value: unknown): unknown {
  try {
    encodeCut(value, MOST_BYTES)
    return value
  } catch {
    return show(value)
  }
}
