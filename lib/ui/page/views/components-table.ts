/** The components of a topology with their figures: Storm's columns, and percentiles. */
import type { ComponentFigures, RunFigures } from '../../../history/figures.ts'
import type { PlanDescription } from '../../../run/index.ts'
import { toneOfLoad } from '../graph/colours.ts'
import { html } from '../html.ts'
import { Status } from '../parts/status.ts'
import { type Column, Table } from '../parts/table.ts'
import { linkTo } from '../place.ts'
import { count, milliseconds, percent, rate } from '../words.ts'

interface Row extends ComponentFigures {
  readonly id: string
  readonly executors: number
}

interface ComponentsTableProps {
  readonly topology: string
  readonly plan: PlanDescription | undefined
  readonly figures: RunFigures
}

export function ComponentsTable({ topology, plan, figures }: ComponentsTableProps) {
  const rows: readonly Row[] = Object.entries(figures.components).map(([id, one]) => ({
    ...one,
    id,
    executors: plan?.components.find((component) => component.id === id)?.executors ?? one.tasks.length,
  }))
  const of = (kind: 'spout' | 'bolt') => rows.filter((row) => row.kind === kind)
  const keyOf = ({ id }: Row): string => id
  return html`
    <h2>Spouts</h2>
    <${Table} label="Spouts" columns=${[nameColumn(topology), ...SPOUT]} rows=${of('spout')} keyOf=${keyOf} empty="It has not begun to count yet." />
    <h2>Bolts</h2>
    <${Table} label="Bolts" columns=${[nameColumn(topology), ...BOLT]} rows=${of('bolt')} first="Capacity" keyOf=${keyOf} empty="There is no bolt yet." />
  `
}

function nameColumn(name: string): Column<Row> {
  return {
    title: 'Id',
    by: ({ id }) => id,
    cell: ({ id }) => html`<a href=${linkTo({ at: 'component', name, component: id })} title=${id}>${id}</a>`,
  }
}

function figure(title: string, by: (row: Row) => number | undefined, shown = count, more: Partial<Column<Row>> = {}) {
  const cell = (row: Row) => {
    const value = by(row)
    return value === undefined ? '–' : shown(value)
  }
  return { title, isNumber: true, by, cell, ...more } satisfies Column<Row>
}

const FAILED: Column<Row> = {
  ...figure('Failed', ({ failed }) => failed),
  cell: ({ failed, failedBy: { timeout, explicit, workerLost }, kind }) => {
    if (failed === 0) return '0'
    const why =
      kind === 'spout' ? `${timeout} timed out, ${explicit} failed by a bolt, ${workerLost} with a worker` : ''
    return html`<span class="bad-text" title=${why}>${count(failed)}</span>`
  },
}
const SIZE: readonly Column<Row>[] = [
  figure('Executors', ({ executors }) => executors, count, { isWide: true }),
  figure('Tasks', ({ tasks }) => tasks.length),
]
const SENT: readonly Column<Row>[] = [
  figure('Emitted', ({ emitted }) => emitted, count, { hint: 'Calls of emit in this window' }),
  figure('Transferred', ({ transferred }) => transferred, count, {
    ...{ isWide: true, hint: 'Copies that were sent to tasks' },
  }),
]

const SPOUT: readonly Column<Row>[] = [
  ...SIZE,
  ...SENT,
  figure('Acked', ({ acked }) => acked),
  FAILED,
  figure('Rate', ({ perSecond }) => perSecond.acked, rate, { hint: 'Roots acked in a second' }),
  figure('Complete latency', ({ completeLatency }) => completeLatency?.p50, milliseconds, {
    hint: 'From emit to ack: the median',
  }),
  figure('p99', ({ completeLatency }) => completeLatency?.p99, milliseconds, { hint: '99 of 100 were not longer' }),
  figure('p99.9', ({ completeLatency }) => completeLatency?.p999, milliseconds, { isWide: true }),
  figure('In flight', ({ pending }) => pending, count, { hint: 'Roots that are not acked yet' }),
  figure('Replayed', ({ replayed }) => replayed, count, { isWide: true }),
]

const BOLT: readonly Column<Row>[] = [
  ...SIZE,
  {
    ...figure('Capacity', ({ capacity }) => capacity),
    hint: 'The share of the time in which its busiest task was at work',
    cell: ({ capacity }) => html`<${Status} tone=${toneOfLoad(capacity)} word=${percent(capacity)} />`,
  },
  figure('Executed', ({ executed }) => executed),
  figure('Rate', ({ perSecond }) => perSecond.executed, rate, { hint: 'Tuples executed in a second' }),
  figure('Execute latency', ({ executeLatencyMs }) => executeLatencyMs, milliseconds, {
    hint: 'The mean time of a tuple in execute, and in its promise',
  }),
  ...SENT,
  figure('Acked', ({ acked }) => acked, count, { isWide: true }),
  FAILED,
  figure('Queued', ({ queued }) => queued, count, { hint: 'Tuples that wait for its tasks now' }),
]
