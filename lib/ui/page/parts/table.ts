/** A table that can be sorted by its columns. */
import { useState } from 'preact/hooks'
import { type Children, html } from '../html.ts'

/** A column. */
export interface Column<Row> {
  readonly title: string
  /** What the figure is, for whoever does not know it. */
  readonly hint?: string
  readonly isNumber?: boolean
  /** Left out where there is little room. */
  readonly isWide?: boolean
  /** What it is sorted by; a column without it is not. */
  readonly by?: (row: Row) => number | string | undefined
  readonly cell: (row: Row) => Children
}

interface TableProps<Row> {
  /** What it is a table of. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  /** What is said where there are no rows. */
  readonly empty: Children
  /** A row that is marked. */
  readonly isMarked?: (row: Row) => boolean
  /** By the title of a column: how a table of many rows is sorted at first. */
  readonly first?: string
}

/** Of more rows these are shown until all are asked for. */
const MANY = 40

interface Sorted {
  readonly title: string
  readonly isDown: boolean
}

export function Table<Row>({ label, columns, rows, keyOf, empty, isMarked, first }: TableProps<Row>) {
  const isLong = rows.length > MANY
  const [chosen, setSorted] = useState<Sorted | undefined>(undefined)
  const [isWhole, setWhole] = useState(false)
  const sorted = chosen ?? (isLong && first !== undefined ? { title: first, isDown: true } : undefined)
  const by = columns.find(({ title }) => title === sorted?.title)?.by
  const shown = by === undefined ? rows : [...rows].sort((a, b) => compare(by(a), by(b)) * (sorted?.isDown ? -1 : 1))
  const sort = (column: Column<Row>): void => {
    const isSame = sorted?.title === column.title
    setSorted({ title: column.title, isDown: isSame ? !sorted.isDown : column.isNumber === true })
  }
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`
  return html`<div class="scrolls" role="region" aria-label=${label} tabindex="0">
    <table>
      <thead><tr>${columns.map((column) => html`<${Head} column=${column} sorted=${sorted} onSort=${sort} />`)}</tr></thead>
      <tbody>${(isWhole ? shown : shown.slice(0, MANY)).map(
        (row) =>
          html`<tr key=${keyOf(row)} class=${isMarked?.(row) ? 'marked' : ''}>${columns.map(
            (column) => html`<td class=${classOf(column)}>${column.cell(row)}</td>`,
          )}</tr>`,
      )}</tbody>
    </table>
    ${isLong && !isWhole ? html`<button type="button" class="quiet all" onClick=${() => setWhole(true)}>Show all ${rows.length}</button>` : null}
  </div>`
}

interface HeadProps<Row> {
  readonly column: Column<Row>
  readonly sorted: Sorted | undefined
  onSort(column: Column<Row>): void
}

function Head<Row>({ column, sorted, onSort }: HeadProps<Row>) {
  const { title, hint, by } = column
  const order = sorted?.title !== title ? undefined : sorted.isDown ? 'descending' : 'ascending'
  const mark = order === undefined ? '' : order === 'descending' ? ' ↓' : ' ↑'
  return html`<th scope="col" class=${classOf(column)} aria-sort=${order} title=${hint}>${
    by === undefined ? title : html`<button type="button" onClick=${() => onSort(column)}>${title}${mark}</button>`
  }</th>`
}

function classOf({ isNumber, isWide }: Column<never>): string {
  return [isNumber ? 'number' : '', isWide ? 'wide' : ''].filter((name) => name !== '').join(' ')
}

function compare(a: number | string | undefined, b: number | string | undefined): number {
  if (a === b) return 0
  if (a === undefined) return -1
  return b === undefined ? 1 : a < b ? -1 : 1
}
