/** One node and one edge of the graph, as they are drawn. */
import type { RunFigures } from '../../../history/figures.ts'
import { html } from '../html.ts'
import { count, percent, rate } from '../words.ts'
import { loadOf, summed, widthOf } from './colours.ts'
import type { Graph, GraphEdge, GraphNode } from './fold.ts'
import { NODE, type Point } from './places.ts'

const MOST_LETTERS = 20

/** Between texts, which would be read as one word. */
const SPACE = ' '

interface NodeProps {
  readonly node: GraphNode
  readonly at: Point
  readonly figures: RunFigures
  readonly isChosen: boolean
  readonly isFaint: boolean
  onChoose(): void
}

/** A component, or several that are folded into one. */
export function Node({ node, at, figures, isChosen, isFaint, onChoose }: NodeProps) {
  const { id, kind, members } = node
  const { capacity, emitted, executed, failed, queued } = summed(members.map((member) => figures.components[member]))
  const load = loadOf(capacity)
  const flow = rate(kind === 'spout' ? emitted : executed)
  const isGroup = members.length > 1
  const name = isGroup ? `${members.length} × ${commonName(members)}` : id
  const shown = `${flow}${queued > 0 ? ` · ${count(queued)} wait` : ''}`
  const said = [`${kind} ${name} ${shown}`, `${percent(capacity)} busy`, failed > 0 ? `${count(failed)} failed` : '']
  const label = said.filter((part) => part !== '').join(', ')
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' && event.key !== ' ') return
    event.preventDefault()
    onChoose()
  }
  const style = [`node ${kind} ${load}`, isChosen ? 'chosen' : '', isFaint ? 'faint' : ''].join(' ')
  return html`<g class=${style} transform=${`translate(${at.x - NODE.width / 2} ${at.y - NODE.height / 2})`}
    role="button" tabindex="0" aria-pressed=${isChosen} aria-label=${label} onClick=${onChoose} onKeyDown=${onKeyDown}>
    ${isGroup || id.length > MOST_LETTERS ? html`<title>${members.join(', ')}</title>` : null}
    ${isGroup ? html`<rect class="behind" x="4" y="4" width=${NODE.width} height=${NODE.height} rx="8" />` : null}
    <rect class="box" width=${NODE.width} height=${NODE.height} rx=${kind === 'spout' ? NODE.height / 2 : 8} />
    <rect class="gauge" x="16" y=${NODE.height - 9} width=${NODE.width - 32} height="3" rx="1.5" />
    <rect class="share" x="16" y=${NODE.height - 9} width=${(NODE.width - 32) * Math.min(1, capacity)} height="3" rx="1.5" />
    <text class="name" x=${NODE.width / 2} y="20">${shortened(name)}</text>${SPACE}
    <text class="flow" x=${NODE.width / 2} y="36">${shown}</text>
    ${failed > 0 ? html`<g class="failed" transform=${`translate(${NODE.width - 14} 0)`}><circle r="8" /><path d="M0 -4.5V1.5M0 4V4.5" /></g>` : null}
  </g>`
}

interface EdgeProps {
  readonly edge: GraphEdge
  readonly points: readonly Point[]
  readonly graph: Graph
  readonly figures: RunFigures
  readonly isFaint: boolean
}

/** The streams from one to another. */
export function Edge({ edge, points, graph, figures, isFaint }: EdgeProps) {
  const { from, to, groupings, streams } = edge
  const members = graph.nodes.find(({ id }) => id === from)?.members ?? []
  const { emitted } = summed(members.map((member) => figures.components[member]))
  const said = `${from} → ${to}: ${streams.join(', ')} by ${groupings.join(', ')}`
  return html`<path class=${`edge ${emitted > 0 ? 'flows' : ''} ${isFaint ? 'faint' : ''}`} d=${curve(points)}
    stroke-width=${widthOf(emitted)} marker-end="url(#arrow)"><title>${said}</title></path>`
}

/** A line that goes by the points without corners. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points
  if (first === undefined) return ''
  const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
  const parts = rest.map((point, index) => {
    const next = rest[index + 1]
    const end = next === undefined ? point : middle(point, next)
    return `Q${point.x} ${point.y} ${end.x} ${end.y}`
  })
  return `M${first.x} ${first.y}${parts.join('')}`
}

function shortened(name: string): string {
  return name.length > MOST_LETTERS ? `${name.slice(0, MOST_LETTERS - 1)}…` : name
}

/** `clean-…` of several that begin so, and else the name of the first. */
function commonName(names: readonly string[]): string {
  const [first = ''] = names
  let length = first.length
  while (length > 0 && !names.every((name) => name.startsWith(first.slice(0, length)))) length--
  return length < 2 ? first : `${first.slice(0, length)}…`
}
