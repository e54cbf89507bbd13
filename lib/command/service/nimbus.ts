/** `typhoon nimbus`: leads the hosts of a cluster, which come to it as supervisors; it runs no worker itself. */
import type { Command } from 'commander'
import { DEFAULT_PORT, defaultDirectory } from '../../client/settings.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { parseDirectory, parsePort } from '../input/arguments.ts'
import { logFormat } from '../show/log-format.ts'
import type { Shell } from '../terminal/shell.ts'
import type { UpFlags } from './run-service.ts'
import { type StoreFlags, takesStore } from './store-flags.ts'

/** The port of Storm's supervisors. */
export const DEFAULT_CLUSTER_PORT = 6628
const DEFAULT_LEASE_SECS = 10
const LONGEST_LEASE_SECS = 3600

interface NimbusFlags extends UpFlags, StoreFlags {
  readonly host: string
  readonly advertised?: string
  readonly alias: readonly string[]
  readonly httpHost: string
  readonly clusterPort: number
  /** False: `--no-state`. */
  readonly state?: string | false
  readonly lease: number
}

export function defineNimbus(command: Command, shell: Shell): void {
  takesStore(command)
    .option('--dir <dir>', 'folder of all that it keeps', parseDirectory, defaultDirectory(process.env))
    .option('--host <address>', 'address on which it listens for hosts and their workers', '127.0.0.1')
    .option('--advertised <name>', 'name or address by which they reach it; --host unless given')
    .option('--alias <name>', 'another name by which hosts reach it; again for each', addName, [])
    .option('--cluster-port <port>', 'port for hosts; 0: any that is free', parsePort, DEFAULT_CLUSTER_PORT)
    .option('--port <port>', 'port of the HTTP interface; 0: any that is free', parsePort, DEFAULT_PORT)
    .option('--http-host <address>', 'address of the HTTP interface, over TLS unless it is loopback', '127.0.0.1')
    .option('--state <dir>', 'folder of what topologies keep, which all hosts reach by this path', parseDirectory)
    .option('--no-state', 'hosts share no folder: at-least-once without snapshots, and nothing else')
    .option('--lease <secs>', 'a host of which nothing is heard for so long is lost', parseLease, DEFAULT_LEASE_SECS)
    .option('--quiet', 'print only warnings and errors')
    .addOption(logFormat())
    .action(async ({ host, advertised = host, alias, clusterPort, state, lease, ...flags }: NimbusFlags) => {
      const { runService } = await import('./run-service.ts')
      const hosts = { host, advertised, aliases: alias, port: clusterPort, state, leaseMs: lease * 1000 }
      const { store } = flags
      const shared = store === undefined ? undefined : { ...flags, store }
      shell.exitCode = await runService({ ...flags, hosts, shared }, shell.terminal)
    })
    .addHelpText(
      'after',
      `
Hosts join with a token of it (typhoon cluster token), and run the workers of all topologies. Ctrl-C (SIGINT, SIGTERM,
SIGHUP) ends it, and topologies go on without it: the next nimbus takes their workers over, if it comes within the lease
(--lease). After that their hosts end them, and they begin again with the next nimbus.

Of several that share a --store one leads, and the others stand by, with the code of all topologies. One that can lead
no longer ends with the exit code 1: let its supervisor (systemd) start it again, and it stands by.

Exit codes: as those of typhoon up.

Example:
  $ typhoon nimbus --host 10.0.0.1 --state /shared/typhoon`,
    )
}

function addName(name: string, before: readonly string[]): readonly string[] {
  return [...before, name]
}

function parseLease(text: string): number {
  const seconds = Number(text)
  if (/^\d+$/.test(text) && seconds >= 1 && seconds <= LONGEST_LEASE_SECS) return seconds
  throw new TyphoonError('USAGE', `"${text}" is not a number of seconds from 1 to ${LONGEST_LEASE_SECS}`)
}
