/** All topologies of a service. */
import type { Overview, TopologyView } from '../../../api/schemas.ts'
import { html } from '../html.ts'
import { ProblemText, Status, type Tone } from '../parts/status.ts'
import { type Column, Table } from '../parts/table.ts'
import { linkTo } from '../place.ts'
import { useWatch } from '../watch.ts'
import { count, duration, plural } from '../words.ts'
import { Frame } from './frame.ts'

/** How a topology is. */
function toneOf({ status, phase, problem }: TopologyView): Tone {
  if (problem !== undefined) return 'bad'
  if (status === 'ACTIVE') return phase === 'running' ? 'good' : 'busy'
  return status === 'REBALANCING' || status === 'KILLED' ? 'busy' : 'off'
}

const COLUMNS: readonly Column<TopologyView>[] = [
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
      keyOf=${({ id }: TopologyView) => id}
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
