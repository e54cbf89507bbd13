/** For commands of the service: what is wrong goes to the terminal. */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { asFileTrouble } from '../../identity/file-trouble.ts'
import { problemLines } from '../render/problem.ts'
import { FAILED } from '../terminal/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** Tells what goes wrong with what is done. @returns the exit code */
export async function tellingProblems(terminal: Terminal, action: () => Promise<number>): Promise<number> {
  try {
    return await action()
  } catch (thrown) {
    const error = asFileTrouble(thrown)
    if (!(error instanceof TyphoonError)) throw error
    terminal.say(error.problems.flatMap(problemLines))
    return FAILED
  }
}
