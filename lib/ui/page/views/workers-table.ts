/** The workers of a topology. */
import type { RunFigures, WorkerFigures } from '../../../history/figures.ts'
import type { PlanDescription } from '../../../run/index.ts'
import { html } from '../html.ts'
import { Status } from '../parts/status.ts'
import { type Column, Table } from '../parts/table.ts'
import { linkTo } from '../place.ts'
import { bytes, count } from '../words.ts'

interface Row extends WorkerFigures {
  readonly worker: number
  readonly tasks: number
}

interface WorkersTableProps {
  readonly topology: string
  readonly plan: PlanDescription | undefined
  readonly figures: RunFigures
}

export function WorkersTable({ topology, plan, figures }: WorkersTableProps) {
  const rows: readonly Row[] = Object.entries(figures.workers).map(([id, one]) => ({
    ...one,
    worker: Number(id),
    tasks: plan?.workers.find(({ worker }) => worker === Number(id))?.tasks.length ?? 0,
  }))
  const name: Column<Row> = {
    title: 'Worker',
    by: ({ worker }) => worker,
    cell: ({ worker }) => html`<a href=${linkTo({ at: 'worker', name: topology, worker })}>worker ${worker}</a>`,
  }
  return html`<${Table} label="Workers" columns=${[name, ...COLUMNS]} rows=${rows}
    keyOf=${({ worker }: Row) => String(worker)} empty="No worker has reported yet." />`
}

const COLUMNS: readonly Column<Row>[] = [
  {
    title: 'State',
    by: ({ isAlive }) => Number(isAlive),
    cell: ({ isAlive }) => html`<${Status} tone=${isAlive ? 'good' : 'bad'} word=${isAlive ? 'alive' : 'gone'} />`,
  },
  { title: 'Tasks', isNumber: true, by: ({ tasks }) => tasks, cell: ({ tasks }) => count(tasks) },
  {
    title: 'Memory',
    isNumber: true,
    by: ({ memoryBytes }) => memoryBytes,
    cell: ({ memoryBytes }) => bytes(memoryBytes),
  },
  {
    title: 'Most',
    hint: 'The most memory in this window',
    isNumber: true,
    isWide: true,
    by: ({ mostMemoryBytes }) => mostMemoryBytes,
    cell: ({ mostMemoryBytes }) => bytes(mostMemoryBytes),
  },
  {
    title: 'Cores',
    hint: 'Processor time, as cores that are busy all the time',
    isNumber: true,
    by: ({ cores }) => cores,
    cell: ({ cores }) => cores.toFixed(2),
  },
]
