/**
 * The command line: reads it, runs the command, and turns whatever happens into an exit code and a message that says
 * what to do. A further command is a file of its own, and an entry in COMMANDS.
 */
import { createRequire } from 'node:module'
import { Command, CommanderError } from 'commander'
import { messageOf, type Problem, stackOf, TyphoonError, toProblem } from '../errors/typhoon-error.ts'
import { isOutOfDescriptors, outOfDescriptors } from '../net/descriptors.ts'
import { DONE, EXIT_CODES_HELP, FAILED, WRONG_USAGE } from './exit-codes.ts'
import { stdoutOf } from './file-output.ts'
import { plain, textLines } from './render/line.ts'
import { problemLines } from './render/problem.ts'
import type { Shell } from './shell.ts'
import { Terminal } from './terminal.ts'

/** Adds arguments, options and the action. */
type Define = (command: Command, shell: Shell) => void

/** By name. A command is loaded when it is asked for: `--version` and `--help` need none of them. */
const COMMANDS: Readonly<Record<string, { readonly description: string; readonly load: () => Promise<Define> }>> = {
  run: {
    description: 'run a topology until its input ends, or until it is stopped',
    load: async () => (await import('./run.ts')).defineRun,
  },
  validate: {
    description: 'check a topology without running it',
    load: async () => (await import('./validate.ts')).defineValidate,
  },
  plan: {
    description: 'show the components, tasks, workers and edges of a topology',
    load: async () => (await import('./plan.ts')).definePlan,
  },
  schema: {
    description: 'print the JSON Schema (draft-07) of topologies in YAML, for editors',
    load: async () => (await import('./schema.ts')).defineSchema,
  },
  shell: {
    description: 'run a spout or a bolt as a child process, by the multilang protocol on stdin and stdout',
    load: async () => (await import('./shell-child.ts')).defineShell,
  },
  drpc: {
    description: 'ask a function that a running topology answers',
    load: async () => (await import('./drpc.ts')).defineDrpc,
  },
  bench: {
    description: 'measure rates, latency, memory and recovery on this machine',
    load: async () => (await import('./bench.ts')).defineBench,
  },
  multilang: {
    description: 'tools for spouts and bolts in other languages',
    load: async () => (await import('./multilang.ts')).defineMultilang,
  },
}

/** How long the process may go on when all is done. */
const LINGER_MS = 500

/** @param argv the arguments, without those of Node.js */
export async function main(argv: readonly string[]): Promise<void> {
  const { stdout, stderr, env } = process
  const terminal = new Terminal({ stdout: stdoutOf(stdout), stderr, env })
  process.on('uncaughtException', (error) => {
    terminal.clear()
    tellInternal(error, terminal)
    process.exit(FAILED)
  })
  const code = await execute(argv, terminal)
  await terminal.flush()
  const { failure } = terminal
  // Else the command has told it.
  if (code === DONE && failure !== undefined) terminal.say(problemLines(failure))
  process.exitCode = code === DONE && failure !== undefined ? FAILED : code
  // A timer or a socket that a module of the topology has left open must not keep the command from ending.
  setTimeout(() => process.exit(), LINGER_MS).unref()
}

/** Runs one command. @returns the exit code */
export async function execute(argv: readonly string[], terminal: Terminal): Promise<number> {
  const shell: Shell = { terminal, exitCode: DONE }
  const program = await makeProgram(argv, shell)
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

async function makeProgram(argv: readonly string[], shell: Shell): Promise<Command> {
  const { version } = createRequire(import.meta.url)('typhoon/package.json') as { version: string }
  const program = new Command('typhoon')
    .description('Runs topologies of spouts and bolts: streams of tuples, every tuple tree acked.')
    .version(version, '-V, --version', 'print the version')
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => shell.terminal.result(text.trimEnd()),
      writeErr: (text) => shell.terminal.say(text.trimEnd().split('\n').map(plain)),
      outputError: () => {},
    })
  for (const [name, { description, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).description(description)
    if (argv.includes(name)) (await load())(command, shell)
  }
  return program.addHelpText('after', `\n${EXIT_CODES_HELP}\n\nExample:\n  $ typhoon run topology.yaml`)
}

/**
 * What is wrong with the command line; without a message where the help was the answer. Undefined: something else is
 * wrong.
 */
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
  if (isOutOfDescriptors(error)) {
    terminal.say(problemLines(outOfDescriptors(messageOf(error))))
    return
  }
  const hint =
    'if no module of your own is in the stack below, this is a defect of Typhoon: please report it, with the stack'
  terminal.say([
    ...problemLines({ code: 'INTERNAL', message: messageOf(error), where: {}, hint }),
    ...textLines(stackOf(error)),
  ])
}
