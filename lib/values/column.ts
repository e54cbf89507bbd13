/** A value as a column of a line of text, for the sinks that write such lines. */
import { encode } from './text.ts'

/**
 * Texts, numbers, booleans and the like as they stand, dates as ISO 8601; everything else as `encode` writes it, and so
 * is a text that would not stay on its line or in its column.
 * @param separator of the columns
 * @throws CANNOT_ENCODE
 */
function columnOf(value: unknown, separator: string): string {
  if (typeof value === 'string') return tears(value, separator) ? encode(value) : value
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
  const isBare =
    value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol')
  return isBare ? String(value) : encode(value)
}

/** The values of a tuple as one line, without its line break. @throws CANNOT_ENCODE */
export function lineOf(values: readonly unknown[], separator: string): string {
  const [only] = values
  // A line of one column has no separators: what stands in it is its text.
  if (values.length === 1) return columnOf(only, '')
  return values.map((value) => columnOf(value, separator)).join(separator)
}

function tears(text: string, separator: string): boolean {
  return text.includes('\n') || text.includes('\r') || (separator !== '' && text.includes(separator))
}
