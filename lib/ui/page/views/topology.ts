/** One topology: how it is, what it does, what has happened to it, and what can be done about it. */
import { useState } from 'preact/hooks'
import type { TopologyLook } from '../../../api/page-views.ts'
import type { Window } from '../../../history/windows.ts'
import type { PlanDescription } from '../../../run/index.ts'
import { Actions } from '../actions/actions.ts'
import { ofTopology, useAsked } from '../asked.ts'
import { GraphView } from '../graph/graph-view.ts'
import { html } from '../html.ts'
import { Chart, type Line } from '../parts/chart.ts'
import { Events } from '../parts/events.ts'
import { Findings } from '../parts/findings.ts'
import { Snapshots } from '../parts/snapshots.ts'
import { ProblemText, Status, toneOf } from '../parts/status.ts'
import { WindowChoice } from '../parts/window-choice.ts'
import { linkTo } from '../place.ts'
import { useWatch } from '../watch.ts'
import { bytes, count, duration, milliseconds, plural, rate } from '../words.ts'
import { ComponentsTable } from './components-table.ts'
import { Frame } from './frame.ts'
import { WorkersTable } from './workers-table.ts'

const ROOTS: readonly Line[] = [
  { label: 'acked', figure: 'acked', colour: '--line-1' },
  { label: 'failed', figure: 'failed', colour: '--line-3' },
]
/** Colours of the lines of spouts; there are no more lines. */
const COLOURS = ['--line-1', '--line-2', '--line-3'] as const
const MEMORY: readonly Line[] = [{ label: 'all workers', figure: 'memoryBytes', colour: '--line-1' }]

export function Topology({ name }: { readonly name: string }) {
  const [window, setWindow] = useState<Window>('600')
  const watched = useWatch<TopologyLook>(`/v1/watch?${new URLSearchParams({ topology: name, window })}`)
  const { view } = watched
  // Another revision has another plan; what has not begun has none yet.
  const { topology } = view ?? {}
  const plan = usePlan(name, `${topology?.revision} ${topology?.tasks}`)
  const way = [['Topologies', linkTo({ at: 'topologies' })]] as const
  return html`<${Frame} title=${name} watched=${watched} at="elsewhere" way=${way}>
    ${view && html`<${Content} view=${view} plan=${plan} window=${window} onWindow=${setWindow} />`}
  <//>`
}

/** @param key another one: the plan may have changed */
export function usePlan(name: string, key: string): PlanDescription | undefined {
  return useAsked<PlanDescription>(ofTopology(name, '/plan', {}), undefined, key).answer
}

/** Of one spout the median and the tail; of several the tail of each. */
function latencyLines(spouts: readonly string[]): readonly Line[] {
  const [one, ...others] = spouts
  if (one !== undefined && others.length === 0)
    return [
      { label: 'median', figure: 'completeLatencyMs', component: one, colour: '--line-1' },
      { label: 'p99', figure: 'completeLatencyP99Ms', component: one, colour: '--line-2' },
    ]
  return spouts.slice(0, COLOURS.length).map((spout, index) => ({
    ...{ label: `p99 ${spout}`, figure: 'completeLatencyP99Ms', component: spout },
    colour: COLOURS[index]!,
  }))
}

interface ContentProps {
  readonly view: TopologyLook
  readonly plan: PlanDescription | undefined
  readonly window: Window
  onWindow(window: Window): void
}

function Content({ view, plan, window, onWindow }: ContentProps) {
  const { topology, figures, findings, events, errors } = view
  const { name, problem, retryInMs } = topology
  const spouts = Object.entries(figures.components).flatMap(([id, { kind }]) => (kind === 'spout' ? [id] : []))
  return html`
    <${Facts} view=${view} />
    <${Actions} look=${view} plan=${plan} />
    ${
      problem &&
      html`<section class="panel bad"><${ProblemText} problem=${problem} />
        ${retryInMs === undefined ? null : html`<p>It is tried again in ${duration(retryInMs / 1000 + 1)}.</p>`}</section>`
    }
    <div class="row bar"><${WindowChoice} window=${window} onChange=${onWindow} /></div>
    <${Findings} topology=${name} findings=${findings} />
    ${plan && html`<${GraphView} topology=${name} plan=${plan} figures=${figures} />`}
    <div class="charts">
      <${Chart} key=${`roots ${window}`} title="Roots in a second" topology=${name} window=${window} lines=${ROOTS} shown=${count} />
      <${Chart} key=${`latency ${window} ${spouts.length}`} title="From emit to ack" topology=${name} window=${window} lines=${latencyLines(spouts)} shown=${milliseconds} />
      <${Chart} key=${`memory ${window}`} title="Memory" topology=${name} window=${window} lines=${MEMORY} shown=${bytes} />
    </div>
    <${ComponentsTable} topology=${name} plan=${plan} figures=${figures} />
    <h2>Workers</h2>
    <${WorkersTable} topology=${name} plan=${plan} figures=${figures} />
    <${Snapshots} snapshots=${figures.snapshots} />
    <p><a href=${linkTo({ at: 'traces', name })}>Tuple trees</a></p>
    <h2>What has happened</h2>
    <section class="panel"><${Events} topology=${name} events=${events} /></section>
    ${errors.length === 0 ? null : html`<h2>Last error</h2><section class="panel bad"><${ProblemText} problem=${errors.at(-1)!.problem} /></section>`}
  `
}

function Facts({ view: { topology, logLevels } }: { readonly view: TopologyLook }) {
  const { status, phase, uptimeSecs, workers, tasks, guarantee, revision, id } = topology
  return html`<p class="facts">
    <${Status} tone=${toneOf(topology)} word=${status} />
    <span>${phase}</span>
    ${uptimeSecs > 0 ? html`<span>up ${duration(uptimeSecs)}</span>` : null}
    <span>${plural(workers, 'worker')}, ${plural(tasks, 'task')}</span>
    <span>${rate(topology.ackedPerSecond)} roots acked</span>
    <span class=${topology.failed > 0 ? 'bad-text' : ''}>${count(topology.failed)} failed</span>
    <span>${count(topology.pending)} in flight</span>
    <span class="dim">${guarantee}</span>
    <span class="dim" title=${id}>revision ${revision}</span>
    ${logLevels.map(({ component, level }) => html`<span key=${component} class="dim">${component ?? 'all'} log ${level}</span>`)}
  </p>`
}
