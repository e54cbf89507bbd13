/**
 * `typhoon shell CLASS [ARGS…]`: a spout or a bolt as the child process of Storm, of Typhoon, or of whatever speaks the
 * multilang protocol.
 */
import type { Command } from 'commander'
import { DefinitionError, TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import { runChild } from '../../multilang/child/run-child.ts'
import { classNamed } from '../../run/with-annexes.ts'
import type { Component } from '../../topology/component/component.ts'
import { validateConfig } from '../../topology/config/config-check.ts'
import { isClass } from '../../util/signature.ts'
import { jsonOrText } from '../input/arguments.ts'
import { problemLines } from '../render/problem.ts'
import { INVALID } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'

const KINDS: readonly unknown[] = ['spout', 'bolt', 'basic-bolt']

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
    return await runChild(() => makeComponent(className, args.slice(args[0] === '--' ? 1 : 0).map(jsonOrText)))
  } catch (error) {
    terminal.say(problemLines(toProblem(error, 'CONSTRUCTOR_FAILED')))
    return INVALID
  }
}

/**
 * @throws FILE_NOT_FOUND, MODULE_FAILED, UNKNOWN_EXPORT, NOT_A_COMPONENT, BAD_CONFIG, and what the constructor throws
 */
async function makeComponent(className: string, args: readonly unknown[]): Promise<Component> {
  const target = await classNamed(className, `${process.cwd()}/command-line`)
  if (typeof target !== 'function') throw notAComponent(`${className} is neither a class nor a function`)
  const made: unknown = isClass(target as never) ? Reflect.construct(target, args) : await target(...args)
  if (!KINDS.includes(Object(made).kind)) throw notAComponent(`${className} is neither a spout nor a bolt`)
  const component = made as Component
  const wrong = validateConfig(component.getComponentConfiguration?.() ?? {})
  if (wrong.length > 0) throw new DefinitionError(wrong)
  return component
}

function notAComponent(message: string): TyphoonError {
  const hint = 'it must be a class that extends Spout, Bolt or BasicBolt, or a function that returns an instance of one'
  return new TyphoonError('NOT_A_COMPONENT', message, { hint })
}
