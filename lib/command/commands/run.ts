/**
 * `typhoon run FILE`: what it is called with. The process of the first worker is started before anything is loaded that
 * only a run needs, so that both load at once.
 */
import type { Command } from 'commander'
import { spareWorker } from '../../run/spare.ts'
import { parseDirectory, parseDuration, parsePort } from '../input/arguments.ts'
import { takesTopology } from '../input/definition.ts'
import { logFormat } from '../show/log-format.ts'
import { EXIT_CODES_HELP } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import type { RunFlags } from './run-file.ts'

/** Where scrapers look by custom. */
const SCRAPED_PORT = 9464

export function defineRun(command: Command, shell: Shell): void {
  takesTopology(command)
    .option('--state <dir>', 'folder of what a topology keeps; overrides topology.state.dir', parseDirectory)
    .option('--fresh', 'begin anew, and not where the last run of this topology ended')
    .option('--allow-dropped-state', 'begin though the last snapshot holds state that nothing in the topology takes')
    .option('--for <time>', 'end the input after this time: 500ms, 30s, 5m, 1.5h', parseDuration)
    .option('--json', 'print the report as the last line of stdout, as one JSON object')
    .option('--fail-on-dead-letters', 'exit with 1 if a tuple became a dead letter')
    .option('--quiet', 'print only results, warnings and errors')
    .option('--ui', 'let browsers of this machine look at it, and print an address that lets one in')
    .option('--open', 'with --ui: open it in the browser of this machine')
    .option('--metrics <file>', 'let it be scraped on loopback with the token in this file, which is made if missing')
    .option(
      '--metrics-port <port>',
      'with --metrics: at this port, and with --ui the page as well',
      parsePort,
      SCRAPED_PORT,
    )
    .addOption(logFormat())
    .action(async (file: string, flags: RunFlags) => {
      const spare = spareWorker(file)
      try {
        const { runFile } = await import('./run-file.ts')
        shell.exitCode = await runFile(file, flags, shell.terminal, spare)
      } finally {
        spare.close()
      }
    })
    .addHelpText(
      'after',
      `
Ctrl-C (SIGINT, SIGTERM, SIGHUP) stops the spouts and waits for what is in flight; a second one stops at once.

${EXIT_CODES_HELP}

Examples:
  $ typhoon run topology.yaml
  $ typhoon run topology.yaml --workers 4 --set input='books/*.txt' --json
  $ typhoon run topology.yaml --state /var/lib/typhoon
  $ typhoon run topology.yaml --for 30s -c topology.max.spout.pending=1000`,
    )
}
