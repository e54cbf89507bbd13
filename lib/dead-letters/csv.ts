/** Letters as a table for a spreadsheet (RFC 4180): what is about a letter, and a column for each field. */
import { encode } from '../values/text.ts'
import type { FoundLetter } from './letters.ts'
import { codeOf, failedIn } from './wanted.ts'

const COLUMNS: Readonly<Record<string, (found: FoundLetter) => unknown>> = {
  id: ({ id }) => id,
  time: ({ letter }) => letter.time,
  topology: ({ letter }) => letter.topology,
  component: ({ letter }) => letter.component,
  stream: ({ letter }) => letter.stream,
  task: ({ letter }) => letter.task,
  attempts: ({ letter }) => letter.attempts,
  failed_in: failedIn,
  code: codeOf,
  description: ({ letter }) => letter.description,
  last_error: ({ letter }) => letter.lastError,
  message_id: ({ letter }) => letter.messageId,
  run: ({ letter }) => letter.run,
}

/** What a spreadsheet takes for a formula, which may send what is in the other cells elsewhere. */
const FORMULA = /^[=+\-@\t\r]/

/** The line of titles. @param fields whose values get columns */
export function csvTitles(fields: readonly string[]): string {
  return [...Object.keys(COLUMNS), ...fields].map(cellOf).join(',')
}

/** The line of a letter, which may have line breaks within quotes. */
export function csvLine(found: FoundLetter, fields: readonly string[]): string {
  const { values } = found.letter
  const own = fields.map((field) => (Object.hasOwn(values, field) ? values[field] : undefined))
  return [...Object.values(COLUMNS).map((column) => column(found)), ...own].map(cellOf).join(',')
}

/** Nothing is an empty cell; what is neither a text nor a number is its text form. */
function cellOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = typeof value === 'string' ? value : encode(value)
  const safe = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
