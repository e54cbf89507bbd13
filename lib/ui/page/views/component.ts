/** One component: its tasks, its streams, its figures over time, and its errors. */
import { useState } from 'preact/hooks'
import type { TopologyLook } from '../../../api/page-views.ts'
import type { ComponentFigures, TaskFigures } from '../../../history/figures.ts'
import type { Window } from '../../../history/windows.ts'
import { toneOfLoad } from '../graph/colours.ts'
import { html } from '../html.ts'
import { Chart, type Line } from '../parts/chart.ts'
import { ErrorList } from '../parts/error-list.ts'
import { Findings } from '../parts/findings.ts'
import { LatencyHistogram } from '../parts/histogram.ts'
import { Logs } from '../parts/logs.ts'
import { OwnMetrics } from '../parts/own-metrics.ts'
import { Status } from '../parts/status.ts'
import { type Column, Table } from '../parts/table.ts'
import { WindowChoice } from '../parts/window-choice.ts'
import { linkTo } from '../place.ts'
import { useWatch } from '../watch.ts'
import { bytes, count, eventTime, milliseconds, percent, rate } from '../words.ts'
import { Frame } from './frame.ts'
import { Streams } from './streams.ts'
import { usePlan } from './topology.ts'

interface ComponentProps {
  readonly name: string
  readonly component: string
}

export function Component({ name, component }: ComponentProps) {
  const [window, setWindow] = useState<Window>('600')
  const watched = useWatch<TopologyLook>(`/v1/watch?${new URLSearchParams({ topology: name, window })}`)
  const { view } = watched
  const plan = usePlan(name, `${view?.topology.revision} ${view?.topology.tasks}`)
  const way = [
    ['Topologies', linkTo({ at: 'topologies' })],
    [name, linkTo({ at: 'topology', name })],
  ] as const
  const figures = view?.figures.components[component]
  return html`<${Frame} title=${component} watched=${watched} at="elsewhere" way=${way}>
    ${view && figures === undefined ? html`<p class="empty">There are no figures of a component of this name.</p>` : null}
    ${
      view &&
      figures &&
      html`
      <${Facts} figures=${figures} />
      <div class="row bar"><${WindowChoice} window=${window} onChange=${setWindow} /></div>
      <${Findings} topology=${name} findings=${view.findings.filter((one) => one.component === component)} isAtPlace />
      <${Charts} key=${window} topology=${name} component=${component} kind=${figures.kind} window=${window} />
      ${figures.hotKeys && html`<h2>Hot keys</h2><${HotKeys} keys=${figures.hotKeys} />`}
      <${OwnMetrics} figures=${figures} />
      <h2>Tasks</h2>
      <${Table} label="Tasks" columns=${taskColumns(name)} rows=${figures.tasks} keyOf=${({ task }: TaskFigures) => String(task)} empty="No task has reported yet." />
      ${plan && html`<${Streams} topology=${name} component=${component} plan=${plan} figures=${figures} />`}
      <h2>Errors</h2>
      <${ErrorList} errors=${view.errors.filter(({ problem }) => problem.where.component === component)} />
      <h2>Log</h2>
      <${Logs} topology=${name} component=${component} />
    `
    }
  <//>`
}

function Facts({ figures }: { readonly figures: ComponentFigures }) {
  const { kind, capacity, perSecond, failed, failedBy, queued, mostQueued, executeLatencyMs, completeLatency } = figures
  const { pending, replayed, deadLettered, backlog, watermark } = figures
  return html`<p class="facts">
    <span class="dim">${kind}</span>
    <${Status} tone=${toneOfLoad(capacity)} word=${`${percent(capacity)} busy`} />
    ${kind === 'bolt' ? html`<span>executes ${rate(perSecond.executed)}</span>` : html`<span>${rate(perSecond.acked)} roots acked</span>`}
    <span>emits ${rate(perSecond.emitted)}</span>
    ${executeLatencyMs === undefined ? null : html`<span>${milliseconds(executeLatencyMs)} a tuple</span>`}
    ${completeLatency && html`<span>emit to ack: ${milliseconds(completeLatency.p50)}, p99 ${milliseconds(completeLatency.p99)}, longest ${milliseconds(completeLatency.max)}</span>`}
    <span class=${failed > 0 ? 'bad-text' : ''}>${count(failed)} failed</span>
    ${kind === 'spout' && failed > 0 ? html`<span class="bad-text">${count(failedBy.timeout)} timed out, ${count(failedBy.explicit)} failed by a bolt, ${count(failedBy.workerLost)} with a worker</span>` : null}
    ${kind === 'spout' ? html`<span>${count(pending)} in flight, ${count(replayed)} replayed, ${count(deadLettered)} dead letters</span>` : html`<span>${count(queued)} wait, at most ${count(mostQueued)}</span>`}
    ${backlog && html`<span>${backlog.unit === 'bytes' ? bytes(backlog.now) : count(backlog.now)} of its input wait</span>`}
    ${watermark === undefined ? null : html`<span>${eventTime(watermark)}</span>`}
  </p>`
}

const FLOW: readonly Line[] = [{ label: 'emitted', figure: 'emitted', colour: '--line-1' }]
const EXECUTED: readonly Line[] = [{ label: 'executed', figure: 'executed', colour: '--line-2' }, ...FLOW]
const CAPACITY: readonly Line[] = [{ label: 'busiest task', figure: 'capacity', colour: '--line-1' }]
const QUEUED: readonly Line[] = [{ label: 'queued', figure: 'queued', colour: '--line-2' }]
const EXECUTE: readonly Line[] = [{ label: 'mean', figure: 'executeLatencyMs', colour: '--line-1' }]
const COMPLETE: readonly Line[] = [
  { label: 'median', figure: 'completeLatencyMs', colour: '--line-1' },
  { label: 'p99', figure: 'completeLatencyP99Ms', colour: '--line-2' },
]

interface ChartsProps {
  readonly topology: string
  readonly component: string
  readonly kind: 'spout' | 'bolt'
  readonly window: Window
}

function Charts({ kind, ...of }: ChartsProps) {
  const isBolt = kind === 'bolt'
  return html`<div class="charts">
    <${Chart} ...${of} title="Tuples in a second" lines=${isBolt ? EXECUTED : FLOW} shown=${count} />
    <${Chart} ...${of} title="Busy" lines=${CAPACITY} shown=${percent} />
    <${Chart} ...${of} title=${isBolt ? 'Execute latency' : 'Complete latency'} lines=${isBolt ? EXECUTE : COMPLETE} shown=${milliseconds} />
    ${isBolt ? html`<${Chart} ...${of} title="Tuples that wait" lines=${QUEUED} shown=${count} />` : null}
    <${LatencyHistogram} ...${of} title=${isBolt ? 'Times in execute' : 'Times from emit to ack'} figure=${isBolt ? 'executeLatency' : 'completeLatency'} />
    ${isBolt ? html`<${LatencyHistogram} ...${of} title="Times from execute to ack" figure="processLatency" />` : null}
  </div>`
}

type HotKey = NonNullable<ComponentFigures['hotKeys']>[number]

function HotKeys({ keys }: { readonly keys: readonly HotKey[] }) {
  const columns: readonly Column<HotKey>[] = [
    { title: 'Key', by: ({ key }) => key, cell: ({ key }) => html`<code>${key}</code>` },
    {
      ...{ title: 'Share', hint: 'Of all tuples of this component', isNumber: true },
      by: ({ share }) => share,
      cell: ({ share }) => percent(share),
    },
  ]
  return html`<${Table} label="Hot keys" columns=${columns} rows=${keys} keyOf=${({ key }: HotKey) => key} empty="No key has come yet." />`
}

function taskColumns(name: string): readonly Column<TaskFigures>[] {
  return [
    { title: 'Task', by: ({ task }) => task, cell: ({ task }) => `task ${task}` },
    {
      title: 'Worker',
      by: ({ worker }) => worker,
      cell: ({ worker }) =>
        worker === undefined ? 'gone' : html`<a href=${linkTo({ at: 'worker', name, worker })}>worker ${worker}</a>`,
    },
    { title: 'Executed', isNumber: true, by: ({ executed }) => executed, cell: ({ executed }) => count(executed) },
    {
      title: 'Capacity',
      isNumber: true,
      by: ({ capacity }) => capacity,
      cell: ({ capacity }) => html`<${Status} tone=${toneOfLoad(capacity)} word=${percent(capacity)} />`,
    },
    {
      ...{ title: 'Held back', hint: 'The share of the time in which it waited for others', isNumber: true },
      by: ({ heldShare }) => heldShare,
      cell: ({ heldShare }) => percent(heldShare),
    },
    {
      ...{ title: 'Inbox full', hint: 'The share of the time in which others waited for it', isNumber: true },
      by: ({ fullShare }) => fullShare,
      cell: ({ fullShare }) => percent(fullShare),
    },
    { title: 'Queued', isNumber: true, by: ({ queued }) => queued, cell: ({ queued }) => count(queued) },
    { title: 'Most', isNumber: true, by: ({ mostQueued }) => mostQueued, cell: ({ mostQueued }) => count(mostQueued) },
  ]
}
