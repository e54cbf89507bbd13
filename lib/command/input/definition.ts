/**
 * What every command that takes a topology has in common: the file, the options that change it, and how its problems
 * are told.
 */
import type { Command } from 'commander'
import { isOutOfDescriptors } from '../../errors/out-of-descriptors.ts'
import { type Problem, stackOf, TyphoonError } from '../../errors/typhoon-error.ts'
import type { ConfigMap } from '../../index.ts'
import type { LoadedTopology } from '../../run/index.ts'
import { plain, stackLines } from '../render/line.ts'
import { plural } from '../render/numbers.ts'
import { problemLines, warningLine } from '../render/problem.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { parseConfig, parseVariable, parseWorkers } from './arguments.ts'

export interface DefinitionFlags {
  readonly config?: ConfigMap
  readonly set?: Readonly<Record<string, string>>
  readonly filter?: string
  readonly alias?: string
  readonly workers?: number
  readonly verbose?: boolean
}

/** The configuration that the flags give. */
export function configOf({ config, workers }: DefinitionFlags): ConfigMap {
  return { ...config, ...(workers === undefined ? {} : { 'topology.workers': workers }) }
}

/** Adds the argument FILE and the options of `DefinitionFlags`. */
export function takesTopology(command: Command): Command {
  return command
    .argument('<file>', 'the topology: .yaml, .yml, .flux, .ts, .mts, .js or .mjs')
    .option('-c, --config <key=value>', 'set a configuration key; the value is JSON or text; repeatable', parseConfig)
    .option('--set <name=value>', 'set a ${variable} of the YAML; repeatable', parseVariable)
    .option('--workers <n>', 'number of worker processes; overrides topology.workers', parseWorkers)
    .option('--filter <file>', 'set variables from a file of properties, name=value in each line; --set overrides it')
    .option('--env-filter', 'accepted for Storm: ${ENV-NAME} always takes the value from the environment')
    .option(
      '--alias <file>',
      'a YAML table of replacements for classes of Java: com.example.MySpout: ./my-spout.ts#MySpout',
    )
    .option('--verbose', 'show stack traces, too')
}

/** The topology, or everything that is wrong with it. Warnings and problems go to stderr. */
export async function load(
  file: string,
  flags: DefinitionFlags,
  terminal: Terminal,
): Promise<LoadedTopology | { readonly problems: readonly Problem[] }> {
  try {
    const { set: variables = {}, filter: filterFile, alias: aliasFile } = flags
    const { load: loadTopology } = await import('../../run/index.ts')
    const loaded = await loadTopology(file, { variables, filterFile, aliasFile, config: configOf(flags) })
    if (loaded.warnings.length > 0) terminal.say(loaded.warnings.map(warningLine))
    return loaded
  } catch (error) {
    if (!(error instanceof TyphoonError)) throw error
    // No fault of the definition: its modules are files, too.
    if (isOutOfDescriptors(error.cause)) throw error.cause
    const { problems } = error
    terminal.say(problems.flatMap(problemLines))
    if (problems.length > 1) terminal.say([plain(plural(problems.length, 'problem'))])
    if (flags.verbose === true) terminal.say(stackLines(stackOf(error)))
    return { problems }
  }
}
