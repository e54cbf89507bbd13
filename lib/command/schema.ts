/** `typhoon schema`: the JSON Schema of the YAML, for editors. */
import type { Command } from 'commander'
import { yamlSchema } from '../flux/schema.ts'
import type { Shell } from './shell.ts'

export function defineSchema(command: Command, { terminal }: Shell): void {
  command
    .action(() => terminal.result(JSON.stringify(yamlSchema(), undefined, 2)))
    .addHelpText(
      'after',
      `
Example:
  $ typhoon schema > topology.schema.json
then, as the first line of a topology:
  # yaml-language-server: $schema=topology.schema.json`,
    )
}
