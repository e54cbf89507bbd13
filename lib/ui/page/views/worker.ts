/** One worker: what it takes of the machine, what runs in it, and what it says. */
import type { TopologyLook } from '../../../api/page-views.ts'
import { toneOfLoad } from '../graph/colours.ts'
import { html } from '../html.ts'
import { Logs } from '../parts/logs.ts'
import { Status } from '../parts/status.ts'
import { type Column, Table } from '../parts/table.ts'
import { linkTo } from '../place.ts'
import { useWatch } from '../watch.ts'
import { bytes, count, percent } from '../words.ts'
import { Frame } from './frame.ts'

interface WorkerProps {
  readonly name: string
  readonly worker: number
}

interface Row {
  readonly task: number
  readonly component: string
  readonly capacity: number
  readonly queued: number
}

export function Worker({ name, worker }: WorkerProps) {
  const watched = useWatch<TopologyLook>(`/v1/watch?${new URLSearchParams({ topology: name })}`)
  const { view } = watched
  const way = [
    ['Topologies', linkTo({ at: 'topologies' })],
    [name, linkTo({ at: 'topology', name })],
  ] as const
  const figures = view?.figures.workers[worker]
  const rows: readonly Row[] = Object.entries(view?.figures.components ?? {}).flatMap(([component, { tasks }]) =>
    tasks.filter((task) => task.worker === worker).map((task) => ({ ...task, component })),
  )
  return html`<${Frame} title=${`Worker ${worker}`} watched=${watched} at="elsewhere" way=${way}>
    ${view && figures === undefined ? html`<p class="empty">No worker of this number has reported.</p>` : null}
    ${
      figures &&
      html`<p class="facts">
      <${Status} tone=${figures.isAlive ? 'good' : 'bad'} word=${figures.isAlive ? 'alive' : 'gone'} />
      <span>${bytes(figures.memoryBytes)} of memory, at most ${bytes(figures.mostMemoryBytes)}</span>
      <span>${figures.cores.toFixed(2)} cores busy</span>
    </p>
    <h2>Tasks</h2>
    <${Table} label="Tasks" columns=${columns(name)} rows=${rows} keyOf=${({ task }: Row) => String(task)} empty="It has no task now." />`
    }
    <h2>Log</h2>
    <${Logs} topology=${name} worker=${worker} />
  <//>`
}

function columns(name: string): readonly Column<Row>[] {
  return [
    { title: 'Task', by: ({ task }) => task, cell: ({ task }) => `task ${task}` },
    {
      title: 'Component',
      by: ({ component }) => component,
      cell: ({ component }) => html`<a href=${linkTo({ at: 'component', name, component })}>${component}</a>`,
    },
    {
      title: 'Capacity',
      isNumber: true,
      by: ({ capacity }) => capacity,
      cell: ({ capacity }) => html`<${Status} tone=${toneOfLoad(capacity)} word=${percent(capacity)} />`,
    },
    { title: 'Queued', isNumber: true, by: ({ queued }) => queued, cell: ({ queued }) => count(queued) },
  ]
}
