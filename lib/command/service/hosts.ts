/** `typhoon hosts` and `typhoon drain HOST`: the hosts of a cluster, and one that is to be left. */
import type { Command } from 'commander'
import type { HostView } from '../../api/schemas.ts'
import { type Line, plain } from '../render/line.ts'
import { type Column, table } from '../render/table.ts'
import { DONE } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import { SERVICE_EXIT_CODES, type ServiceFlags, takesService, withService } from './service-flags.ts'

interface DrainFlags extends ServiceFlags {
  readonly undo?: boolean
}

export function defineHosts(command: Command, shell: Shell): void {
  takesService(command)
    .action((flags: ServiceFlags) =>
      withService(shell, flags, async (client) => show(await client.hosts(), flags, shell)),
    )
    .addHelpText('after', `\n${SERVICE_EXIT_CODES}\n\nExample:\n  $ typhoon hosts`)
}

/** `typhoon drain HOST` */
export function defineDrain(command: Command, shell: Shell): void {
  takesService(command.argument('<host>', 'name of the host'))
    .option('--undo', 'use it again')
    .action((host: string, flags: DrainFlags) =>
      withService(shell, flags, async (client) => show(await client.drain(host, flags.undo === true), flags, shell)),
    )
    .addHelpText(
      'after',
      `
The host gets no more workers. As many of those that it has as other hosts have room for begin there anew, from the last
snapshot, or with what was in flight replayed; the others stay until there is room.

${SERVICE_EXIT_CODES}

Example:
  $ typhoon drain host2`,
    )
}

const COLUMNS: readonly Column[] = [
  { title: 'host' },
  { title: 'address', optional: true },
  { title: 'is' },
  { title: 'version', optional: true },
  { title: 'slots', align: 'right' },
  { title: '% of a core', align: 'right' },
  { title: 'MB', align: 'right' },
]

function show(hosts: readonly HostView[], { json }: ServiceFlags, { terminal }: Shell): number {
  if (json === true) terminal.result(JSON.stringify({ hosts }))
  else terminal.resultLines(hostLines(hosts, terminal.columns))
  return DONE
}

function hostLines(hosts: readonly HostView[], width: number | undefined): Line[] {
  if (hosts.length === 0) return [plain('there are no hosts: topologies run where the service is, or wait for one')]
  const of = (used: number, all: number): string => `${Math.round(used)} of ${Math.round(all)}`
  const rows = hosts.map((host) => [
    ...[host.name, host.address, !host.isLinked ? 'away' : host.isDraining ? 'left' : 'used', host.version],
    ...[of(host.slotsUsed, host.slots), of(host.cpuUsed, host.cpu), of(host.memoryUsedMb, host.memoryMb)],
  ])
  return table(COLUMNS, rows, width)
}
