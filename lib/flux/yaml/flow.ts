/** A list or a map in one text, as the value of a variable may be: JSON, or YAML's flow style (`[php, x]`). */
import { parseExactJson } from '../../util/exact-json.ts'
import { isMap, isScalar, isSeq, parseDocument } from './library.ts'

/** The list or map; undefined if the text is neither. */
export function parseFlow(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return parseExactJson(text)
  } catch {
    const { contents, errors } = parseDocument(text, { prettyErrors: false })
    return errors.length === 0 ? plainOf(contents) : undefined
  }
}

/**
 * Undefined where there is anything but lists, maps and scalars in it. Text that would be another one as a number stays
 * text.
 */
function plainOf(node: unknown): unknown {
  if (isScalar(node)) {
    const { value, source } = node
    return typeof value === 'number' && String(value) !== source ? source : value
  }
  if (isSeq(node)) {
    const items = node.items.map(plainOf)
    return items.includes(undefined) ? undefined : items
  }
  if (!isMap(node)) return undefined
  const entries = node.items.map(({ key, value }) => [isScalar(key) ? String(key.value) : undefined, plainOf(value)])
  return entries.some((entry) => entry.includes(undefined)) ? undefined : Object.fromEntries(entries)
}
