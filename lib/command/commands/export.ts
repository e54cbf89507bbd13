/** `typhoon export`: a topology as files for another engine; here Apache Storm. */
import type { Command } from 'commander'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { parseDirectory } from '../input/arguments.ts'
import { type DefinitionFlags, load, takesTopology } from '../input/definition.ts'
import { plain } from '../render/line.ts'
import { problemLines, warningLine } from '../render/problem.ts'
import { DONE, INVALID } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import { defineExportKubernetes } from './export-kubernetes.ts'

interface ExportFlags extends DefinitionFlags {
  readonly out: string
}

export function defineExport(command: Command, shell: Shell): void {
  defineExportKubernetes(command, shell)
  takesTopology(command.command('storm').description('write a topology for Apache Storm: a Flux file and its code'))
    .option('--out <dir>', 'folder to write into', parseDirectory, 'storm')
    .action(async (file: string, flags: ExportFlags) => {
      shell.exitCode = await toStorm(file, flags, shell)
    })
    .addHelpText(
      'after',
      `
Prints the command line that submits it. The hosts of Storm need Node.js, and nothing else.

Examples:
  $ typhoon export storm topology.yaml
  $ typhoon export storm words.ts --set input=/srv/words.txt --out words-on-storm`,
    )
}

async function toStorm(file: string, flags: ExportFlags, { terminal }: Shell): Promise<number> {
  const loaded = await load(file, flags, terminal)
  if ('problems' in loaded) return INVALID
  try {
    const { exportToStorm } = await import('../../export/storm/export-storm.ts')
    const { files, submit, warnings } = await exportToStorm(loaded, flags.out)
    terminal.say([...warnings.map(warningLine), ...files.map((path) => plain(`wrote ${path}`))])
    terminal.result(submit)
    return DONE
  } catch (error) {
    if (!(error instanceof TyphoonError)) throw error
    terminal.say(error.problems.flatMap(problemLines))
    return INVALID
  }
}
