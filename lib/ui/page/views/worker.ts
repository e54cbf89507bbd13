/** One worker: what it takes of the machine, what runs in it, and what it says. */
import { useState } from 'preact/hooks'
import type { TopologyLook } from '../../../api/page-views.ts'
import type { WorkerFigures } from '../../../history/figures.ts'
import type { Window } from '../../../history/windows.ts'
import { toneOfLoad } from '../graph/colours.ts'
import { html } from '../html.ts'
import { Chart, type Line } from '../parts/chart.ts'
import { Findings } from '../parts/findings.ts'
import { Links } from '../parts/links.ts'
import { Logs } from '../parts/logs.ts'
import { Status } from '../parts/status.ts'
import { type Column, Table } from '../parts/table.ts'
import { WindowChoice } from '../parts/window-choice.ts'
import { linkTo } from '../place.ts'
import { Profiles } from '../profiles/profiles.ts'
import { useWatch } from '../watch.ts'
import { bytes, count, milliseconds, percent } from '../words.ts'
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
  const [window, setWindow] = useState<Window>('600')
  const watched = useWatch<TopologyLook>(`/v1/watch?${new URLSearchParams({ topology: name, window })}`)
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
      view &&
      figures &&
      html`<${Facts} figures=${figures} />
    <div class="row bar"><${WindowChoice} window=${window} onChange=${setWindow} /></div>
    <${Findings} topology=${name} findings=${view.findings.filter((one) => one.worker === worker)} isAtPlace />
    <${Charts} key=${window} topology=${name} worker=${worker} window=${window} />
    <h2>Tasks</h2>
    <${Table} label="Tasks" columns=${columns(name)} rows=${rows} keyOf=${({ task }: Row) => String(task)} empty="It has no task now." />`
    }
    ${figures && html`<${Links} topology=${name} links=${figures.links} />`}
    <${Profiles} topology=${name} worker=${worker} />
    <h2>Log</h2>
    <${Logs} topology=${name} worker=${worker} />
  <//>`
}

function Facts({ figures }: { readonly figures: WorkerFigures }) {
  const { isAlive, memoryBytes, mostMemoryBytes, heapUsedBytes, heapLimitBytes } = figures
  const { cores, gcShare, loopDelayMs, mostLoopDelayMs } = figures
  return html`<p class="facts">
    <${Status} tone=${isAlive ? 'good' : 'bad'} word=${isAlive ? 'alive' : 'gone'} />
    <span>${bytes(memoryBytes)} of memory, at most ${bytes(mostMemoryBytes)}</span>
    <span>${bytes(heapUsedBytes)} of ${bytes(heapLimitBytes)} heap</span>
    <span>${cores.toFixed(2)} cores busy</span>
    <span>${percent(gcShare)} in the collector</span>
    <span>loop ${milliseconds(loopDelayMs)} late, at most ${milliseconds(mostLoopDelayMs)}</span>
  </p>`
}

const HEAP: readonly Line[] = [
  { label: 'in use', figure: 'heapUsedBytes', colour: '--line-1' },
  { label: 'after collections', figure: 'heapFloorBytes', colour: '--line-2' },
]
const PROCESSOR: readonly Line[] = [
  { label: 'all', figure: 'cpuMs', colour: '--line-1' },
  { label: 'collector', figure: 'gcMs', colour: '--line-3' },
]
const LOOP: readonly Line[] = [{ label: 'p99', figure: 'loopDelayMs', colour: '--line-1' }]

interface ChartsProps {
  readonly topology: string
  readonly worker: number
  readonly window: Window
}

function Charts(of: ChartsProps) {
  /** Milliseconds in a second are a thousandth of a core each. */
  const cores = (ms: number): string => (ms / 1000).toFixed(2)
  return html`<div class="charts">
    <${Chart} ...${of} title="Heap" lines=${HEAP} shown=${bytes} />
    <${Chart} ...${of} title="Cores busy" lines=${PROCESSOR} shown=${cores} />
    <${Chart} ...${of} title="How late the event loop is" lines=${LOOP} shown=${milliseconds} />
  </div>`
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
