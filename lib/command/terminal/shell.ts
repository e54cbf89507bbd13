/** What a command is given, and what it leaves. */
import type { Terminal } from './terminal.ts'

export interface Shell {
  readonly terminal: Terminal
  /** With what the process will exit. */
  exitCode: number
}
