/** The live table: a line about the run, then a line for each component. */
import type { ComponentRates, RunMetrics, RunRates } from '../../run/index.ts'
import { type Line, type Span, span } from './line.ts'
import { count, megabytes, milliseconds, percent, plural, rate, seconds } from './numbers.ts'
import { type Cell, type Column, table } from './table.ts'

const COLUMNS: readonly Column[] = [
  { title: 'component' },
  { title: 'tasks', align: 'right', optional: true },
  { title: 'emitted/s', align: 'right' },
  { title: 'executed/s', align: 'right' },
  { title: 'capacity', align: 'right' },
  { title: 'latency', align: 'right' },
  { title: 'failed', align: 'right' },
  { title: 'queued', align: 'right', optional: true },
]

/** The metrics of a run, and how fast it goes. */
export type RunView = RunRates & Pick<RunMetrics, 'topology' | 'status' | 'seconds' | 'workerCount' | 'tracked'>

/** The share of busy time from which a task is close to its limit. */
const BUSY = 0.6
const FULL = 0.9

/** @param size of the terminal; a frame that is taller than it could not be drawn again in its place */
export function liveFrame(view: RunView, size: { readonly columns: number; readonly rows: number }): Line[] {
  const rows = view.components.map(componentRow)
  const room = Math.max(1, size.rows - 4)
  const lines = [header(view), ...table(COLUMNS, rows, size.columns)]
  if (rows.length <= room) return lines
  const hidden = rows.length - room
  return [...lines.slice(0, room + 2), [{ text: `… and ${plural(hidden, 'more component')}`, style: 'dim' }]]
}

function header(view: RunView): Line {
  const { acked, pending, failed } = view.roots
  const parts: Span[][] = [
    [{ text: view.topology, style: 'bold' }],
    [{ text: view.status, style: view.status === 'running' ? 'green' : 'yellow' }],
    [{ text: seconds(view.seconds) }],
    view.tracked
      ? [
          { text: `roots ${count(acked)} acked, ${count(pending)} pending, ` },
          failedCell(failed, `${count(failed)} failed`),
        ]
      : [{ text: 'untracked' }],
    [{ text: plural(view.workerCount, 'worker') }],
    [{ text: megabytes(view.memoryBytes) }],
  ]
  return parts.flatMap((part, index) => (index === 0 ? part : [{ text: '  ' }, ...part]))
}

function componentRow(component: ComponentRates): readonly Cell[] {
  const { id, kind, tasks, emittedPerSecond, executedPerSecond, capacity, latencyMs, failed, queued } = component
  return [
    id,
    count(tasks),
    rate(emittedPerSecond),
    kind === 'spout' ? '' : rate(executedPerSecond),
    span(percent(capacity), capacity >= FULL ? 'red' : capacity >= BUSY ? 'yellow' : undefined),
    latencyMs === undefined ? '-' : milliseconds(latencyMs),
    failedCell(failed, count(failed)),
    kind === 'spout' ? '' : count(queued),
  ]
}

function failedCell(failed: number, text: string): Span {
  return span(text, failed > 0 ? 'red' : undefined)
}
