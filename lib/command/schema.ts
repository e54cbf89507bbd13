/** `typhoon schema`: the JSON Schema of the YAML, for editors. */
import type { Command } from 'commander'
import { yamlSchema } from '../flux/schema.ts'
import type { Shell } from './shell.ts'

export function addSchema(program: Command, { terminal }: Shell): void {
  program
    .command('schema')
    .description('print the JSON Schema (draft-07) of topologies in YAML, for editors')
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
