/** A line of a topology's log: one JSON object a line, in files and on the wire. */
import { object, oneOf, type Shape, type Shaped, text, whole } from '../../shape/guards.ts'
import { isAtLeast, LOG_LEVELS, type LogLevel } from '../../util/log-levels.ts'

/** Whether it is a line of a log. */
export const logEntry = object(
  {
    /** In the form of ISO 8601, in UTC. */
    time: text(),
    level: oneOf(...LOG_LEVELS),
    message: text(),
    /** 0: the service itself says it. */
    worker: whole(),
  },
  {
    component: text() as Shape<string>,
    task: whole(),
    /** The tuple tree that it was about (`rootText` of `tuple/ids.ts`). */
    root: text(),
    /** Of the catalogue of errors. */
    code: text(),
    /** Where the line was written by itself, and not through the logger of a component. */
    stream: oneOf('stdout', 'stderr'),
    hint: text(),
    stack: text(),
  },
)
/** One line. */
export type LogEntry = Shaped<typeof logEntry>

/** Which lines are wanted. */
export interface LogFilter {
  readonly component?: string | undefined
  readonly worker?: number | undefined
  /** And all that are graver. */
  readonly level?: LogLevel | undefined
  /** Lines about this tuple tree. */
  readonly root?: string | undefined
  /** A text that is in the message. */
  readonly containing?: string | undefined
}

/** Whether a line is wanted. */
export function passes(entry: LogEntry, { component, worker, level, root, containing }: LogFilter): boolean {
  return (
    (component === undefined || entry.component === component) &&
    (root === undefined || entry.root === root) &&
    (worker === undefined || entry.worker === worker) &&
    (level === undefined || isAtLeast(entry.level, level)) &&
    (containing === undefined || entry.message.includes(containing))
  )
}
