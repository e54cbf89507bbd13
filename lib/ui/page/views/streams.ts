/** What comes to a component and what leaves it, by stream. */
import type { ComponentFigures, InputFigures, StreamFigures } from '../../../history/figures.ts'
import type { EdgeDescription, PlanDescription } from '../../../run/index.ts'
import { groupingText } from '../graph/fold.ts'
import { html } from '../html.ts'
import { type Column, Table } from '../parts/table.ts'
import { linkTo } from '../place.ts'
import { count } from '../words.ts'

interface StreamsProps {
  readonly topology: string
  readonly component: string
  readonly plan: PlanDescription
  readonly figures: ComponentFigures
}

export function Streams({ topology, component, plan, figures }: StreamsProps) {
  const into = plan.edges.filter(({ to, system }) => to === component && !system)
  const out = plan.edges.filter(({ from, system }) => from === component && !system)
  return html`
    <h2>Streams in</h2>
    <${Table} label="Streams in" columns=${columnsIn(topology, figures)} rows=${into} keyOf=${keyOf} empty="It takes none: it is a spout." />
    <h2>Streams out</h2>
    <${Table} label="Emitted" columns=${EMITTED} rows=${figures.streams} keyOf=${({ stream }: StreamFigures) => stream} empty="It emits nothing." />
    <h2>Who takes them</h2>
    <${Table} label="Who takes them" columns=${[...endColumns(topology, 'to'), ...MORE]} rows=${out} keyOf=${keyOf} empty="Nobody takes what it emits." />
  `
}

const EMITTED: readonly Column<StreamFigures>[] = [
  { title: 'Stream', by: ({ stream }) => stream, cell: ({ stream }) => stream },
  { title: 'Emitted', isNumber: true, by: ({ emitted }) => emitted, cell: ({ emitted }) => count(emitted) },
  {
    ...{ title: 'Transferred', hint: 'Copies that were sent to tasks', isNumber: true },
    by: ({ transferred }) => transferred,
    cell: ({ transferred }) => count(transferred),
  },
]

function keyOf({ from, stream, to }: EdgeDescription): string {
  return JSON.stringify([from, stream, to])
}

function columnsIn(name: string, { inputs }: ComponentFigures): readonly Column<EdgeDescription>[] {
  const inputOf = ({ from, stream }: EdgeDescription): InputFigures | undefined =>
    inputs.find((input) => input.component === from && input.stream === stream)
  const figure = (title: string, of: (input: InputFigures) => number | undefined): Column<EdgeDescription> => ({
    ...{ title, isNumber: true },
    by: (edge) => of(inputOf(edge) ?? NOTHING) ?? 0,
    cell: (edge) => shown(of(inputOf(edge) ?? NOTHING)),
  })
  return [
    ...endColumns(name, 'from'),
    figure('Sent', ({ sent }) => sent),
    figure('Acked', ({ acked }) => acked),
    figure('Failed', ({ failed }) => failed),
    ...MORE,
  ]
}

const NOTHING: InputFigures = { component: '', stream: '', failed: 0 }

function shown(value: number | undefined): string {
  return value === undefined ? '' : count(value)
}

function endColumns(name: string, end: 'from' | 'to'): readonly Column<EdgeDescription>[] {
  return [
    {
      title: end === 'from' ? 'From' : 'To',
      by: (edge) => edge[end],
      cell: (edge) => html`<a href=${linkTo({ at: 'component', name, component: edge[end] })}>${edge[end]}</a>`,
    },
    { title: 'Stream', by: ({ stream }) => stream, cell: ({ stream }) => stream },
    { title: 'Grouping', by: ({ grouping }) => groupingText(grouping), cell: ({ grouping }) => groupingText(grouping) },
  ]
}

const MORE: readonly Column<EdgeDescription>[] = [
  { title: 'Fields', isWide: true, cell: ({ fields }) => fields.join(', ') },
  { title: 'Holds back', isWide: true, cell: ({ holdsBack }) => (holdsBack ? 'yes' : 'no, it lies on a cycle') },
]
