/** The rows of the benchmark as an aligned table. */
import type { Row } from './row.ts'

export function renderRows(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    typeof row.value === 'number' ? showNumber(row.value) : row.value,
    row.unit,
    row.ratio === undefined ? '' : row.ratio.toFixed(2),
    row.cores === undefined ? '' : row.cores.toFixed(2),
    row.peakBytes === undefined ? '' : (row.peakBytes / 1e6).toFixed(0),
    row.goal === undefined ? '' : `${row.goal}${row.reached ? '' : ': MISSED'}`,
  ])
  const table = [['what', 'value', 'unit', 'ratio', 'cores', 'MB', 'to reach'], ...cells]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((line) => line[column]!.length)))
  return table
    .map((line) =>
      line
        .map((cell, column) => (column === 1 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function showNumber(value: number): string {
  if (!Number.isFinite(value)) return 'never'
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
