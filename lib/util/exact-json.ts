/**
 * JSON whose whole numbers stay what they are: one that a double cannot hold becomes a bigint, where `JSON.parse` gives another
 * number without a word. For what users write; hot paths have codecs of their own.
 */

const LONG_NUMBER = /\d{16}/
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g
const INTEGER = /^-?\d+$/

/** @throws SyntaxError */
export function parseExactJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (!LONG_NUMBER.test(text)) return value
  // Each string gets a letter in front, also those that are keys, so that a number can be told apart when it travels as one.
  const marked = text.replace(STRING_OR_NUMBER, (token) => {
    if (token.startsWith('"')) return `"s${token.slice(1)}`
    return INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? `"i${token}"` : token
  })
  return unmarked(JSON.parse(marked))
}

function unmarked(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith('i') ? BigInt(value.slice(1)) : value.slice(1)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(unmarked)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.slice(1), unmarked(item)]))
}

/** As `JSON.stringify` of what `parseExactJson` gives. */
export function exactJson(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(exactJson).join(',')}]`
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}:${exactJson(item)}`)
    .join(',')}}`
}
