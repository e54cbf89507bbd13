/** The hosts of a cluster, and what is taken of them. */
import type { Overview } from '../../../api/page-views.ts'
import type { HostView } from '../../../api/schemas.ts'
import { html } from '../html.ts'
import { Status } from '../parts/status.ts'
import { type Column, Table } from '../parts/table.ts'
import { useWatch } from '../watch.ts'
import { count } from '../words.ts'
import { Frame } from './frame.ts'

export function Hosts() {
  const watched = useWatch<Overview>('/v1/watch')
  const { view } = watched
  return html`<${Frame} title="Hosts" watched=${watched} at="hosts">
    ${
      view &&
      html`<${Table} label="Hosts" columns=${COLUMNS} rows=${view.hosts} keyOf=${({ name }: HostView) => name}
      empty="All workers run on this machine: it leads no other hosts." />`
    }
  <//>`
}

function taken(title: string, used: (host: HostView) => number, all: (host: HostView) => number): Column<HostView> {
  return { title, isNumber: true, by: used, cell: (host) => `${count(used(host))} of ${count(all(host))}` }
}

const COLUMNS: readonly Column<HostView>[] = [
  { title: 'Host', by: ({ name }) => name, cell: ({ name }) => name },
  {
    title: 'State',
    by: ({ isLinked }) => Number(isLinked),
    cell: ({ isLinked, isDraining }) =>
      isLinked
        ? html`<${Status} tone=${isDraining ? 'busy' : 'good'} word=${isDraining ? 'being left' : 'linked'} />`
        : html`<${Status} tone="bad" word="away" />`,
  },
  { title: 'Address', isWide: true, by: ({ address }) => address, cell: ({ address }) => address },
  taken(
    'Slots',
    ({ slotsUsed }) => slotsUsed,
    ({ slots }) => slots,
  ),
  taken(
    'CPU %',
    ({ cpuUsed }) => cpuUsed,
    ({ cpu }) => cpu,
  ),
  taken(
    'Memory MB',
    ({ memoryUsedMb }) => memoryUsedMb,
    ({ memoryMb }) => memoryMb,
  ),
  { title: 'Version', isWide: true, cell: ({ version }) => version },
]
