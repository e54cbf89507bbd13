/** For commands of the service: what is wrong goes to the terminal. */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { asFileTrouble } from '../../identity/file-trouble.ts'
import { DaemonLog, type LogFormat } from '../show/daemon-log.ts'
import { FAILED } from '../terminal/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** Tells what goes wrong with what is done. @returns the exit code */
export async function tellingProblems(
  terminal: Terminal,
  action: () => Promise<number>,
  flags: { readonly logFormat?: LogFormat } = {},
): Promise<number> {
  try {
    return await action()
  } catch (thrown) {
    const error = asFileTrouble(thrown)
    if (!(error instanceof TyphoonError)) throw error
    const log = new DaemonLog(terminal, flags, () => new Date())
    for (const problem of error.problems) log.problem(problem)
    return FAILED
  }
}
