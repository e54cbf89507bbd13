/**
 * `typhoon shell CLASS [ARGS…]`: a spout or a bolt as the child process of Storm, of Typhoon, or of whatever speaks the
 * multilang protocol.
 */
import type { Command } from 'commander'
import { toProblem } from '../../errors/typhoon-error.ts'
import { runChild } from '../../multilang/child/run-child.ts'
import { componentNamed } from '../../run/component-named.ts'
import { jsonOrText } from '../input/arguments.ts'
import { problemLines } from '../render/problem.ts'
import { INVALID } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'

/** Adds the command. */
export function defineShell(command: Command, shell: Shell): void {
  command
    .argument(
      '<class>',
      'what to run, as in YAML: ./split.ts#Split, or the name of a component that comes with Typhoon',
    )
    .argument('[args...]', 'constructor arguments, each read as JSON if it is JSON, else as text')
    .passThroughOptions()
    .action(async (className: string, args: readonly string[]) => {
      shell.exitCode = await runShell(className, args, shell)
    })
    .addHelpText(
      'after',
      `
Examples:
  $ typhoon shell ./split.ts#Split
  $ typhoon shell ./numbers.ts#Numbers 1000 '{"step":2}'
in a topology of Storm:
  super("typhoon", "shell", "./split.ts#Split")`,
    )
}

async function runShell(className: string, args: readonly string[], { terminal }: Shell): Promise<number> {
  try {
    const values = args.slice(args[0] === '--' ? 1 : 0).map(jsonOrText)
    return await runChild(() => componentNamed(className, values, `${process.cwd()}/command-line`))
  } catch (error) {
    terminal.say(problemLines(toProblem(error, 'CONSTRUCTOR_FAILED')))
    return INVALID
  }
}
