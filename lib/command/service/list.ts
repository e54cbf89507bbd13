/** `typhoon list` and `typhoon status NAME`: which topologies a service runs, and how one of them is. */
import type { Command } from 'commander'
import type { TopologyView } from '../../api/schemas.ts'
import type { TopologyStatusView } from '../../client/service-client.ts'
import type { RunOutage } from '../../run/index.ts'
import { type Line, plain } from '../render/line.ts'
import { plural } from '../render/numbers.ts'
import { problemLines } from '../render/problem.ts'
import { COMPONENT_COLUMNS } from '../render/summary.ts'
import { type Column, table } from '../render/table.ts'
import { DONE } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import { SERVICE_EXIT_CODES, type ServiceFlags, takesName, takesService, withService } from './service-flags.ts'

export function defineList(command: Command, shell: Shell): void {
  takesService(command)
    .action((flags: ServiceFlags) =>
      withService(shell, flags, async (client) => {
        const topologies = await client.list()
        if (flags.json === true) shell.terminal.result(JSON.stringify({ topologies }))
        else if (topologies.length === 0) shell.terminal.say([plain('there is no topology: submit one')])
        else
          shell.terminal.resultLines([...listLines(topologies, shell.terminal.columns), ...topologies.flatMap(briefly)])
        return DONE
      }),
    )
    .addHelpText('after', `\n${SERVICE_EXIT_CODES}\n\nExample:\n  $ typhoon list --json`)
}

/** `typhoon status NAME` */
export function defineStatus(command: Command, shell: Shell): void {
  takesName(command)
    .action((name: string, flags: ServiceFlags) =>
      withService(shell, flags, async (client) => {
        const status = await client.status(name)
        if (flags.json === true) shell.terminal.result(JSON.stringify(status))
        else shell.terminal.resultLines(statusLines(status, shell.terminal.columns))
        return DONE
      }),
    )
    .addHelpText('after', `\n${SERVICE_EXIT_CODES}\n\nExample:\n  $ typhoon status words`)
}

const COLUMNS: readonly Column[] = [
  { title: 'name' },
  { title: 'status' },
  { title: 'phase' },
  { title: 'workers', align: 'right' },
  { title: 'tasks', align: 'right' },
  { title: 'uptime', align: 'right', optional: true },
  { title: 'guarantee', optional: true },
]

function listLines(topologies: readonly TopologyView[], width: number | undefined): Line[] {
  const rows = topologies.map(({ name, status, phase, workers, tasks, uptimeSecs, guarantee }) => [
    ...[name, status, phase, String(workers), String(tasks), uptime(uptimeSecs), guarantee],
  ])
  return table(COLUMNS, rows, width)
}

function statusLines({ topology, metrics, totals }: TopologyStatusView, width: number | undefined): Line[] {
  const { id, submittedAt, revision, problem, retryInMs, outages = [] } = topology
  const rows = Object.entries(totals.components).map(([component, { emitted, executed, acked, failed }]) => [
    component,
    String(metrics?.components[component]?.tasks ?? '-'),
    ...[emitted, executed, acked, failed].map(String),
  ])
  const counted = plain(`counted since ${totals.since}, over all of its runs`)
  const again = retryInMs === undefined ? [] : [plain(`it is tried again in ${Math.ceil(retryInMs / 1000)} s`)]
  return [
    ...listLines([topology], width),
    plain(`id ${id}, revision ${revision}, submitted ${submittedAt}`),
    ...(rows.length === 0 ? [] : [plain(''), ...table(COMPONENT_COLUMNS, rows, width), counted]),
    ...(problem === undefined ? [] : problemLines(problem)),
    ...again,
    ...outages.flatMap((outage) => [plain(''), plain(lasts(outage)), ...problemLines(outage.problem)]),
  ]
}

/** What does not succeed, and why a topology waits: a line each, for the list of all topologies. */
function briefly({ name, problem, retryInMs, outages = [] }: TopologyView): Line[] {
  const said = (why: string): Line => plain(`${name}: ${why}; see typhoon status ${name}`)
  return [
    ...(problem === undefined || retryInMs === undefined ? [] : [said(`it does not run (${problem.code})`)]),
    ...outages.map((outage) => said(`${lasts(outage)} (${outage.problem.code})`)),
  ]
}

/** `no snapshot since 2030-01-01T12:00:00.000Z, 5 times in a row, by worker 2 on 10.0.0.3` */
function lasts({ what, since, failures, problem, host }: RunOutage): string {
  const { worker, component } = problem.where
  const sink = `"${component ?? 'a sink'}"`
  const of = {
    snapshot: 'no snapshot is complete',
    commit: `${sink} has not committed`,
    output: `${sink} cannot write`,
  }
  const times = failures === 0 ? '' : `, ${plural(failures, 'failure')} in a row`
  const by = worker === undefined ? '' : `, worker ${worker}${host === undefined ? '' : ` on ${host}`}`
  return `${of[what]} since ${since}${times}${by}`
}

/** `3d 4h`, `5m 6s` */
function uptime(seconds: number): string {
  const whole = Math.floor(seconds)
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ] as const
  const first = Math.max(
    0,
    parts.findIndex(([count]) => count > 0),
  )
  const shown = parts.slice(whole === 0 ? 3 : first, first + 2)
  return shown.map(([count, unit]) => `${count}${unit}`).join(' ')
}
