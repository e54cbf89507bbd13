/** `typhoon supervisor`: makes this machine a host of a cluster, whose nimbus starts workers on it. */
import { availableParallelism, hostname } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { defaultDirectory } from '../../client/settings.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { parseDirectory } from '../input/arguments.ts'
import { logFormat } from '../show/log-format.ts'
import type { Shell } from '../terminal/shell.ts'
import type { SupervisorFlags } from './run-supervisor.ts'

const DEFAULT_GRACE_SECS = 30
const MOST_SLOTS = 10_000
const MOST_CPU = 1_000_000
const MOST_MB = 1_000_000_000
const LONGEST_GRACE_SECS = 86_400

export function defineSupervisor(command: Command, shell: Shell): void {
  const directory = join(defaultDirectory(process.env), 'supervisor')
  command
    .option('--join <file>', 'file of the token by which it joins; -: the token comes by stdin. Needed once')
    .option('--dir <dir>', 'folder of all that it keeps', parseDirectory, directory)
    .option('--host <address>', 'address of its workers; that by which it reaches the nimbus unless given')
    .option('--name <name>', 'its name in the cluster', hostname().replace(/[^\w.-]/g, '-'))
    .option('--slots <n>', 'most workers at a time', parseCount(MOST_SLOTS), availableParallelism())
    .option(
      '--cpu <percent>',
      'processor time for workers, percent of a core; all cores unless given',
      parseCount(MOST_CPU),
    )
    .option('--memory <mb>', 'memory for workers, MB; all of it unless given', parseCount(MOST_MB))
    .option('--rack <name>', 'where it stands: hosts of one rack are near each other')
    .option(
      '--instance <id>',
      'an earlier process with the same one has ended, with its workers: who starts it says so',
    )
    .option(
      '--grace <secs>',
      'time for its workers to move when it is stopped',
      parseCount(LONGEST_GRACE_SECS),
      DEFAULT_GRACE_SECS,
    )
    .option('--quiet', 'print only warnings and errors')
    .addOption(logFormat())
    .action(async (flags: SupervisorFlags) => {
      const { runSupervisor } = await import('./run-supervisor.ts')
      shell.exitCode = await runSupervisor(flags, shell.terminal)
    })
    .addHelpText(
      'after',
      `
Ctrl-C (SIGINT, SIGTERM, SIGHUP) lets its workers move to other hosts, and ends it; a second one ends it at once. Where
it has no nimbus for as long as the lease (typhoon nimbus --lease), it ends its workers, for they are started elsewhere.

Exit codes: as those of typhoon up.

Example:
  $ typhoon supervisor --join join.token --slots 4`,
    )
}

function parseCount(most: number): (text: string) => number {
  return (text) => {
    const count = Number(text)
    if (/^\d+$/.test(text) && count >= 1 && count <= most) return count
    throw new TyphoonError('USAGE', `"${text}" is not a number from 1 to ${most}`)
  }
}
