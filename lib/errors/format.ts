/** A problem as text: one line that says it, where it is, the source line with a caret, and what to do. */
import { printable, printableLines } from '../words/printable.ts'
import type { Problem } from './typhoon-error.ts'

/**
 * Several lines without a final line break; all that comes from outside is made printable, so that no part of it passes
 * for a line of ours.
 */
export function formatProblem(problem: Problem): string {
  const { where } = problem
  const lines = printableLines(`error[${problem.code}]: ${problem.message}`)
  if (where.file !== undefined) {
    lines.push(`  at ${[printable(where.file), where.line, where.column].filter(isKnown).join(':')}`)
  }
  if (where.source !== undefined && where.line !== undefined)
    lines.push(...caret(where.source, where.line, where.column))
  const place = [
    where.component === undefined ? '' : `component ${where.component}`,
    where.stream === undefined ? '' : `stream ${where.stream}`,
    where.task === undefined ? '' : `task ${where.task}`,
    where.worker === undefined ? '' : `worker ${where.worker}`,
  ].filter((part) => part !== '')
  if (place.length > 0) lines.push(`  in ${printable(place.join(', '))}`)
  if (problem.hint !== undefined) lines.push(...printableLines(`  ${problem.hint}`))
  return lines.join('\n')
}

function isKnown(part: unknown): boolean {
  return part !== undefined
}

function caret(source: string, line: number, column: number | undefined): string[] {
  const margin = `  ${line} | `
  const text = source.length > 160 ? `${source.slice(0, 160)}…` : source
  const shown = margin + printable(text)
  if (column === undefined || column < 1 || column > text.length + 1) return [shown]
  // Tabs stay tabs, so that the caret stands under its character however wide they are.
  const before = printable(text.slice(0, column - 1)).replace(/[^\t]/g, ' ')
  return [shown, `${' '.repeat(margin.length - 2)}| ${before}^`]
}
