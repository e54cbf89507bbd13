/**
 * The commands: reads a command line, and runs the command that it names. A further command is a file of its own, and
 * an entry in COMMANDS.
 */
import { createRequire } from 'node:module'
import type { Command } from 'commander'
import { type Problem, TyphoonError, toProblem } from '../errors/typhoon-error.ts'
import { plain } from './render/line.ts'
import { problemLines } from './render/problem.ts'
import { version } from './render/version.ts'
import { DONE, EXIT_CODES_HELP, WRONG_USAGE } from './terminal/exit-codes.ts'
import type { Shell } from './terminal/shell.ts'
import type { Terminal } from './terminal/terminal.ts'

/** Required, see docs/decisions/034-start.md. */
const { Command: Commander, CommanderError } = createRequire(import.meta.url)('commander') as typeof import('commander')

/** Adds arguments, options and the action. */
type Define = (command: Command, shell: Shell) => void

/** The commands by name. Each is loaded when it is called: `--version` and `--help` need none of them. */
const COMMANDS: Readonly<Record<string, { readonly description: string; readonly load: () => Promise<Define> }>> = {
  run: {
    description: 'run a topology until its input ends, or until it is stopped',
    load: async () => (await import('./commands/run.ts')).defineRun,
  },
  chaos: {
    description: 'kill, stop and cut off the workers of a topology, and say what it loses',
    load: async () => (await import('./commands/chaos.ts')).defineChaos,
  },
  validate: {
    description: 'check a topology without running it',
    load: async () => (await import('./commands/validate.ts')).defineValidate,
  },
  plan: {
    description: 'show the components, tasks, workers and edges of a topology',
    load: async () => (await import('./commands/plan.ts')).definePlan,
  },
  schema: {
    description: 'print the JSON Schema (draft-07) of topologies in YAML, for editors',
    load: async () => (await import('./commands/schema.ts')).defineSchema,
  },
  shell: {
    description: 'run a spout or a bolt as a child process, by the multilang protocol on stdin and stdout',
    load: async () => (await import('./commands/shell-child.ts')).defineShell,
  },
  drpc: {
    description: 'ask a function that a running topology answers',
    load: async () => (await import('./commands/drpc.ts')).defineDrpc,
  },
  savepoint: {
    description: 'keep, list, restore and delete snapshots of a topology',
    load: async () => (await import('./commands/savepoint.ts')).defineSavepoint,
  },
  state: {
    description: 'read what a topology keeps, as JSON lines',
    load: async () => (await import('./commands/state.ts')).defineState,
  },
  'dead-letters': {
    description: 'look at the tuples that were given up, change them, and take them away',
    load: async () => (await import('./letters/dead-letters.ts')).defineDeadLetters,
  },
  export: {
    description: 'write a topology for another engine',
    load: async () => (await import('./commands/export.ts')).defineExport,
  },
  up: {
    description: 'begin a service on this machine, which topologies are submitted to',
    load: async () => (await import('./service/up.ts')).defineUp,
  },
  nimbus: {
    description: 'begin a service that runs topologies on other hosts',
    load: async () => (await import('./service/nimbus.ts')).defineNimbus,
  },
  supervisor: {
    description: 'make this machine a host of a cluster',
    load: async () => (await import('./service/supervisor.ts')).defineSupervisor,
  },
  cluster: {
    description: 'make the authority of a cluster, and what lets hosts join it',
    load: async () => (await import('./service/cluster.ts')).defineCluster,
  },
  ui: {
    description: 'let a browser look at a service, and at what its topologies do',
    load: async () => (await import('./service/ui.ts')).defineUi,
  },
  submit: {
    description: 'hand a topology to a service, which runs it from then on',
    load: async () => (await import('./service/submit.ts')).defineSubmit,
  },
  list: {
    description: 'list the topologies of a service',
    load: async () => (await import('./service/list.ts')).defineList,
  },
  status: {
    description: 'show a topology of a service, and what it has counted',
    load: async () => (await import('./service/list.ts')).defineStatus,
  },
  activate: {
    description: 'let the spouts of a topology emit',
    load: async () => (await import('./service/change.ts')).defineActivate,
  },
  deactivate: {
    description: 'let the spouts of a topology pause',
    load: async () => (await import('./service/change.ts')).defineDeactivate,
  },
  rebalance: {
    description: 'give a topology another number of workers or executors',
    load: async () => (await import('./service/change.ts')).defineRebalance,
  },
  update: {
    description: 'let a topology go on with other code',
    load: async () => (await import('./service/submit.ts')).defineUpdate,
  },
  kill: {
    description: 'end a topology for good',
    load: async () => (await import('./service/change.ts')).defineKill,
  },
  hosts: {
    description: 'list the hosts of a cluster, and what is taken of them',
    load: async () => (await import('./service/hosts.ts')).defineHosts,
  },
  drain: {
    description: 'give a host no more workers, and let those that it has move',
    load: async () => (await import('./service/hosts.ts')).defineDrain,
  },
  token: {
    description: 'make, list and remove tokens for a service',
    load: async () => (await import('./service/token.ts')).defineToken,
  },
  logs: {
    description: 'show the last lines that a topology has logged, and those to come',
    load: async () => (await import('./service/logs.ts')).defineLogs,
  },
  'log-level': {
    description: 'let a topology log at another level, for a while or for good',
    load: async () => (await import('./service/log-level.ts')).defineLogLevel,
  },
  tap: {
    description: 'show the tuples that a topology emits, as they leave',
    load: async () => (await import('./service/tap.ts')).defineTap,
  },
  doctor: {
    description: 'say what is wrong with a topology, and what to do',
    load: async () => (await import('./service/doctor.ts')).defineDoctor,
  },
  replay: {
    description: 'run one recorded tuple tree again, here, with a debugger if wanted',
    load: async () => (await import('./service/replay.ts')).defineReplay,
  },
  trace: {
    description: 'show whole tuple trees of a topology that runs, and the last that have failed',
    load: async () => (await import('./service/trace.ts')).defineTrace,
  },
  profile: {
    description: 'write a file of where a worker spends its time, or of what its heap holds',
    load: async () => (await import('./service/profile.ts')).defineProfile,
  },
  errors: {
    description: 'show the last errors of a topology',
    load: async () => (await import('./service/logs.ts')).defineErrors,
  },
  bench: {
    description: 'measure rates, latency, memory and recovery on this machine',
    load: async () => (await import('./commands/bench.ts')).defineBench,
  },
  completion: {
    description: 'print a script that lets bash, zsh or fish complete these commands',
    load: async () => (await import('./commands/completion.ts')).defineCompletion,
  },
  multilang: {
    description: 'tools for spouts and bolts in other languages',
    load: async () => (await import('./commands/multilang.ts')).defineMultilang,
  },
}

/** Called by scripts of shells, and listed nowhere. */
const COMPLETE = 'complete'

/** Runs one command. @returns the exit code @throws what is not a mistake of the command line */
export async function runProgram(argv: readonly string[], terminal: Terminal): Promise<number> {
  const shell: Shell = { terminal, exitCode: DONE }
  if (argv[0] === COMPLETE) {
    const { complete } = await import('./completion/complete.ts')
    await complete(argv.slice(1), (words) => makeProgram(words, shell), terminal)
    return DONE
  }
  const program = await makeProgram(argv, shell)
  try {
    await program.parseAsync(argv, { from: 'user' })
    return shell.exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return DONE
    const usage = usageProblem(error, argv, program)
    if (usage === undefined) throw error
    if (usage.message !== '') terminal.say(problemLines(usage))
    return WRONG_USAGE
  }
}

/** All commands with all that they take, for who lists them. */
export function wholeProgram(terminal: Terminal): Promise<Command> {
  return makeProgram(Object.keys(COMMANDS), { terminal, exitCode: DONE })
}

async function makeProgram(argv: readonly string[], shell: Shell): Promise<Command> {
  const program = new Commander('typhoon')
    .description('Runs topologies of spouts and bolts: streams of tuples, every tuple tree acked.')
    .version(version(), '-V, --version', 'print the version')
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
  const [message = '', guess] = error.message.replace(/^error: /, '').split('\n')
  const command = program.commands.find((known) => known.name() === argv[0])
  const help = `see "typhoon ${command === undefined ? '' : `${command.name()} `}--help"`
  const meant = guess === undefined ? undefined : /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(guess)?.[1]
  return { code: 'USAGE', message, where: {}, hint: meant === undefined ? help : `did you mean ${meant}?` }
}
