/** What is said of the node that is chosen. */
import type { RunFigures } from '../../../history/figures.ts'
import { html } from '../html.ts'
import { linkTo } from '../place.ts'
import { count, percent, plural, rate } from '../words.ts'
import { summed } from './colours.ts'
import type { Graph, GraphEdge, GraphNode } from './fold.ts'

interface NodeFactsProps {
  readonly topology: string
  readonly node: GraphNode
  readonly graph: Graph
  readonly figures: RunFigures
  onUnfold(): void
}

export function NodeFacts({ topology, node, graph, figures, onUnfold }: NodeFactsProps) {
  const { id, kind, members, tasks } = node
  const { capacity, emitted, executed, failed, queued } = summed(members.map((member) => figures.components[member]))
  const into = graph.edges.filter(({ to }) => to === id)
  const out = graph.edges.filter(({ from }) => from === id)
  return html`<div class="node-facts" aria-live="polite">
    <p class="row">
      <strong>${id}</strong>
      <span class="dim">${kind}, ${plural(tasks, 'task')}</span>
      <span class="spring"></span>
      ${
        members.length > 1
          ? html`<button type="button" onClick=${onUnfold}>Show all ${members.length}</button>`
          : html`<a href=${linkTo({ at: 'component', name: topology, component: id })}>Open ${id}</a>`
      }
    </p>
    <p class="facts">
      <span>${percent(capacity)} busy</span>
      ${kind === 'bolt' ? html`<span>executes ${rate(executed)}</span>` : null}
      <span>emits ${rate(emitted)}</span>
      <span>${count(queued)} wait</span>
      <span class=${failed > 0 ? 'bad-text' : ''}>${count(failed)} failed</span>
    </p>
    ${into.map((edge) => html`<p class="dim" key=${edge.from}>from ${edge.from}: ${streamText(edge)}</p>`)}
    ${out.map((edge) => html`<p class="dim" key=${edge.to}>to ${edge.to}: ${streamText(edge)}</p>`)}
  </div>`
}

function streamText({ streams, groupings }: GraphEdge): string {
  return `${streams.join(', ')} by ${groupings.join(', ')}`
}
