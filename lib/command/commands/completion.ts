/** `typhoon completion SHELL`: the script that lets a shell complete the commands of Typhoon. */
import type { Command } from 'commander'
import { SCRIPTS } from '../completion/scripts.ts'
import type { Shell } from '../terminal/shell.ts'

export function defineCompletion(command: Command, { terminal }: Shell): void {
  command
    .addArgument(command.createArgument('<shell>', 'whose script it is').choices(Object.keys(SCRIPTS)))
    .action((shell: string) => void terminal.result(SCRIPTS[shell]!.trimEnd()))
    .addHelpText(
      'after',
      `
It completes commands and options, files, and the names of topologies, components, hosts and savepoints, for which it
asks the service that the command would ask. "typhoon" must be on the path.

Examples:
  $ echo 'source <(typhoon completion bash)' >> ~/.bashrc
  $ echo 'source <(typhoon completion zsh)' >> ~/.zshrc
  $ typhoon completion fish > ~/.config/fish/completions/typhoon.fish`,
    )
}
