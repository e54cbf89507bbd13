/**
 * The command line: reads it, runs the command, and turns whatever happens into an exit code and a message that says what to do.
 * A further command is a file of its own, and a name in COMMANDS.
 */
import { createRequire } from 'node:module'
import { Command, CommanderError } from 'commander'
import { messageOf, type Problem, TyphoonError, toProblem } from '../errors/typhoon-error.ts'
import { addBench } from './bench.ts'
import { stackOf } from './definition.ts'
import { addDrpc } from './drpc.ts'
import { DONE, EXIT_CODES_HELP, FAILED, WRONG_USAGE } from './exit-codes.ts'
import { addMultilang } from './multilang.ts'
import { addPlan } from './plan.ts'
import { plain } from './render/line.ts'
import { problemLines } from './render/problem.ts'
import { addRun } from './run.ts'
import { addSchema } from './schema.ts'
import type { Shell } from './shell.ts'
import { addShell } from './shell-child.ts'
import { Terminal } from './terminal.ts'
import { addValidate } from './validate.ts'

const COMMANDS = [addRun, addValidate, addPlan, addSchema, addShell, addDrpc, addBench, addMultilang]

/** How long the process may go on when all is done. */
const LINGER_MS = 500

/** @param argv the arguments, without those of Node.js */
export async function main(argv: readonly string[]): Promise<void> {
  const terminal = new Terminal(process)
  process.on('uncaughtException', (error) => {
    terminal.clear()
    tellInternal(error, terminal)
    process.exit(FAILED)
  })
  process.exitCode = await execute(argv, terminal)
  await terminal.flush()
  // A timer or a socket that a module of the topology has left open must not keep the command from ending.
  setTimeout(() => process.exit(), LINGER_MS).unref()
}

/** Runs one command. @returns the exit code */
export async function execute(argv: readonly string[], terminal: Terminal): Promise<number> {
  const shell: Shell = { terminal, exitCode: DONE }
  const program = makeProgram(shell)
  try {
    await program.parseAsync(argv, { from: 'user' })
    return shell.exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return DONE
    const usage = usageProblem(error, argv, program)
    if (usage !== undefined) {
      if (usage.message !== '') terminal.say(problemLines(usage))
      return WRONG_USAGE
    }
    tellInternal(error, terminal)
    return FAILED
  }
}

function makeProgram(shell: Shell): Command {
  const { version } = createRequire(import.meta.url)('typhoon/package.json') as { version: string }
  const program = new Command('typhoon')
    .description('Runs topologies of spouts and bolts: streams of tuples, every tuple tree acked.')
    .version(version, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => shell.terminal.result(text.trimEnd()),
      writeErr: (text) => shell.terminal.say([plain(text.trimEnd())]),
      outputError: () => {},
    })
  for (const add of COMMANDS) add(program, shell)
  return program.addHelpText('after', `\n${EXIT_CODES_HELP}\n\nExample:\n  $ typhoon run topologies/word-count.yaml`)
}

/** What is wrong with the command line; without a message where the help was the answer. Undefined: something else is wrong. */
function usageProblem(error: unknown, argv: readonly string[], program: Command): Problem | undefined {
  if (error instanceof TyphoonError && error.code === 'USAGE') return toProblem(error)
  if (!(error instanceof CommanderError)) return undefined
  if (error.code === 'commander.help') return { code: 'USAGE', message: '', where: {} }
  const [message, guess] = error.message.replace(/^error: /, '').split('\n')
  const command = program.commands.find((known) => known.name() === argv[0])
  const help = `see "typhoon ${command === undefined ? '' : `${command.name()} `}--help"`
  const meant = guess === undefined ? undefined : /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(guess)?.[1]
  return { code: 'USAGE', message, where: {}, hint: meant === undefined ? help : `did you mean ${meant}?` }
}

function tellInternal(error: unknown, terminal: Terminal): void {
  const hint =
    'if no module of your own is in the stack below, this is a defect of Typhoon: please report it, with the stack'
  terminal.say([
    ...problemLines({ code: 'INTERNAL', message: messageOf(error), where: {}, hint }),
    plain(stackOf(error)),
  ])
}
