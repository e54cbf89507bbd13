/** What a component measures by itself. */
import type { ComponentFigures } from '../../../history/figures.ts'
import { html } from '../html.ts'
import { count } from '../words.ts'
import { type Column, Table } from './table.ts'

interface OwnMetric {
  readonly name: string
  readonly kind: string
  readonly value: string
}

export function OwnMetrics({ figures }: { readonly figures: ComponentFigures }) {
  const rows = metricsOf(figures)
  if (rows.length === 0) return null
  return html`<h2>Its own metrics</h2>
    <${Table} label="Its own metrics" columns=${COLUMNS} rows=${rows} keyOf=${({ kind, name }: OwnMetric) => `${kind} ${name}`} empty="It has none." />`
}

const COLUMNS: readonly Column<OwnMetric>[] = [
  { title: 'Name', by: ({ name }) => name, cell: ({ name }) => name },
  { title: 'Kind', by: ({ kind }) => kind, cell: ({ kind }) => kind },
  { title: 'Value', cell: ({ value }) => value },
]

function metricsOf({ counters, gauges, histograms }: ComponentFigures): OwnMetric[] {
  return [
    ...Object.entries(counters).map(([name, value]) => ({ name, kind: 'counter', value: count(value) })),
    ...Object.entries(gauges).map(([name, { sum, least, most }]) => ({
      ...{ name, kind: 'gauge' },
      value:
        least === most && sum === most ? count(sum) : `${count(sum)}, from ${count(least)} to ${count(most)} a task`,
    })),
    ...Object.entries(histograms).map(([name, values]) => ({
      ...{ name, kind: 'histogram' },
      value: `${count(values.count)} values: median ${count(values.p50)}, p99 ${count(values.p99)}, at most ${count(values.max)}`,
    })),
  ]
}
