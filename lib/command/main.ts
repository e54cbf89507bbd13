/**
 * The command line: runs the command, and turns whatever happens into an exit code and a message that says what to do.
 * How a command line is read stands in `program.ts`.
 */
import { isOutOfDescriptors } from '../errors/out-of-descriptors.ts'
import { messageOf, stackOf } from '../errors/typhoon-error.ts'
import { topmostUserPlace } from '../errors/user-places.ts'
import { outOfDescriptors } from '../identity/descriptors.ts'
import { stackLines } from './render/line.ts'
import { problemLines } from './render/problem.ts'
import { version } from './render/version.ts'
import { DONE, FAILED, INVALID } from './terminal/exit-codes.ts'
import { stdoutOf } from './terminal/file-output.ts'
import { Terminal } from './terminal/terminal.ts'

/** What is answered before the commands are loaded. */
const VERSION: readonly string[] = ['--version', '-V']
/** How long the process may go on when all is done. */
const LINGER_MS = 500

/** @param argv the arguments, without those of Node.js */
export async function main(argv: readonly string[]): Promise<void> {
  const { stdout, stderr, env } = process
  const terminal = new Terminal({ stdout: stdoutOf(stdout), stderr, env })
  process.on('uncaughtException', (error) => {
    terminal.clear()
    process.exit(tellUncaught(error, terminal))
  })
  const code = await execute(argv, terminal)
  await terminal.flush()
  const { failure } = terminal
  // Otherwise the command has reported it.
  if (code === DONE && failure !== undefined) terminal.say(problemLines(failure))
  process.exitCode = code === DONE && failure !== undefined ? FAILED : code
  // A timer or a socket that a module of the topology has left open must not keep the command from ending.
  setTimeout(() => process.exit(), LINGER_MS).unref()
}

/** Runs one command. @returns the exit code */
export async function execute(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    if (argv.length === 1 && VERSION.includes(argv[0]!)) terminal.result(version())
    else return await (await import('./program.ts')).runProgram(argv, terminal)
    return DONE
  } catch (error) {
    tellInternal(error, terminal)
    return FAILED
  }
}

/** What no one has caught: a promise of the definition's, or a defect. @returns the exit code */
function tellUncaught(error: unknown, terminal: Terminal): number {
  const where = error instanceof Error ? topmostUserPlace(error.stack) : undefined
  if (where === undefined) {
    tellInternal(error, terminal)
    return FAILED
  }
  const message = `a module of the definition threw what no one has caught: ${messageOf(error)}`
  const hint = 'await the promise, or catch what it is rejected with'
  terminal.say(problemLines({ code: 'MODULE_FAILED', message, where: { ...where }, hint }))
  return INVALID
}

function tellInternal(error: unknown, terminal: Terminal): void {
  if (isOutOfDescriptors(error)) {
    terminal.say(problemLines(outOfDescriptors(messageOf(error))))
    return
  }
  const hint =
    'if no module of your own is in the stack below, this is a defect of Typhoon: please report it, with the stack'
  terminal.say([
    ...problemLines({ code: 'INTERNAL', message: messageOf(error), where: {}, hint }),
    ...stackLines(stackOf(error)),
  ])
}
