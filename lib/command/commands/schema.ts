/** `typhoon schema`: the JSON Schema of the YAML, for editors. */
import type { Command } from 'commander'
import { topologySchema } from '../../run/with-annexes.ts'
import type { Shell } from '../terminal/shell.ts'

export function defineSchema(command: Command, { terminal }: Shell): void {
  command
    .option('--json', 'as JSON, which it is anyway')
    .action(async () => terminal.result(JSON.stringify(await topologySchema(), undefined, 2)))
    .addHelpText(
      'after',
      `
Example:
  $ typhoon schema > topology.schema.json
then, as the first line of a topology:
  # yaml-language-server: $schema=topology.schema.json`,
    )
}
