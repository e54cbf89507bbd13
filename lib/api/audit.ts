/**
 * Who has changed what, and when: one line of JSON for each request that may change something, in the order they ended.
 */
import { LogFile } from '../nimbus/logs/log-file.ts'

/** What is kept of a request. */
export interface AuditLine {
  readonly time: string
  /** The name of the token. */
  readonly by: string
  /** From where. */
  readonly from: string
  readonly operation: string
  /** The topology, where there is one. */
  readonly topology?: string
  /** Of HTTP. */
  readonly status: number
  /** Of the error, where it was refused. */
  readonly code?: string
}

const LIMITS = { bytes: 10 * 1024 * 1024, files: 10 }

/** The file of a service. */
export class Audit {
  readonly #file: LogFile

  constructor(path: string) {
    this.#file = new LogFile(path, LIMITS, (lines) => JSON.stringify({ leftOut: lines }))
  }

  add(line: AuditLine): void {
    this.#file.add(JSON.stringify(line))
  }

  flushed(): Promise<void> {
    return this.#file.flushed()
  }
}
