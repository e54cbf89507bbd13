/** `typhoon validate FILE`: everything that is wrong with a topology, without running it. */
import type { Command } from 'commander'
import { type DefinitionFlags, load, takesTopology } from '../input/definition.ts'
import { plain } from '../render/line.ts'
import { sizeText } from '../render/size.ts'
import { DONE, INVALID } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import type { Terminal } from '../terminal/terminal.ts'

interface ValidateFlags extends DefinitionFlags {
  readonly json?: boolean
}

export function defineValidate(command: Command, shell: Shell): void {
  takesTopology(command)
    .option('--json', 'print {"valid":…,"problems":[…]}')
    .action(async (file: string, flags: ValidateFlags) => {
      shell.exitCode = await validate(file, flags, shell.terminal)
    })
    .addHelpText(
      'after',
      `
Examples:
  $ typhoon validate topology.yaml
  $ typhoon validate topology.yaml --set input='books/*.txt' --json`,
    )
}

async function validate(file: string, flags: ValidateFlags, terminal: Terminal): Promise<number> {
  const loaded = await load(file, flags, terminal)
  const problems = 'problems' in loaded ? loaded.problems : []
  if (flags.json === true) terminal.result(JSON.stringify({ valid: problems.length === 0, problems }))
  if ('problems' in loaded) return INVALID
  if (flags.json !== true) terminal.resultLines([plain(`${file}: ${loaded.name} is valid: ${sizeText(loaded.size)}`)])
  return DONE
}
