/**
 * `typhoon up`: a service on this machine, with nimbus, supervisor and HTTP interface in one process, in the foreground
 * or beside it.
 */
import type { Command } from 'commander'
import { DEFAULT_PORT, defaultDirectory } from '../../client/settings.ts'
import { parseDirectory, parsePort } from '../input/arguments.ts'
import { logFormat } from '../show/log-format.ts'
import type { Shell } from '../terminal/shell.ts'
import type { UpFlags } from './run-service.ts'

export function defineUp(command: Command, shell: Shell): void {
  command
    .option('--dir <dir>', 'folder of all that the service keeps', parseDirectory, defaultDirectory(process.env))
    .option('--port <port>', 'port of the HTTP interface, on loopback; 0: any that is free', parsePort, DEFAULT_PORT)
    .option('--detach', 'go on in the background, and return when it answers')
    .option('--quiet', 'print only warnings and errors')
    .addOption(logFormat())
    .action(async (flags: UpFlags) => {
      const { runService } = await import('./run-service.ts')
      shell.exitCode = await runService(flags, shell.terminal)
    })
    .addHelpText(
      'after',
      `
Topologies that were submitted before go on. Ctrl-C (SIGINT, SIGTERM, SIGHUP) drains them and ends the service; they go
on when it begins again. A second one stops at once.

Exit codes:
  0    it was stopped
  1    it cannot begin
  2    the command line is wrong
  130  stopped at once by a second Ctrl-C (143: by SIGTERM, 129: by SIGHUP)

Examples:
  $ typhoon up
  $ typhoon up --detach --dir /var/lib/typhoon && typhoon submit words.yaml`,
    )
}
