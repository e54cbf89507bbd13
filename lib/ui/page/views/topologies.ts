/** All topologies of a service. */
import type { Overview, SummaryView } from '../../../api/page-views.ts'
import { html } from '../html.ts'
import { ProblemText, Status, toneOf } from '../parts/status.ts'
import { type Column, Table } from '../parts/table.ts'
import { linkTo } from '../place.ts'
import { useWatch } from '../watch.ts'
import { bytes, count, duration, plural, rate } from '../words.ts'
import { Frame } from './frame.ts'

const COLUMNS: readonly Column<SummaryView>[] = [
  {
    title: 'Topology',
    by: ({ name }) => name,
    cell: ({ name }) => html`<a href=${linkTo({ at: 'topology', name })}>${name}</a>`,
  },
  {
    title: 'Status',
    by: ({ status }) => status,
    cell: (topology) => html`<${Status} tone=${toneOf(topology)} word=${topology.status} />`,
  },
  { title: 'Phase', isWide: true, by: ({ phase }) => phase, cell: ({ phase }) => phase },
  {
    title: 'Uptime',
    isNumber: true,
    by: ({ uptimeSecs }) => uptimeSecs,
    cell: ({ uptimeSecs }) => (uptimeSecs > 0 ? duration(uptimeSecs) : '–'),
  },
  { title: 'Workers', isNumber: true, by: ({ workers }) => workers, cell: ({ workers }) => count(workers) },
  { title: 'Tasks', isNumber: true, by: ({ tasks }) => tasks, cell: ({ tasks }) => count(tasks) },
  {
    title: 'Acked',
    hint: 'Roots in a second, within the last ten minutes',
    isNumber: true,
    by: ({ ackedPerSecond }) => ackedPerSecond,
    cell: ({ ackedPerSecond }) => rate(ackedPerSecond),
  },
  {
    title: 'Failed',
    hint: 'Roots, within the last ten minutes',
    isNumber: true,
    by: ({ failed }) => failed,
    cell: ({ failed }) => html`<span class=${failed > 0 ? 'bad-text' : ''}>${count(failed)}</span>`,
  },
  {
    title: 'Memory',
    isNumber: true,
    isWide: true,
    by: ({ memoryBytes }) => memoryBytes,
    cell: ({ memoryBytes }) => (memoryBytes > 0 ? bytes(memoryBytes) : '–'),
  },
  { title: 'Guarantee', isWide: true, by: ({ guarantee }) => guarantee, cell: ({ guarantee }) => guarantee },
]

export function Topologies() {
  const watched = useWatch<Overview>('/v1/watch')
  const { view } = watched
  return html`<${Frame} title="Topologies" watched=${watched} at="topologies">${view && html`<${Content} view=${view} />`}<//>`
}

function Content({ view: { topologies, cluster } }: { readonly view: Overview }) {
  const failing = topologies.filter(({ problem }) => problem !== undefined)
  return html`
    <p class="dim facts">
      <span>Typhoon ${cluster.version}</span>
      <span>up ${duration(cluster.uptimeSecs)}</span>
      <span>${plural(topologies.length, 'topology')}</span>
      <span>${plural(cluster.workers, 'worker')}</span>
    </p>
    <${Table}
      label="Topologies"
      columns=${COLUMNS}
      rows=${topologies}
      keyOf=${({ id }: SummaryView) => id}
      empty=${html`There is no topology yet. Submit one: <code>typhoon submit topology.yaml</code>`}
    />
    ${failing.map(
      ({ name, problem }) => html`<section class="panel bad" key=${name}>
        <h2>${name}</h2>
        <${ProblemText} problem=${problem} />
      </section>`,
    )}
  `
}
