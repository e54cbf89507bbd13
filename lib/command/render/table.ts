/**
 * A table as lines: cells padded to their columns, numbers to the right. It gives up columns, then letters, to fit a
 * width.
 */
import { crop, displayWidth, type Line, type Span, span } from './line.ts'

/** A column of a table. */
export interface Column {
  readonly title: string
  /** `left` unless given. */
  readonly align?: 'left' | 'right'
  /** May be left out where the width does not suffice; the last such column goes first. */
  readonly optional?: boolean
}

/** The text of a cell, or the text and its style. */
export type Cell = string | Span

const GAP = '  '
/** The first column is not made narrower than this. */
const NARROWEST = 8

/** A line of titles and a line for each row. @param width cells that the table should fit in */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width = Number.POSITIVE_INFINITY,
): Line[] {
  const all = [columns.map(({ title }): Span => ({ text: title, style: 'dim' })), ...rows.map((row) => row.map(toSpan))]
  const widths = columns.map((_, index) => Math.max(...all.map((row) => displayWidth(row[index]!.text))))
  const shown = columns.map((_, index) => index)
  const total = () => shown.reduce((sum, index) => sum + widths[index]! + GAP.length, -GAP.length)
  while (total() > width) {
    const last = shown.findLastIndex((index) => columns[index]!.optional === true)
    if (last === -1) break
    shown.splice(last, 1)
  }
  if (total() > width) widths[0] = Math.max(Math.min(NARROWEST, widths[0]!), widths[0]! - (total() - width))
  return all.map((row) => toLine(row, shown, columns, widths))
}

/** A line break in an id must not break the table. */
function toSpan(cell: Cell): Span {
  const { text, style } = typeof cell === 'string' ? { text: cell, style: undefined } : cell
  return span(text.replace(/\p{Cc}/gu, '\ufffd'), style)
}

function toLine(
  row: readonly Span[],
  shown: readonly number[],
  columns: readonly Column[],
  widths: readonly number[],
): Line {
  return shown.flatMap((index, position): Span[] => {
    const { text, style } = row[index]!
    const cut = crop(text, widths[index]!)
    const space = ' '.repeat(widths[index]! - displayWidth(cut))
    const isLast = position === shown.length - 1
    const padded = columns[index]!.align === 'right' ? space + cut : isLast ? cut : cut + space
    return [...(position === 0 ? [] : [{ text: GAP }]), span(padded, style)]
  })
}
