/** What a command is given, and what it leaves. */
import type { Terminal } from './terminal.ts'

export interface Shell {
  readonly terminal: Terminal
  /** The exit code of the process. */
  exitCode: number
}
