/**
 * Log lines on their way to the nimbus. Where they come faster than somebody reads them, the rest is left out and
 * counted: a log must neither take all memory nor hold back the tuples.
 */
import type { LogRecord } from '../../messaging/control.ts'
import type { Link } from '../../messaging/link.ts'

/** Bytes that wait to be sent to the nimbus before lines are left out. */
const LIMIT_BYTES = 4 * 1024 * 1024
/** A longer line is cut: a message to the nimbus has a limit, and nobody reads so much. */
const LONGEST_LINE = 100_000

export class LogPipe {
  readonly #link: () => Link
  readonly #send: (record: LogRecord) => void
  #leftOut = 0

  /** @param link to the nimbus, as it is now */
  constructor(link: () => Link, send: (record: LogRecord) => void) {
    this.#link = link
    this.#send = send
  }

  write(record: LogRecord): void {
    const link = this.#link()
    if (link.bufferedBytes <= LIMIT_BYTES) this.#send(cut(record))
    else {
      if (this.#leftOut === 0) link.onWritable(LIMIT_BYTES / 2, () => this.#tell())
      this.#leftOut++
    }
  }

  /** Bytes that wait to be sent to the nimbus. */
  get waitingBytes(): number {
    return this.#link().bufferedBytes
  }

  #tell(): void {
    this.#send({
      level: 'warn',
      message: `${this.#leftOut} log lines were left out: they came faster than they were read`,
    })
    this.#leftOut = 0
  }
}

function cut(record: LogRecord): LogRecord {
  const { length } = record.message
  if (length <= LONGEST_LINE) return record
  return { ...record, message: `${record.message.slice(0, LONGEST_LINE)}… (${length} characters)` }
}
