/** The last snapshots of a topology, the newest first. */
import type { SnapshotFigures } from '../../../history/figures.ts'
import { html } from '../html.ts'
import { bytes, clockTime, milliseconds } from '../words.ts'
import { type Column, Table } from './table.ts'

/** Nothing where there are none. */
export function Snapshots({ snapshots }: { readonly snapshots: readonly SnapshotFigures[] }) {
  if (snapshots.length === 0) return null
  return html`<h2>Snapshots</h2>
    <${Table} label="Snapshots" columns=${COLUMNS} rows=${[...snapshots].reverse()} keyOf=${({ snapshot }: SnapshotFigures) => String(snapshot)} empty="None is complete yet." />`
}

const COLUMNS: readonly Column<SnapshotFigures>[] = [
  { title: 'Snapshot', isNumber: true, by: ({ snapshot }) => snapshot, cell: ({ snapshot }) => String(snapshot) },
  { title: 'Complete', by: ({ time }) => time, cell: ({ time }) => clockTime(time) },
  {
    ...{ title: 'Took', isNumber: true },
    by: ({ durationMs }) => durationMs,
    cell: ({ durationMs }) => milliseconds(durationMs),
  },
  {
    ...{ title: 'Size', hint: 'Of all that it holds, in earlier files as well', isNumber: true },
    by: (one) => one.bytes,
    cell: (one) => bytes(one.bytes),
  },
]
