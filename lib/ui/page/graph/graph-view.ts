/** The graph of a topology, as it runs: which component is busy, where tuples flow and wait, and what fails. */
import { useMemo, useState } from 'preact/hooks'
import type { RunFigures } from '../../../history/figures.ts'
import type { PlanDescription } from '../../../run/index.ts'
import { html } from '../html.ts'
import { plural } from '../words.ts'
import { useLayout } from './ask-layout.ts'
import { useCamera } from './camera.ts'
import { Edge, Node } from './drawn.ts'
import { type Graph, type GraphEdge, graphOf } from './fold.ts'
import { Legend } from './legend.ts'
import { NodeFacts } from './node-facts.ts'
import type { Layout } from './places.ts'

/** From so many components on they are folded at first. */
const MANY = 40
const NONE: ReadonlySet<string> = new Set()

interface GraphViewProps {
  readonly topology: string
  readonly plan: PlanDescription
  readonly figures: RunFigures
}

export function GraphView({ topology, plan, figures }: GraphViewProps) {
  const size = plan.components.filter(({ system }) => !system).length
  const [isFolded, setFolded] = useState(size >= MANY)
  const [open, setOpen] = useState(NONE)
  const [chosen, setChosen] = useState<string | undefined>(undefined)
  const [search, setSearch] = useState('')
  const graph = useMemo(() => graphOf(plan, isFolded, open), [plan, isFolded, open])
  const asked = useMemo(() => askedOf(graph), [graph])
  const layout = useLayout(asked, JSON.stringify(asked))
  const camera = useCamera(layout)
  const isFaint = faintBy(graph, chosen, search)
  const node = graph.nodes.find(({ id }) => id === chosen)
  const onSearch = (event: SubmitEvent): void => {
    event.preventDefault()
    const found = graph.nodes.find(({ members }) => matches(members, search))
    if (found === undefined || layout === undefined) return
    setChosen(found.id)
    camera.lookAt(layout.nodes[found.id]!)
  }
  const { x, y, width, height } = camera.view
  return html`<section class="panel graph" aria-label="Graph">
    <form class="row tools" onSubmit=${onSearch}>
      <input type="search" aria-label="Find a component" placeholder="Find a component" value=${search}
        onInput=${(event: InputEvent) => setSearch((event.target as HTMLInputElement).value)} />
      <label class="check"><input type="checkbox" checked=${isFolded} onChange=${() => setFolded(!isFolded)} />
        Fold what is alike</label>
      <span class="spring"></span>
      <button type="button" onClick=${camera.smaller} aria-label="Smaller">−</button>
      <button type="button" onClick=${camera.larger} aria-label="Larger">+</button>
      <button type="button" onClick=${camera.showAll}>Fit</button>
    </form>
    <svg ref=${camera.frame} class="plane" style=${{ height: `${heightOf(layout)}px` }} viewBox=${`${x} ${y} ${width} ${height}`} tabindex="0" role="group"
      aria-label=${`${plural(size, 'component')}; the arrows move it, + and − size it, 0 shows all of it`}
      ...${camera.handlers} onClick=${(event: Event) => event.target === camera.frame.current && setChosen(undefined)}>
      <${Arrows} />
      ${layout && graph.edges.map((edge, index) => html`<${Edge} key=${`${edge.from}\n${edge.to}`} edge=${edge} points=${layout.edges[index]!} figures=${figures} graph=${graph} isFaint=${isFaint(edge.from) || isFaint(edge.to) || !touches(edge, chosen)} />`)}
      ${layout && graph.nodes.map((one) => html`<${Node} key=${one.id} node=${one} at=${layout.nodes[one.id]!} figures=${figures} isChosen=${one.id === chosen} isFaint=${isFaint(one.id)} onChoose=${() => setChosen(one.id === chosen ? undefined : one.id)} />`)}
    </svg>
    ${node && html`<${NodeFacts} topology=${topology} node=${node} graph=${graph} figures=${figures} onUnfold=${() => setOpen(new Set([...open, node.id]))} />`}
    <${Legend} />
  </section>`
}

function Arrows() {
  return html`<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"
    markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 8 4 0 8z" class="arrow" /></marker></defs>`
}

/** Small ones take little room. */
function heightOf(layout: Layout | undefined): number {
  return Math.min(440, Math.max(170, (layout?.height ?? 0) + 40))
}

function askedOf({ nodes, edges }: Graph) {
  return { nodes: nodes.map(({ id }) => id), edges: edges.map(({ from, to }) => [from, to] as const) }
}

/** What is not meant: neither near to what is chosen, nor found. */
function faintBy({ edges }: Graph, chosen: string | undefined, search: string): (id: string) => boolean {
  const near = new Set([
    chosen,
    ...edges.flatMap(({ from, to }) => (from === chosen ? [to] : to === chosen ? [from] : [])),
  ])
  return (id) => (chosen !== undefined && !near.has(id)) || (search.trim() !== '' && !matches([id], search))
}

function touches({ from, to }: GraphEdge, chosen: string | undefined): boolean {
  return chosen === undefined || from === chosen || to === chosen
}

function matches(names: readonly string[], search: string): boolean {
  const wanted = search.trim().toLowerCase()
  return wanted !== '' && names.some((name) => name.toLowerCase().includes(wanted))
}
